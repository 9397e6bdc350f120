#pragma once

#include <algorithm>
#include <cmath>
#include <queue>
#include <set>
#include <utility>
#include <vector>

#include "network/topology/wired_graph.hpp"

// What tests ask of routes. Slow and obvious: they know only which vertices a link joins.

namespace orrery {

/// Whether the hops, in their order, lead from one end to the other: for ways that are not split.
inline bool is_connected_way(const WiredGraph& graph, std::uint32_t source, std::uint32_t destination,
                             const std::vector<RouteHop>& hops) {
  std::uint32_t at = graph.vertex(source);
  for (const RouteHop& hop : hops) {
    if (hop.share != 1 || graph.ends(hop.link).from != at) return false;
    at = graph.ends(hop.link).to;
  }
  return at == graph.vertex(destination);
}

/// Whether what flows in flows out, at every vertex but the ends, no link comes twice and one unit arrives: for ways
/// that are split.
inline bool is_balanced_way(const WiredGraph& graph, std::uint32_t source, std::uint32_t destination,
                            const std::vector<RouteHop>& hops) {
  std::vector<std::pair<std::uint32_t, double>> net = {{graph.vertex(source), 1.0}, {graph.vertex(destination), -1.0}};
  std::set<std::uint32_t> links;
  for (const RouteHop& hop : hops) {
    if (!(hop.share > 0) || hop.share > 1 + 1e-12 || !links.insert(hop.link).second) return false;
    net.emplace_back(graph.ends(hop.link).from, -hop.share);
    net.emplace_back(graph.ends(hop.link).to, hop.share);
  }
  std::sort(net.begin(), net.end());
  for (std::size_t i = 0; i < net.size();) {
    double sum = 0;
    std::size_t j = i;
    for (; j < net.size() && net[j].first == net[i].first; ++j) sum += net[j].second;
    if (std::abs(sum) > 1e-9) return false;
    i = j;
  }
  return true;
}

/// Tiers rise by one upwards, then fall by one.
inline bool is_up_then_down(const NetworkGraph& graph, const std::vector<RouteHop>& hops) {
  const std::size_t half = hops.size() / 2;
  for (std::size_t i = 0; i < hops.size(); ++i) {
    const NetworkLink& link = graph.links()[hops[i].link];
    if (link.up != (i < half) || link.tier != (i < half ? i : hops.size() - 1 - i)) return false;
  }
  return hops.size() % 2 == 0;
}

/// Whether live links lead there, first up and then down; breadth first over all links.
inline bool has_up_down_way(const WiredGraph& graph, std::uint32_t source, std::uint32_t destination) {
  if (source == destination) return true;
  std::set<std::pair<std::uint32_t, bool>> seen = {{graph.vertex(source), true}};
  std::queue<std::pair<std::uint32_t, bool>> open;
  open.emplace(graph.vertex(source), true);
  while (!open.empty()) {
    const auto [at, rising] = open.front();
    open.pop();
    if (at == graph.vertex(destination)) return true;
    for (std::uint32_t link = 0; link < graph.links().size(); ++link) {
      const NetworkLink& l = graph.links()[link];
      if (!(l.capacity.raw() > 0) || graph.ends(link).from != at || (l.up && !rising)) continue;
      const std::pair<std::uint32_t, bool> next(graph.ends(link).to, l.up);
      if (seen.insert(next).second) open.push(next);
    }
  }
  return false;
}

}  // namespace orrery
