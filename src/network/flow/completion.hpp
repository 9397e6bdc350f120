#pragma once

#include <cstdint>
#include <vector>

#include "base/expected.hpp"
#include "network/flow/flow_problem.hpp"

namespace orrery {

struct FlowOptions {
  /// The most visits of a flow on a link that may be spent: the same on every machine, a few nanoseconds each while
  /// caches hold the problem, tens beyond.
  std::uint64_t maximum_work = UINT64_MAX;
};

/// When flows that start together are done.
struct FlowTimes {
  std::vector<double> finish;  ///< By flow, in seconds.
  double makespan = 0;         ///< The last of them; 0 without flows.
  std::uint64_t events = 0;    ///< Instants at which flows that shared a link ended.
  std::uint64_t work = 0;      ///< Visits of a flow on a link.
};

/// The work allowed was spent before the last flow ended.
struct FlowWorkSpent {
  std::uint64_t work = 0;      ///< Spent.
  double time = 0;             ///< Reached, in seconds.
  std::uint64_t finished = 0;  ///< Flows whose end is known by then.
};

/// Finish times where every flow starts at 0 and rates are max-min fair at every instant: whenever flows end, the rest
/// share the links anew. A flow that has no bytes, or no links, is done at 0.
///
/// Exact but for rounding: flows that end within 1e-12 of the time so far of each other are one event, each with its
/// own time.
Expected<FlowTimes, FlowWorkSpent> finish_times(const FlowProblem& problem, const FlowOptions& options = {});

/// Bytes that cross each link.
std::vector<double> link_bytes(const FlowProblem& problem);

/// No schedule of the flows is shorter: the greatest, over links, of bytes / capacity. In seconds.
double makespan_bound(const FlowProblem& problem);

}  // namespace orrery
