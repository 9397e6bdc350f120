#pragma once

#include <vector>

#include "base/expected.hpp"
#include "hardware/fabric.hpp"
#include "network/sizing/sizing_problem.hpp"

namespace orrery {

/// The fabric with every tier that `chips` chips need, and the switches of a unit of each (over all rails and planes).
///
/// Where it has no tiers, they are those of a fat tree of its switches with as few tiers as hold the chips,
/// non-blocking unless `oversubscription` says otherwise (from the leaf up; 1 above its end): k switches of radix k at
/// the leaf in two tiers, (k/2)^2 in the pods of three, the top tier with all its ports down. The top tier then joins
/// the chips rounded up to whole units below it; it may equal the unit below where only rails are left to be joined.
/// Names: leaf, spine, core.
///
/// Where it has tiers, `oversubscription` replaces theirs from the leaf up, and those that the chips need get their
/// `switches` where none are stated. A dragonfly and a torus are returned as they are.
///
/// `nic`  of a chip on the fabric, one direction (Node::scale_out_bandwidth).
Expected<Fabric, SizingProblem> complete_tiers(const Fabric& fabric, long long chips, int node_chips,
                                               BytesPerSecond nic, const std::vector<double>& oversubscription = {});

/// The same without the switches: those that the fabric states are its only ones.
Expected<Fabric, SizingProblem> with_tiers(const Fabric& fabric, long long chips, int node_chips, BytesPerSecond nic,
                                           const std::vector<double>& oversubscription = {});

}  // namespace orrery
