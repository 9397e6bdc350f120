#include "network/topology/reachability.hpp"

#include "network/topology/path_hash.hpp"

namespace orrery {

Reachability reachability(const NetworkGraph& graph, std::uint64_t most_pairs) {
  Reachability result;
  std::vector<RouteHop> hops;
  const std::uint32_t n = graph.endpoints();
  const auto look = [&](std::uint32_t source, std::uint32_t destination) {
    hops.clear();
    ++result.pairs;
    if (graph.route(source, destination, 0, hops)) return;
    if (result.cut_off++ > 0) return;
    result.source = source;
    result.destination = destination;
  };
  result.exhaustive = std::uint64_t{n} * n <= most_pairs;
  if (result.exhaustive) {
    for (std::uint32_t source = 0; source < n; ++source)
      for (std::uint32_t destination = 0; destination < n; ++destination)
        if (source != destination) look(source, destination);
    return result;
  }
  for (std::uint64_t i = 0; i < most_pairs; ++i) {
    const auto source = static_cast<std::uint32_t>(i % n);
    // Any other endpoint.
    look(source, static_cast<std::uint32_t>((source + 1 + mix(i) % (n - 1)) % n));
  }
  return result;
}

}  // namespace orrery
