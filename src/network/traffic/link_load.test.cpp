#include "network/traffic/link_load.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <memory>
#include <numeric>

#include "base/random.hpp"
#include "network/flow/completion.hpp"
#include "network/topology/fat_tree.hpp"

namespace orrery {
namespace {

constexpr BytesPerSecond kNic{50e9};

std::unique_ptr<FatTree> tree(Routing routing, std::uint64_t seed) {
  // 8 leaves of 8 chips, 4 spines: 2:1.
  const FatTreeLevel chips{8, 1, 1, kNic, {}}, leaves{8, 4, 1, kNic, {}};
  Diagnostics diagnostics;
  auto graph = FatTree::build({chips, leaves}, {routing, seed}, {}, diagnostics);
  REQUIRE_FALSE(diagnostics.has_errors());
  return graph;
}

RankChips shuffled(std::uint32_t chips, std::uint64_t seed) {
  RankChips order(chips);
  std::iota(order.begin(), order.end(), 0U);
  Rng rng = Rng::stream(seed, "test/shuffle");
  for (std::uint32_t i = chips; i > 1; --i) std::swap(order[i - 1], order[rng.below(i)]);
  return order;
}

TEST_CASE("link load: hand-computed, a ring in order and reversed pairs of leaves") {
  const auto graph = tree(Routing::Spray, 0);
  RankChips order(64);
  std::iota(order.begin(), order.end(), 0U);
  // Each leaf sends one flow on: 1 flow over 4 NICs' worth of uplinks.
  const LinkLoads loads = link_loads(*graph, order, {64, 1, 1, 64}, Traffic::Neighbour);
  CHECK(loads.busiest_endpoint == 1);
  CHECK(stretch_of_loads(*graph, loads, kNic).stretch == doctest::Approx(1));
  // All 8 chips of a leaf send to another leaf: 8 flows over 4 NICs' worth.
  const LinkLoads across = link_loads(*graph, order, {2, 1, 32, 64}, Traffic::Neighbour);
  CHECK(stretch_of_loads(*graph, across, kNic).stretch == doctest::Approx(2));
}

TEST_CASE("link load: oracle, the stretch is that of flows followed to their ends") {
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    CAPTURE(seed);
    const Routing routing = seed % 3 == 0 ? Routing::Spray : seed % 3 == 1 ? Routing::Ecmp : Routing::DestinationModulo;
    const auto graph = tree(routing, seed);
    const RankChips chips = shuffled(64, seed);
    const GroupTiling tiling = seed % 2 == 0 ? GroupTiling{64, 1, 1, 64} : GroupTiling{16, 1, 2, 64};
    for (const Traffic traffic : {Traffic::Neighbour, Traffic::Tree, Traffic::Uniform}) {
      const LinkLoads loads = link_loads(*graph, chips, tiling, traffic, 1, seed);
      FlowProblem problem;
      for (const NetworkLink& link : graph->links()) problem.capacity.push_back(link.capacity.raw());
      std::vector<RouteHop> way;
      for_each_flow(tiling, traffic, [&](std::uint32_t a, std::uint32_t b) {
        way.clear();
        REQUIRE(graph->route(chips[a], chips[b], seed, way));
        for (const RouteHop& hop : way) {
          problem.links.push_back(hop.link);
          problem.usage.push_back(hop.share);
        }
        problem.offsets.push_back(static_cast<std::uint32_t>(problem.links.size()));
        problem.bytes.push_back(1e9);
      });
      const auto times = finish_times(problem);
      REQUIRE(times);
      const double ideal = loads.busiest_endpoint * 1e9 / kNic.raw();
      CHECK(stretch_of_loads(*graph, loads, kNic).stretch == doctest::Approx(times->makespan / ideal).epsilon(1e-9));
    }
  }
}

TEST_CASE("link load: law, hashes over more connections collide less") {
  double one = 0, many = 0;
  for (std::uint64_t salt = 0; salt < 40; ++salt) {
    const auto graph = tree(Routing::Ecmp, 7);
    RankChips order(64);
    std::iota(order.begin(), order.end(), 0U);
    const GroupTiling across{2, 1, 32, 64};
    const auto stretch = [&](int connections) {
      return stretch_of_loads(*graph, link_loads(*graph, order, across, Traffic::Neighbour, connections, 1000 * salt),
                              kNic)
          .stretch;
    };
    one += stretch(1) / 40;
    many += stretch(16) / 40;
  }
  CHECK(many < one);
  CHECK(many > 2);  // 8 flows over 4 uplinks, spread perfectly
}

TEST_CASE("placement: law, every order gives each rank a chip of its own, in whole nodes") {
  Cluster cluster;
  cluster.chips = 40;
  cluster.node.chips = cluster.node.scale_up_domain = 8;
  cluster.placement.machine_chips = 160;
  for (const PlacementOrder order : {PlacementOrder::Packed, PlacementOrder::Random, PlacementOrder::Rail}) {
    cluster.placement.order = order;
    const RankChips chips = place_ranks(cluster, 3);
    REQUIRE(chips.size() == 40);
    RankChips sorted = chips;
    std::sort(sorted.begin(), sorted.end());
    CHECK(std::adjacent_find(sorted.begin(), sorted.end()) == sorted.end());
    CHECK(sorted.back() < 160);
    for (std::uint32_t rank = 0; rank < 40; ++rank) CHECK(chips[rank] % 8 == rank % 8);
    CHECK((chips == sorted) == (order != PlacementOrder::Random));
    CHECK(chips == place_ranks(cluster, 3));
  }
}

}  // namespace
}  // namespace orrery
