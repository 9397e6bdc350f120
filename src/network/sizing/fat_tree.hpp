#pragma once

#include <string>
#include <vector>

#include "base/expected.hpp"
#include "hardware/fabric.hpp"
#include "network/sizing/port_plan.hpp"
#include "network/sizing/sizing_problem.hpp"

namespace orrery {

/// Switches and ports of one tier of a fat tree, in one plane.
struct TierCount {
  long long units = 0;  ///< Units of the tier: leaves' groups, pods, the whole.
  long long switches = 0;
  long long down = 0;        ///< Ports in use towards the chips, and as many cables.
  long long up = 0;          ///< Ports in use away from them.
  long long most_ports = 0;  ///< In use on the fullest switch.
};

/// Most ports towards the chips of a switch of `radix` ports whose others carry their traffic upwards.
long long most_down(long long radix, double oversubscription);

/// Counts one plane of a fat tree of at least `nodes` nodes, tier by tier from the leaf, as wide as it must be:
/// - a unit of the leaf tier has one switch for each rail (or the number that its tier states);
/// - in the tier above, every leaf has as many cables to each switch as to any other: its uplinks, rounded up to a
///   multiple of the switches (the rounding of the tables of NVIDIA's DGX SuperPOD);
/// - further up, switches of equal position in their units share a group of switches, with the same rule in the group;
/// - a last unit that is not full has switches for its own chips alone.
/// `fabric` has its tiers; those above what `nodes` need are not built. The top tier turns all its ports down.
Expected<std::vector<TierCount>, SizingProblem> count_fat_tree(const Fabric& fabric, const PortPlan& ports,
                                                               long long nodes, int node_chips);

/// Switches of one full unit of each tier that is built, in one plane.
Expected<std::vector<long long>, SizingProblem> switches_by_unit(const Fabric& fabric, const PortPlan& ports,
                                                                 long long nodes, int node_chips);

}  // namespace orrery
