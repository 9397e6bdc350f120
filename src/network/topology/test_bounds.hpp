#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

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

inline double seconds(double bytes, double rate) {
  if (bytes == 0) return 0;
  return rate > 0 ? bytes / rate : std::numeric_limits<double>::infinity();
}

inline LowerBounds lower_bounds(const WiredGraph& graph, std::span<const Transfer> transfers) {
  const std::vector<NetworkLink>& links = graph.links();
  LowerBounds bounds;
  std::vector<double> load(links.size(), 0), out(graph.endpoints(), 0), in(graph.endpoints(), 0);
  std::vector<RouteHop> hops;
  for (const Transfer& transfer : transfers) {
    hops.clear();
    if (!graph.route(transfer.source, transfer.destination, transfer.key, hops)) {
      ++bounds.unreachable;
      continue;
    }
    if (transfer.source == transfer.destination || !(transfer.bytes.raw() > 0)) continue;
    out[transfer.source] += transfer.bytes.raw();
    in[transfer.destination] += transfer.bytes.raw();
    double latency = 0;
    for (const RouteHop& hop : hops) {
      load[hop.link] += hop.share * transfer.bytes.raw();
      latency += hop.share * links[hop.link].latency.raw();
    }
    bounds.latency = max(bounds.latency, Seconds(latency));
  }
  for (std::uint32_t l = 0; l < links.size(); ++l) {
    const Seconds time(seconds(load[l], links[l].capacity.raw()));
    if (time > bounds.link) bounds.busiest = l;
    bounds.link = max(bounds.link, time);
  }
  std::vector<double> leaving(graph.endpoints(), 0), entering(graph.endpoints(), 0);
  std::uint32_t vertices = 0;
  for (std::uint32_t e = 0; e < graph.endpoints(); ++e) vertices = std::max(vertices, graph.vertex(e) + 1);
  constexpr std::uint32_t kNone = std::numeric_limits<std::uint32_t>::max();
  std::vector<std::uint32_t> endpoint_at(vertices, kNone);
  for (std::uint32_t e = 0; e < graph.endpoints(); ++e) endpoint_at[graph.vertex(e)] = e;
  for (std::uint32_t l = 0; l < links.size(); ++l) {
    const LinkEnds ends = graph.ends(l);
    if (ends.from < vertices && endpoint_at[ends.from] != kNone)
      leaving[endpoint_at[ends.from]] += links[l].capacity.raw();
    if (ends.to < vertices && endpoint_at[ends.to] != kNone) entering[endpoint_at[ends.to]] += links[l].capacity.raw();
  }
  for (std::uint32_t e = 0; e < graph.endpoints(); ++e)
    bounds.injection =
        max(bounds.injection, Seconds(std::max(seconds(out[e], leaving[e]), seconds(in[e], entering[e]))));
  return bounds;
}

}  // namespace orrery
