#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "base/diagnostic.hpp"
#include "hardware/fabric.hpp"
#include "network/topology/failed_parts.hpp"
#include "network/topology/wired_graph.hpp"

namespace orrery {

/// Groups of routers, every pair of groups joined directly.
struct DragonflyShape {
  struct Cable {
    BytesPerSecond capacity;  ///< One direction.
    Seconds latency;
  };
  std::uint32_t groups = 1;
  std::uint32_t routers = 1;    ///< Of a group that have endpoints.
  std::uint32_t endpoints = 1;  ///< Of a router.
  std::uint32_t spines = 0;     ///< 0: the routers of a group are a full mesh. Else each is joined to these spines.
  std::uint32_t links_per_pair = 1;  ///< Cables between two groups.
  Cable endpoint, local, global;
};

/// Dragonfly (Kim, Dally, Scott and Abts, "Technology-driven, highly-scalable dragonfly topology", ISCA 2008), or with
/// spines Dragonfly+ (Shpiner et al., "Dragonfly+: low cost topology for scaling datacenters", HiPINEB 2017).
///
/// Cable c between groups i and j ends in group i at router (or spine) (c groups + j) mod their number: spread evenly,
/// and with one cable and enough routers where SimGrid's zone has it.
///
/// Minimal routing: to the router of a cable between the two groups, over it, to the destination's router. Which cable
/// (and within a group with spines, which spine): DestinationModulo by the destination, Ecmp by a hash, Spray over all
/// of them evenly, where cables between the same two routers count as one link, since all flows fill them alike.
/// Detours over third groups (Valiant, UGAL) are left out: traffic between few groups looks worse than on machines that
/// adapt.
///
/// Failures: other cables between the groups (other spines) are tried, no detours.
class Dragonfly final : public WiredGraph {
 public:
  /// Null after errors.
  static std::unique_ptr<Dragonfly> build(const DragonflyShape& shape, Routing routing, std::uint64_t seed,
                                          const FailedParts& failed, Diagnostics& diagnostics);

  std::uint32_t endpoints() const override { return shape_.groups * shape_.routers * shape_.endpoints; }
  const std::vector<NetworkLink>& links() const override { return links_; }
  bool route(std::uint32_t source, std::uint32_t destination, std::uint64_t key,
             std::vector<RouteHop>& hops) const override;
  LinkEnds ends(std::uint32_t link) const override;

 private:
  /// Local and global cables chosen by number, of which each flow takes one or a share of all.
  struct Choice {
    std::uint32_t number = 0;
    double share = 1;
  };

  Dragonfly() = default;
  std::uint32_t gates() const { return shape_.spines > 0 ? shape_.spines : shape_.routers; }
  std::uint32_t gate(std::uint32_t to_group, std::uint32_t cable) const {
    return static_cast<std::uint32_t>((std::uint64_t{cable} * shape_.groups + to_group) % gates());
  }
  std::uint32_t local_cables() const;  ///< Of one group.
  std::uint32_t local_link(std::uint32_t group, std::uint32_t router, std::uint32_t gate, bool to_gate) const;
  std::uint32_t first_between(std::uint32_t group, std::uint32_t other, std::uint32_t each) const;
  double left_local(std::uint32_t group, std::uint32_t router, std::uint32_t gate) const;
  double left_between(std::uint32_t from, std::uint32_t to, std::uint32_t bundle) const;
  void local_hop(std::uint32_t group, std::uint32_t router, std::uint32_t gate, bool to_gate, double share,
                 std::vector<RouteHop>& hops) const;
  template <class Left>
  std::vector<Choice> choose(std::uint32_t count, std::uint32_t destination, std::uint64_t hash, Left left) const;
  CableLayout layout() const;

  DragonflyShape shape_;
  Routing routing_ = Routing::Spray;
  std::uint64_t seed_ = 0;
  CableHealth health_;
  std::vector<NetworkLink> links_;
  std::uint32_t first_local_ = 0, first_global_ = 0;  ///< Cables.
  std::uint32_t bundles_ = 1;                         ///< Links between two groups: of cables with the same ends.
};

}  // namespace orrery
