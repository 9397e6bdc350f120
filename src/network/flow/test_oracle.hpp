#pragma once

#include <algorithm>
#include <limits>
#include <vector>

#include "base/random.hpp"
#include "network/flow/flow_problem.hpp"
#include "network/flow/test_fabrics.hpp"

namespace orrery::test {

/// Max-min fair rates of the flows that are `active`, by the definition: raise all, stop those on full links, repeat.
inline std::vector<double> slow_rates(const FlowProblem& p, const std::vector<bool>& active) {
  constexpr double kInfinite = std::numeric_limits<double>::infinity();
  std::vector<double> rates(p.flows(), 0.0);
  std::vector<bool> rising = active;
  for (;;) {
    double level = kInfinite;
    std::vector<double> full(p.capacity.size(), kInfinite);
    std::vector<double> kept(p.capacity.size()), weight(p.capacity.size());
    for (std::size_t f = 0; f < p.flows(); ++f) {
      for (std::uint32_t i = p.offsets[f]; active[f] && i < p.offsets[f + 1]; ++i)
        (rising[f] ? weight : kept)[p.links[i]] += rising[f] ? p.use(i) : p.use(i) * rates[f];
    }
    for (std::size_t l = 0; l < full.size(); ++l) {
      if (weight[l] > 0) full[l] = (p.capacity[l] - kept[l]) / weight[l];
      level = std::min(level, full[l]);
    }
    bool any = false;
    for (std::size_t f = 0; f < p.flows(); ++f) {
      if (!rising[f]) continue;
      any = any || !p.path(f).empty();
      rates[f] = level;
      for (const std::uint32_t l : p.path(f))
        if (full[l] <= level * (1 + 1e-13)) rising[f] = false;
    }
    if (!any) break;
  }
  for (std::size_t f = 0; f < p.flows(); ++f)
    if (active[f] && p.path(f).empty()) rates[f] = kInfinite;
  return rates;
}

/// Finish times with rates solved from nothing whenever a flow ends.
inline std::vector<double> slow_finish_times(const FlowProblem& p) {
  std::vector<double> finish(p.flows(), 0.0), left = p.bytes;
  std::vector<bool> active(p.flows());
  for (std::size_t f = 0; f < p.flows(); ++f) active[f] = p.bytes[f] > 0 && !p.path(f).empty();
  double now = 0;
  while (std::find(active.begin(), active.end(), true) != active.end()) {
    const std::vector<double> rates = slow_rates(p, active);
    double step = std::numeric_limits<double>::infinity();
    for (std::size_t f = 0; f < p.flows(); ++f)
      if (active[f]) step = std::min(step, left[f] / rates[f]);
    now += step;
    for (std::size_t f = 0; f < p.flows(); ++f) {
      if (!active[f]) continue;
      left[f] -= rates[f] * step;
      if (left[f] > 1e-13 * p.bytes[f]) continue;
      active[f] = false;
      finish[f] = now;
    }
  }
  return finish;
}

inline double largest_difference(const std::vector<double>& a, const std::vector<double>& b) {
  double worst = a.size() == b.size() ? 0 : 1;
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i)
    if (a[i] != b[i]) worst = std::max(worst, std::abs(a[i] - b[i]) / std::max(std::abs(a[i]), std::abs(b[i])));
  return worst;
}

/// Values that repeat, so that links fill and flows end at the same time, or that never do.
inline double random_value(Rng& rng, bool repeats) {
  return repeats ? 1.0 + static_cast<double>(rng.below(3)) : rng.uniform(0.1, 10);
}

/// A small problem of any kind: no flows, no links, few links that all share, many that none do; with usages or not.
inline FlowProblem random_problem(Rng& rng) {
  FlowProblem p;
  const bool repeats = rng.bernoulli(0.5), weighted = rng.bernoulli(0.5);
  p.capacity.resize(1 + rng.below(12));
  for (double& c : p.capacity) c = random_value(rng, repeats);
  const std::uint64_t flows = rng.below(25);
  const std::uint64_t longest = rng.below(5) + 1;
  for (std::uint64_t f = 0; f < flows; ++f) {
    std::vector<std::uint32_t> path;
    for (std::uint64_t hops = rng.below(longest + 1); hops > 0; --hops) {
      const auto l = static_cast<std::uint32_t>(rng.below(p.capacity.size()));
      if (std::find(path.begin(), path.end(), l) == path.end()) path.push_back(l);
    }
    add_flow(p, path, rng.bernoulli(0.05) ? 0.0 : random_value(rng, repeats));
    for (std::size_t i = 0; weighted && i < path.size(); ++i)
      p.usage.push_back(repeats ? 1.0 / static_cast<double>(1 + rng.below(4)) : rng.uniform(0.05, 3));
  }
  return p;
}

/// A permutation, a many-to-few or any set of flows over a random fat tree.
inline FlowProblem random_fat_tree_problem(Rng& rng) {
  const auto levels = 1 + rng.below(3);
  std::vector<std::uint32_t> down, up;
  for (std::uint64_t l = 0; l < levels; ++l) {
    down.push_back(static_cast<std::uint32_t>(2 + rng.below(3)));
    up.push_back(static_cast<std::uint32_t>(l == 0 ? 1 : 1 + rng.below(3)));
  }
  const FatTree tree(down, up);
  FlowProblem p = tree.problem(1);
  const bool repeats = rng.bernoulli(0.5);
  if (rng.bernoulli(0.5))
    for (double& c : p.capacity) c = random_value(rng, repeats);
  const std::uint64_t targets = 1 + rng.below(tree.hosts()), flows = rng.below(2 * tree.hosts()) + 1;
  for (std::uint64_t f = 0; f < flows; ++f) {
    const auto source = static_cast<std::uint32_t>(rng.below(tree.hosts()));
    add_flow(p, tree.route(source, static_cast<std::uint32_t>(rng.below(targets))), random_value(rng, repeats));
  }
  return p;
}

/// Every second seed a fat tree.
inline FlowProblem random_case(std::uint32_t seed) {
  Rng rng = Rng::stream(seed, "flow/test");
  return seed % 2 == 0 ? random_problem(rng) : random_fat_tree_problem(rng);
}

}  // namespace orrery::test
