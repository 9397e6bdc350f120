#include "network/scale_up.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <numeric>
#include <vector>

#include "network/topology/fabric_graph.hpp"
#include "network/traffic/link_load.hpp"

namespace orrery {
namespace {

/// What each chip of a torus may send in an all-to-all, over its whole bandwidth, when every flow is followed on its
/// links: 1 over the load of the busiest link.
double followed_share(const std::vector<std::uint32_t>& axes, ScaleUpTopology topology) {
  Node node;
  node.chips = node.scale_up_domain =
      static_cast<int>(std::accumulate(axes.begin(), axes.end(), 1U, std::multiplies<>()));
  node.topology = topology;
  node.scale_up_bandwidth = 600_GB_per_s;
  Diagnostics diagnostics;
  const auto graph = build_scale_up_graph(node, axes, Routing::Spray, {}, 1, diagnostics);
  diagnostics.throw_if_errors();
  const auto chips = static_cast<std::uint32_t>(node.chips);
  RankChips all(chips);
  std::iota(all.begin(), all.end(), 0U);
  const LinkLoads loads = link_loads(*graph, all, {chips, 1, 1, chips}, Traffic::Uniform);
  // A flow of one byte each: the time of the busiest link, against all that a chip sends at its full bandwidth.
  double slowest = 0;
  for (std::size_t l = 0; l < loads.flows.size(); ++l) {
    slowest = std::max(slowest, loads.flows[l] / graph->links()[l].capacity.raw());
  }
  return (chips - 1) / slowest / node.scale_up_bandwidth.raw();
}

TEST_CASE("scale-up rates: oracle, an all-to-all on a torus is what its links carry") {
  struct Slice {
    std::vector<std::uint32_t> axes;
    ScaleUpTopology topology;
  };
  for (const Slice& slice : {Slice{{4, 4, 4}, ScaleUpTopology::Torus3d}, Slice{{8, 8, 8}, ScaleUpTopology::Torus3d},
                             Slice{{8, 8}, ScaleUpTopology::Torus2d}, Slice{{16, 16}, ScaleUpTopology::Torus2d}}) {
    CAPTURE(slice.axes.front());
    Cluster cluster;
    cluster.node.topology = slice.topology;
    cluster.node.scale_up_domain =
        static_cast<int>(std::accumulate(slice.axes.begin(), slice.axes.end(), 1U, std::multiplies<>()));
    cluster.node.scale_up_bandwidth = 600_GB_per_s;
    cluster.chips = cluster.node.scale_up_domain;
    const ScaleUpRates rates = scale_up_rates(cluster, cluster.node.scale_up_domain);
    const double reached = rates.all_to_all / cluster.node.scale_up_bandwidth / CollectiveConstants{}.torus_share;
    CHECK(reached == doctest::Approx(followed_share(slice.axes, slice.topology)).epsilon(0.03));
  }
}

}  // namespace
}  // namespace orrery
