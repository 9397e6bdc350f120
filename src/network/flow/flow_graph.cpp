#include "network/flow/flow_graph.hpp"

#include <algorithm>
#include <limits>
#include <numeric>

#include "base/check.hpp"

namespace orrery {
namespace {

constexpr double kInfinite = std::numeric_limits<double>::infinity();
constexpr auto kNone = std::numeric_limits<std::uint32_t>::max();

/// Sums of rounded shares may exceed the capacity that they exactly fill by this much.
constexpr double kRounding = 1e-14;

/// Calls `visit(flow, position)` for each link that a flow uses.
template <class Visit>
void for_each_use(const FlowProblem& problem, bool with_bytes_only, Visit visit) {
  for (std::uint32_t f = 0; f < problem.flows(); ++f) {
    if (with_bytes_only && !(problem.bytes[f] > 0)) continue;
    for (std::uint32_t i = problem.offsets[f]; i < problem.offsets[f + 1]; ++i) visit(f, i);
  }
}

/// By link: how many flows use it, of which two are as good as more. A byte each: most links need no more than that.
std::vector<std::uint8_t> users_of(const FlowProblem& problem, bool with_bytes_only) {
  std::vector<std::uint8_t> users(problem.capacity.size());
  for_each_use(problem, with_bytes_only, [&](std::uint32_t, std::uint32_t i) {
    std::uint8_t& n = users[problem.links[i]];
    n = n > 0 ? 2 : 1;
  });
  return users;
}

/// By link: its number in the graph, or `kNone` for one that is not kept. Fills the capacities.
std::vector<std::uint32_t> number_links(const FlowProblem& problem, bool with_bytes_only,
                                        const std::vector<std::uint8_t>& users, FlowGraph& graph) {
  std::vector<std::uint32_t> number(users.size(), kNone);
  std::uint32_t shared = 0;
  for (std::size_t l = 0; l < users.size(); ++l)
    if (users[l] == 2) number[l] = shared++;

  // What a shared link carries when every flow is at its limit: infinite where one has none.
  std::vector<double> most(shared, 0.0);
  for_each_use(problem, with_bytes_only, [&](std::uint32_t f, std::uint32_t i) {
    const std::uint32_t n = number[problem.links[i]];
    if (n != kNone) most[n] += problem.use(i) * graph.limit_of[f];
  });
  for (std::size_t l = 0; l < number.size(); ++l) {
    if (number[l] == kNone) continue;
    if (most[number[l]] <= problem.capacity[l] * (1 + kRounding)) {
      number[l] = kNone;
    } else {
      number[l] = static_cast<std::uint32_t>(graph.capacity.size());
      graph.capacity.push_back(problem.capacity[l]);
    }
  }
  return number;
}

/// The flows of each link, from the links of each flow.
void list_flows_of_links(FlowGraph& graph) {
  graph.link_offsets.assign(graph.links() + 1, 0);
  for (const std::uint32_t l : graph.flow_links) ++graph.link_offsets[l + 1];
  std::partial_sum(graph.link_offsets.begin(), graph.link_offsets.end(), graph.link_offsets.begin());
  graph.link_flows.resize(graph.flow_links.size());
  graph.link_usage.resize(graph.flow_usage.size());
  std::vector<std::uint32_t> next(graph.link_offsets.begin(), graph.link_offsets.end() - 1);
  for (std::uint32_t f = 0; f < graph.flows(); ++f) {
    for (std::uint32_t i = graph.flow_offsets[f]; i < graph.flow_offsets[f + 1]; ++i) {
      const std::uint32_t slot = next[graph.flow_links[i]]++;
      graph.link_flows[slot] = f;
      if (!graph.flow_usage.empty()) graph.link_usage[slot] = graph.flow_usage[i];
    }
  }
}

}  // namespace

FlowGraph flow_graph(const FlowProblem& problem, bool with_bytes_only) {
  FlowGraph graph;
  const std::vector<std::uint8_t> users = users_of(problem, with_bytes_only);
  graph.limit_of.assign(problem.flows(), kInfinite);
  bool meet = false;
  for_each_use(problem, with_bytes_only, [&](std::uint32_t f, std::uint32_t i) {
    const std::uint32_t l = problem.links[i];
    ORRERY_CHECK(problem.capacity[l] > 0 && problem.use(i) > 0, "links have capacity, and flows on them use it");
    if (users[l] == 1) {
      graph.limit_of[f] = std::min(graph.limit_of[f], problem.capacity[l] / problem.use(i));
    } else {
      meet = true;
    }
  });
  if (!meet) return graph;

  const std::vector<std::uint32_t> number = number_links(problem, with_bytes_only, users, graph);
  for_each_use(problem, with_bytes_only, [&](std::uint32_t f, std::uint32_t i) {
    const std::uint32_t n = number[problem.links[i]];
    if (n == kNone) return;
    if (graph.flow.empty() || graph.flow.back() != f) {
      graph.flow.push_back(f);
      graph.flow_offsets.push_back(graph.flow_offsets.back());
    }
    graph.flow_links.push_back(n);
    if (!problem.usage.empty()) graph.flow_usage.push_back(problem.usage[i]);
    ++graph.flow_offsets.back();
  });
  list_flows_of_links(graph);
  return graph;
}

}  // namespace orrery
