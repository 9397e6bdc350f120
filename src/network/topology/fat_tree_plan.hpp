#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/diagnostic.hpp"
#include "hardware/cluster.hpp"
#include "network/topology/fat_tree.hpp"

namespace orrery {

/// The fat tree that a fabric's tiers mean, and where its endpoints sit in the nodes.
struct FatTreePlan {
  std::vector<FatTreeLevel> levels;
  std::uint32_t rails = 1;       ///< Leaves that a node is spread over, on each plane.
  std::uint32_t unit = 1;        ///< Chips of a unit of the first tier.
  bool rails_are_apart = false;  ///< Nothing joins the rails: they are the top digit of an endpoint's number.
};

/// What the tree has to tell apart.
enum class FatTreeDetail {
  Pools,    ///< What leaves a unit, in sum: needs no switch. For spraying over sound parts.
  Planes,   ///< Switches and cables of one plane, each with the capacity of its likes on all planes.
  Switches  ///< Every switch and every cable.
};

/// The tiers of `fabric` for the first `chips` chips of a machine; without tiers one ideal switch (for each
/// rail, where rails are apart).
///
/// Tier t's unit of C chips offers C NICs / (oversubscription of the tiers up to t) upwards. With `Pools` that is one
/// link. Else a tier has `tiers[t].switches` switches a unit (of the first tier: leaves), of all planes, and all rails
/// where nothing joins them; where that is 0, the fewest that its ports allow. All cables above the leaves run at the
/// switches' port bandwidth, so that the numbers of ports have to come out whole; that they do not, or do not fit, is
/// an error that says what would. Only the tiers that the chips reach are built, whole units of the highest but one.
///
/// Everything runs at `fabric.efficiency` of its line rate. Between two NICs of a leaf the way takes `fabric.latency`;
/// each tier above adds two switches and its lower tier's `latency`.
std::optional<FatTreePlan> plan_fat_tree(const Cluster& cluster, std::uint32_t chips, FatTreeDetail detail,
                                         Diagnostics& diagnostics);

}  // namespace orrery
