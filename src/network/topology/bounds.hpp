#pragma once

#include <cstdint>
#include <span>

#include "network/flow/flow_problem.hpp"
#include "network/topology/wired_graph.hpp"

namespace orrery {

/// Bytes from one endpoint to another.
struct Transfer {
  std::uint32_t source = 0, destination = 0;
  Bytes bytes;
  std::uint64_t key = 0;  ///< As NetworkGraph::route takes it.
};

/// What no schedule of transfers, all ready at once, can beat. Each is exact arithmetic on its own: whoever computes a
/// time holds it against all of them.
struct LowerBounds {
  Seconds link;                   ///< The busiest link, on the routes taken: bytes / capacity.
  Seconds injection;              ///< The busiest endpoint: bytes in or out / capacity of all its links that way.
  Seconds latency;                ///< The longest way's, of the transfers that carry something.
  std::uint32_t busiest = 0;      ///< That link.
  std::uint64_t unreachable = 0;  ///< Transfers without a way: left out of the above.

  Seconds largest() const { return max(link, max(injection, latency)); }
};

LowerBounds lower_bounds(const WiredGraph& graph, std::span<const Transfer> transfers);

/// Seconds: the busiest link of a problem, bytes * usage / capacity. Infinite where a link without capacity is used.
double lower_bound(const FlowProblem& problem);

}  // namespace orrery
