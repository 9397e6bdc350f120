#pragma once

#include <cstdint>
#include <vector>

#include "network/flow/flow_problem.hpp"

namespace orrery {

/// The part of a `FlowProblem` in which flows meet: links that several flows use, and who uses them.
///
/// A link of one flow is a limit on that flow's rate and nothing else, and a link whose flows cannot fill it even at
/// their limits constrains nothing: neither is kept, nor are flows that meet none. On a fabric most links are of the
/// first kind, and when every host sends to the next one, nothing is kept.
struct FlowGraph {
  std::vector<double>
      limit_of;  ///< By flow of the problem: the least capacity / usage of the links it has to itself, or infinite.
  std::vector<std::uint32_t> flow;  ///< Flows that are kept, by their number in the problem, ascending.

  std::vector<std::uint32_t> flow_offsets = {0};  ///< Flow f uses positions flow_offsets[f] .. flow_offsets[f + 1] - 1.
  std::vector<std::uint32_t> flow_links;          ///< By position.
  std::vector<double> flow_usage;                 ///< By position; empty: 1 everywhere.

  std::vector<double> capacity;  ///< By kept link.
  std::vector<std::uint32_t> link_offsets = {0};
  std::vector<std::uint32_t> link_flows;
  std::vector<double> link_usage;

  std::size_t flows() const { return flow.size(); }
  double limit(std::size_t f) const { return limit_of[flow[f]]; }
  std::size_t links() const { return capacity.size(); }
  double flow_use(std::size_t position) const { return flow_usage.empty() ? 1.0 : flow_usage[position]; }
  double link_use(std::size_t position) const { return link_usage.empty() ? 1.0 : link_usage[position]; }
};

/// `with_bytes_only`: flows that have nothing to move use nothing.
FlowGraph flow_graph(const FlowProblem& problem, bool with_bytes_only);

}  // namespace orrery
