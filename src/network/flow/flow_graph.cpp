#include "network/flow/flow_graph.hpp"

#include <algorithm>
#include <limits>

#include "base/check.hpp"

namespace orrery {
namespace {

constexpr double kInfinite = std::numeric_limits<double>::infinity();
constexpr auto kNone = std::numeric_limits<std::uint32_t>::max();

/// Sums of rounded shares may exceed the capacity that they exactly fill by this much.
constexpr double kRounding = 1e-14;

}  // namespace

FlowGraph flow_graph(const FlowProblem& problem, bool with_bytes_only) {
  const auto flows = static_cast<std::uint32_t>(problem.flows());
  const auto takes_part = [&](std::uint32_t f) { return !with_bytes_only || problem.bytes[f] > 0; };
  FlowGraph graph;

  // Links by the number of their flows: none, one or several.
  std::vector<std::uint8_t> users(problem.capacity.size());
  bool meet = false;
  for (std::uint32_t f = 0; f < flows; ++f) {
    if (!takes_part(f)) continue;
    for (const std::uint32_t l : problem.path(f)) {
      meet = meet || users[l] > 0;
      users[l] = users[l] > 0 ? 2 : 1;
    }
  }
  graph.limit_of.assign(flows, kInfinite);
  for (std::uint32_t f = 0; f < flows; ++f) {
    if (!takes_part(f)) continue;
    for (std::uint32_t i = problem.offsets[f]; i < problem.offsets[f + 1]; ++i) {
      const std::uint32_t l = problem.links[i];
      ORRERY_CHECK(problem.capacity[l] > 0 && problem.use(i) > 0, "links have capacity, and flows on them use it");
      if (users[l] == 1) graph.limit_of[f] = std::min(graph.limit_of[f], problem.capacity[l] / problem.use(i));
    }
  }
  if (!meet) return graph;

  std::vector<std::uint32_t> number(users.size(), kNone);
  std::uint32_t shared = 0;
  for (std::size_t l = 0; l < users.size(); ++l)
    if (users[l] == 2) number[l] = shared++;

  // What a shared link carries when every flow is at its limit: infinite where one has none.
  std::vector<double> most(shared, 0.0);
  for (std::uint32_t f = 0; f < flows; ++f) {
    if (!takes_part(f)) continue;
    for (std::uint32_t i = problem.offsets[f]; i < problem.offsets[f + 1]; ++i) {
      const std::uint32_t n = number[problem.links[i]];
      if (n != kNone) most[n] += problem.use(i) * graph.limit_of[f];
    }
  }
  for (std::uint32_t l = 0; l < number.size(); ++l) {
    if (number[l] == kNone) continue;
    if (most[number[l]] <= problem.capacity[l] * (1 + kRounding)) {
      number[l] = kNone;
    } else {
      number[l] = static_cast<std::uint32_t>(graph.capacity.size());
      graph.capacity.push_back(problem.capacity[l]);
    }
  }

  const bool weighted = !problem.usage.empty();
  graph.link_offsets.assign(graph.capacity.size() + 1, 0);
  for (std::uint32_t f = 0; f < flows; ++f) {
    if (!takes_part(f)) continue;
    for (std::uint32_t i = problem.offsets[f]; i < problem.offsets[f + 1]; ++i) {
      const std::uint32_t n = number[problem.links[i]];
      if (n == kNone) continue;
      graph.flow_links.push_back(n);
      if (weighted) graph.flow_usage.push_back(problem.usage[i]);
      ++graph.link_offsets[n + 1];
    }
    if (graph.flow_links.size() == graph.flow_offsets.back()) continue;
    graph.flow.push_back(f);
    graph.flow_offsets.push_back(static_cast<std::uint32_t>(graph.flow_links.size()));
  }
  for (std::size_t n = 1; n < graph.link_offsets.size(); ++n) graph.link_offsets[n] += graph.link_offsets[n - 1];

  graph.link_flows.resize(graph.flow_links.size());
  if (weighted) graph.link_usage.resize(graph.flow_links.size());
  std::vector<std::uint32_t> next(graph.link_offsets.begin(), graph.link_offsets.end() - 1);
  for (std::uint32_t f = 0; f < graph.flows(); ++f) {
    for (std::uint32_t i = graph.flow_offsets[f]; i < graph.flow_offsets[f + 1]; ++i) {
      const std::uint32_t slot = next[graph.flow_links[i]]++;
      graph.link_flows[slot] = f;
      if (weighted) graph.link_usage[slot] = graph.flow_usage[i];
    }
  }
  return graph;
}

}  // namespace orrery
