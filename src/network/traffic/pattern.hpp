#pragma once

#include <cstdint>
#include <functional>

#include "hardware/cluster.hpp"
#include "network/collective.hpp"
#include "network/fabric_load.hpp"

namespace orrery {

/// How groups alike tile the ranks of a job: member i of a group stands `stride` ranks behind member i - 1, the groups
/// of a block start one rank after the other, and blocks of `ranks * stride` follow each other. Ranks behind the last
/// whole block stay silent.
struct GroupTiling {
  std::uint32_t ranks = 1;       ///< In a group.
  std::uint32_t per_domain = 1;  ///< Members of a group that share a scale-up domain.
  std::uint32_t stride = 1;
  std::uint32_t job = 1;  ///< Ranks of the job.

  std::uint32_t block() const { return ranks * stride; }
  std::uint32_t domains() const { return (ranks + per_domain - 1) / per_domain; }
  /// Ranks that take part.
  std::uint32_t busy() const { return job / block() * block(); }
};
GroupTiling group_tiling(const Cluster& cluster, const Group& group);

/// Calls `visit(source, destination)` with ranks, for each flow between scale-up domains when all groups of the tiling
/// communicate at once. All flows carry the same bytes.
///
/// Neighbour: each member sends to the member of equal position in the next domain, the last domain to the first: one
/// ring for each position, as NCCL runs one channel a NIC. Tree: the same positions along the edges of a double binary
/// tree over the domains, up and down. Uniform: each member to all members in other domains.
using VisitFlow = std::function<void(std::uint32_t source, std::uint32_t destination)>;
void for_each_flow(const GroupTiling& tiling, Traffic traffic, const VisitFlow& visit);

/// How many calls that makes, without making them.
double flow_count(const GroupTiling& tiling, Traffic traffic);

/// Parent of a node in one of the two trees of a double binary tree over `nodes`; -1 for the root. In the first tree
/// odd nodes are leaves; the second is its mirror image (even number of nodes) or shifted by one (odd), so that a leaf
/// of one tree is an inner node of the other (Sanders, Speck, Traeff 2009, "Two-tree algorithms for full bandwidth
/// broadcast, reduction and scan"; NVIDIA/nccl src/graph/trees.cc).
long long double_tree_parent(long long node, long long nodes, bool second);

}  // namespace orrery
