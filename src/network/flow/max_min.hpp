#pragma once

#include <vector>

#include "network/flow/flow_problem.hpp"

namespace orrery {

/// Max-min fair rates in bytes a second, by flow: no flow can be given more without taking from one that has no more
/// than it. They exist and are unique. A flow without links is not limited: its rate is infinite. `bytes` play no part.
///
/// Progressive filling, in O(n log n) for n = flows x links of a flow; exact but for rounding.
std::vector<double> max_min_rates(const FlowProblem& problem);

/// How far `rates` are from max-min fair, 0 being fair: the greatest, over links, of (load - capacity) / capacity and,
/// over flows, of the least that one of its links is short of proving that it cannot have more. A link proves that when
/// it is full and no flow on it has a higher rate (Bertsekas and Gallager 1992, section 6.5.2).
double bottleneck_violation(const FlowProblem& problem, const std::vector<double>& rates);

}  // namespace orrery
