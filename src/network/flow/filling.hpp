#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "network/flow/flow_graph.hpp"

namespace orrery {

/// A deterministic measure of what a solver did: visits of a flow on a link. It stops where `limit` is spent.
struct Work {
  std::uint64_t done = 0;
  std::uint64_t limit = UINT64_MAX;

  bool spent() const { return done > limit; }
};

/// Max-min fair rates of a flow graph.
struct Filling {
  std::vector<double> rate;   ///< By flow of the graph.
  std::vector<double> level;  ///< By link: the rate at which it stopped its flows; infinite where it stopped none.
};

/// Progressive filling (Bertsekas and Gallager, "Data Networks", 1992, section 6.5.2): all rates rise together; where a
/// link is full, or a flow at its limit, the flows concerned keep their rate. Nothing where the work is spent first.
std::optional<Filling> fill(const FlowGraph& graph, Work& work);

}  // namespace orrery
