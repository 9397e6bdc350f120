#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/diagnostic.hpp"
#include "hardware/fabric.hpp"
#include "network/topology/failed_parts.hpp"
#include "network/topology/wired_graph.hpp"

namespace orrery {

/// The cables between two neighbouring levels of a fat tree.
struct FatTreeLevel {
  std::uint32_t children = 1;  ///< Lower nodes of one upper switch (m).
  std::uint32_t parents = 1;  ///< Upper switches of one lower node (w). 0, at the top only: nothing joins the subtrees.
  std::uint32_t cables = 1;   ///< Parallel ones between the two (p).
  BytesPerSecond capacity;    ///< Of one cable, one direction.
  Seconds latency;            ///< Of one cable.
};

struct FatTreeOptions {
  Routing routing = Routing::Spray;
  std::uint64_t seed = 0;  ///< Of the hash, and of drawn failures.
};

/// A parallel-ports generalised fat tree PGFT(h; m1..mh; w1..wh; p1..ph): Zahavi, "Fat-tree routing and node ordering
/// providing contention free traffic for MPI global collectives", J. Parallel Distrib. Comput. 72 (2012) 1423.
///
/// Endpoints are level 0. A node of level l has the label (a1..al, c(l+1)..ch), a < w and c < m, first digit least
/// significant; it is joined to the nodes of the level above whose labels differ in digit l + 1 at most. So every way
/// is arithmetic on labels, and the graph keeps nothing but its links. The way down is settled by the way up.
///
/// - DestinationModulo: at level l, upward port (destination / (w1 .. wl)) mod (w p), the same cable downwards.
/// - Ecmp: each upward port of a switch by a hash of (source, destination, key), each parallel cable downwards by
/// another;
///   an endpoint puts the connections of a pair, numbered by key, on its own ports in turn.
/// - Spray: all ways evenly. A unit (what lies below one label c(l+1)..ch) is left over all its cables upwards, and
/// every
///   flow that leaves it puts the same on each of them; so they fill together, and one link with the sum of their
///   capacities, the pool, says the same. This is exact as long as the cables of a pool are alike; where some have
///   failed, the pool shrinks by them, which is what adaptive routing reaches at best: cables that a failure further
///   on makes useless for a destination still count.
///
/// Failures: Ecmp hashes again among the ways that are left, DestinationModulo takes the next port that has a way.
class FatTree final : public WiredGraph {
 public:
  static constexpr std::size_t kMaxLevels = 8;

  /// Null after errors: no or too many levels, zeros, absurd sizes, failed parts that do not exist.
  static std::unique_ptr<FatTree> build(const std::vector<FatTreeLevel>& levels, const FatTreeOptions& options,
                                        const FailedParts& failed, Diagnostics& diagnostics);

  std::uint32_t endpoints() const override { return endpoints_; }
  const std::vector<NetworkLink>& links() const override { return links_; }
  bool route(std::uint32_t source, std::uint32_t destination, std::uint64_t key,
             std::vector<RouteHop>& hops) const override;
  LinkEnds ends(std::uint32_t link) const override;

  /// Switches of one level from 0 (the leaves), as FailedParts numbers them.
  std::uint32_t switches(std::size_t level) const { return levels_[level].upper_nodes; }

 private:
  /// Between level l and l + 1, with the products that turn labels into numbers.
  struct Level {
    std::uint32_t children, parents, cables, ports;  ///< ports: parents * cables
    std::uint32_t below;                             ///< m1 .. ml: endpoints of a unit of level l.
    std::uint32_t across;                            ///< w1 .. wl: nodes of level l in a unit.
    std::uint32_t lower_nodes, upper_nodes;
    std::uint32_t first_cable, first_pool;
    std::uint32_t first_vertex, first_unit;  ///< Of the lower nodes, of the lower units.
  };
  /// Ports taken at each level: the digit of the upper switch, the cable up and the cable down.
  struct Way {
    std::array<std::uint32_t, kMaxLevels> parent, up, down;
  };

  FatTree() = default;
  std::size_t meeting_level(std::uint32_t source, std::uint32_t destination) const;
  Way preferred(std::uint32_t source, std::uint32_t destination, std::uint64_t hash, std::uint64_t key,
                std::size_t top) const;
  bool alive(std::uint32_t source, std::uint32_t destination, const Way& way, std::size_t top) const;
  bool search(std::uint32_t source, std::uint32_t destination, std::size_t level, std::uint32_t digits, std::size_t top,
              Way& way) const;
  void append(std::uint32_t source, std::uint32_t destination, const Way& way, std::size_t top,
              std::vector<RouteHop>& hops) const;
  void append_pools(std::uint32_t source, std::uint32_t destination, std::size_t top,
                    std::vector<RouteHop>& hops) const;
  CableLayout layout() const;

  std::vector<Level> levels_;
  std::vector<NetworkLink> links_;
  FatTreeOptions options_;
  CableHealth health_;
  std::uint32_t endpoints_ = 1;
};

}  // namespace orrery
