#include "network/traffic/link_load.hpp"

#include <algorithm>

#include "base/check.hpp"

namespace orrery {

LinkLoads link_loads(const NetworkGraph& graph, const RankChips& chips, const GroupTiling& tiling, Traffic traffic,
                     int connections, std::uint64_t salt) {
  LinkLoads loads;
  loads.flows.resize(graph.links().size());
  std::vector<double> sent(graph.endpoints()), received(graph.endpoints());
  std::vector<RouteHop> way;
  const double share = 1.0 / connections;
  for_each_flow(tiling, traffic, [&](std::uint32_t source, std::uint32_t destination) {
    const std::uint32_t to = chips[destination], from = graph.nic_of(chips[source], to);
    sent[from] += 1;
    received[to] += 1;
    for (int connection = 0; connection < connections; ++connection) {
      way.clear();
      if (!graph.route(from, to, salt + static_cast<std::uint64_t>(connection), way)) {
        ++loads.unreachable;
        break;
      }
      for (const RouteHop& hop : way) loads.flows[hop.link] += share * hop.share;
    }
  });
  for (std::uint32_t i = 0; i < graph.endpoints(); ++i) {
    loads.busiest_endpoint = std::max({loads.busiest_endpoint, sent[i], received[i]});
  }
  return loads;
}

Bottleneck stretch_of_loads(const NetworkGraph& graph, const LinkLoads& loads, BytesPerSecond nic) {
  ORRERY_CHECK(nic.raw() > 0, "chips have a network card");
  if (loads.busiest_endpoint == 0) return {};
  const double ideal = loads.busiest_endpoint / nic.raw();
  Bottleneck worst{0, 0};
  for (std::uint32_t l = 0; l < loads.flows.size(); ++l) {
    if (loads.flows[l] <= 0) continue;  // dead links have no capacity
    const double factor = loads.flows[l] / graph.links()[l].capacity.raw() / ideal;
    if (factor > worst.stretch) worst = {l, factor};
  }
  return worst;
}

}  // namespace orrery
