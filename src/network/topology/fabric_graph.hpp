#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "base/diagnostic.hpp"
#include "hardware/cluster.hpp"
#include "network/topology/failed_parts.hpp"
#include "network/topology/wired_graph.hpp"

namespace orrery {

/// A machine's fabric: endpoint c is chip c, in node c / node.chips at position c % node.chips, with its share of the
/// node's NICs.
class FabricGraph final : public WiredGraph {
 public:
  /// How chips are numbered on the graph behind.
  struct Seats {
    std::uint32_t chips = 1;       ///< Of the machine; the graph may have more endpoints.
    std::uint32_t node = 1;        ///< Chips of a node.
    std::uint32_t rails = 1;       ///< Position p is on rail p % rails.
    std::uint32_t unit = 1;        ///< Chips whose rails are numbered one behind the other.
    bool rails_are_apart = false;  ///< Nothing joins the rails.
  };

  FabricGraph(std::unique_ptr<WiredGraph> graph, Seats seats);

  std::uint32_t endpoints() const override { return seats_.chips; }
  const std::vector<NetworkLink>& links() const override { return graph_->links(); }
  bool route(std::uint32_t source, std::uint32_t destination, std::uint64_t key,
             std::vector<RouteHop>& hops) const override;
  LinkEnds ends(std::uint32_t link) const override { return graph_->ends(link); }
  std::uint32_t vertex(std::uint32_t chip) const override { return seat(chip); }

  /// The chip's number on the graph behind: chips of one rail of a unit follow each other.
  std::uint32_t seat(std::uint32_t chip) const;
  std::uint32_t rails() const { return seats_.rails; }
  std::uint32_t rail_of(std::uint32_t chip) const { return chip % seats_.node % seats_.rails; }
  bool rails_are_apart() const { return seats_.rails_are_apart; }

  /// The chip whose NIC sends what `source` has for `destination` where nodes hand it over their scale-up links to the
  /// destination's rail first (NCCL's PXN): the one at the destination's position in the source's node. The source
  /// itself within a node, on one rail, and where that chip is no part of the machine. Always so where rails are apart;
  /// on a rail-optimised fabric it is a choice of the collective library.
  std::uint32_t nic_of(std::uint32_t source, std::uint32_t destination) const override;

 private:
  std::unique_ptr<WiredGraph> graph_;
  Seats seats_;
};

/// The graph of `cluster.fabric` for a machine of `machine_chips` chips. Null after errors: a fabric whose numbers do
/// not agree or that is too large to hold; each says what would do.
///
/// Fat trees: see plan_fat_tree; sprayed and sound ones need no switches. Without tiers one ideal switch joins all.
/// Dragonflies: tiers router, group and whole; a router's chips / oversubscription is spread over the other routers of
/// the group, a group's over the other groups. Tori: `dimensions` multiply to the chips; a chip's NIC bandwidth is
/// shared by its two links an axis; one hop takes `latency`. `seed`: of hashes and drawn failures.
std::unique_ptr<FabricGraph> build_fabric_graph(const Cluster& cluster, long long machine_chips,
                                                const FailedParts& failed, std::uint64_t seed,
                                                Diagnostics& diagnostics);

/// The scale-up links of one domain: a switch that all are joined to, a full mesh, or a torus of `axes` (for the two
/// torus kinds only). A chip's bandwidth is shared by its links. Null after errors; hybrid cube meshes have no graph.
std::unique_ptr<WiredGraph> build_scale_up_graph(const Node& node, const std::vector<std::uint32_t>& axes,
                                                 Routing routing, const FailedParts& failed, std::uint64_t seed,
                                                 Diagnostics& diagnostics);

}  // namespace orrery
