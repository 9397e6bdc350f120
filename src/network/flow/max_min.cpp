#include "network/flow/max_min.hpp"

#include <algorithm>
#include <limits>

#include "network/flow/filling.hpp"

namespace orrery {

std::vector<double> max_min_rates(const FlowProblem& problem) {
  Work unlimited;
  FlowGraph graph = flow_graph(problem, false);
  const Filling filling = *fill(graph, unlimited);
  std::vector<double> rates = std::move(graph.limit_of);
  for (std::size_t f = 0; f < graph.flow.size(); ++f) rates[graph.flow[f]] = filling.rate[f];
  return rates;
}

double bottleneck_violation(const FlowProblem& problem, const std::vector<double>& rates) {
  constexpr double kInfinite = std::numeric_limits<double>::infinity();
  std::vector<double> load(problem.capacity.size()), highest(problem.capacity.size());
  for (std::size_t f = 0; f < problem.flows(); ++f) {
    for (std::uint32_t i = problem.offsets[f]; i < problem.offsets[f + 1]; ++i) {
      load[problem.links[i]] += problem.use(i) * rates[f];
      highest[problem.links[i]] = std::max(highest[problem.links[i]], rates[f]);
    }
  }
  double worst = 0;
  for (std::size_t l = 0; l < load.size(); ++l)
    worst = std::max(worst, (load[l] - problem.capacity[l]) / problem.capacity[l]);
  for (std::size_t f = 0; f < problem.flows(); ++f) {
    if (problem.path(f).empty()) {
      if (rates[f] != kInfinite) return kInfinite;
      continue;
    }
    double least = kInfinite;
    for (const std::uint32_t l : problem.path(f)) {
      const double room = (problem.capacity[l] - load[l]) / problem.capacity[l];
      const double below = (highest[l] - rates[f]) / highest[l];
      least = std::min(least, std::max(room, below));
    }
    worst = std::max(worst, least);
  }
  return worst;
}

}  // namespace orrery
