#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "base/diagnostic.hpp"
#include "hardware/fabric.hpp"
#include "network/topology/failed_parts.hpp"
#include "network/topology/wired_graph.hpp"

namespace orrery {

/// A grid of chips, each joined to its neighbours along every axis; the first axis is numbered fastest.
struct TorusShape {
  struct Axis {
    std::uint32_t length = 1;
    bool closed = true;  ///< A ring; false: a line. An axis of two chips that is closed has two cables.
  };
  std::vector<Axis> axes;
  BytesPerSecond capacity;  ///< Of one link, one direction.
  Seconds latency;          ///< Of one hop.
};

/// The axes of a slice of a pod whose cubes of `cube` chips a side are joined by optical switches (TPU v4: 4^3): whole
/// cubes close to a torus, any smaller slice is lines. Jouppi et al., "TPU v4: an optically reconfigurable
/// supercomputer for machine learning with hardware support for embeddings", ISCA 2023, section 2.
std::vector<TorusShape::Axis> slice_axes(const std::vector<std::uint32_t>& lengths, std::uint32_t cube = 4);

/// k-dimensional torus or mesh with dimension-order routing: first axis first, the shorter way around each.
///
/// Where both ways around are as long, Spray sends half each way, Ecmp all of it one way by a hash for each axis, and
/// DestinationModulo all of it as SimGrid's torus zone does: in the positive direction, but from the middle to position
/// 0 in the negative one. Chips forward without a limit of their own.
///
/// Failures: the other ways around and the other orders of the axes are tried, from the shortest on, and nothing
/// longer; a chip that lost a switch part forwards nothing and is unreachable.
class Torus final : public WiredGraph {
 public:
  static constexpr std::size_t kMaxAxes = 6;

  /// Null after errors.
  static std::unique_ptr<Torus> build(const TorusShape& shape, Routing routing, std::uint64_t seed,
                                      const FailedParts& failed, Diagnostics& diagnostics);

  std::uint32_t endpoints() const override { return endpoints_; }
  const std::vector<NetworkLink>& links() const override { return links_; }
  bool route(std::uint32_t source, std::uint32_t destination, std::uint64_t key,
             std::vector<RouteHop>& hops) const override;
  LinkEnds ends(std::uint32_t link) const override;

 private:
  struct Axis {
    std::uint32_t length, stride, cables, first_cable;  ///< cables: along one line of the axis.
  };
  /// How far to go along an axis: steps, negative against the axis. `tie` where the other way is as long.
  struct Walk {
    std::int64_t steps = 0;
    bool tie = false;
  };

  Torus() = default;
  std::uint32_t position(std::uint32_t chip, const Axis& axis) const { return chip / axis.stride % axis.length; }
  Walk shortest(std::uint32_t source, std::uint32_t destination, const Axis& axis) const;
  std::uint32_t cable(const Axis& axis, std::uint32_t chip) const;
  std::uint32_t walk(std::uint32_t chip, const Axis& axis, std::int64_t steps, double share,
                     std::vector<RouteHop>& hops) const;
  bool detour(std::uint32_t source, std::uint32_t destination, std::vector<RouteHop>& hops) const;
  bool alive(const std::vector<RouteHop>& hops, std::size_t begin) const;
  CableLayout layout() const;

  std::vector<Axis> axes_;
  std::vector<NetworkLink> links_;
  CableHealth health_;
  Routing routing_ = Routing::Spray;
  std::uint64_t seed_ = 0;
  std::uint32_t endpoints_ = 1;
};

}  // namespace orrery
