#include "network/topology/fat_tree.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <random>

#include "network/topology/route_checks.hpp"

namespace orrery {
namespace {

std::unique_ptr<FatTree> tree_of(const std::vector<FatTreeLevel>& levels, Routing routing,
                                 const FailedParts& failed = {}, std::uint64_t seed = 1) {
  Diagnostics diagnostics;
  auto tree = FatTree::build(levels, {routing, seed}, failed, diagnostics);
  diagnostics.throw_if_errors();
  return tree;
}

FatTreeLevel level(std::uint32_t children, std::uint32_t parents, std::uint32_t cables = 1,
                   BytesPerSecond capacity = 50_GB_per_s) {
  return {children, parents, cables, capacity, 1_us};
}

std::vector<std::uint32_t> way(const NetworkGraph& graph, std::uint32_t source, std::uint32_t destination,
                               std::uint64_t key = 0) {
  std::vector<RouteHop> hops;
  std::vector<std::uint32_t> result;
  if (graph.route(source, destination, key, hops))
    for (const RouteHop& hop : hops) result.push_back(hop.link);
  return result;
}

std::string message_of(const std::vector<FatTreeLevel>& levels, Routing routing = Routing::Ecmp,
                       const FailedParts& failed = {}) {
  Diagnostics diagnostics;
  CHECK(FatTree::build(levels, {routing, 1}, failed, diagnostics) == nullptr);
  return diagnostics.all().empty() ? "" : diagnostics.all().front().message;
}

// PGFT(2; 2,2; 1,2; 1,1). Endpoints 0..3, leaves 4 and 5, spines 6 and 7; cables are numbered as drawn.
//
//        6       7
//       4| \   / |7        leaf 4: cable 4 to spine 6, cable 5 to spine 7
//        |  5 6  |         leaf 5: cable 6 to spine 6, cable 7 to spine 7
//        4       5
//      0/ \1   2/ \3
//      0   1   2   3
const std::vector<FatTreeLevel> kSmall = {level(2, 1), level(2, 2)};

TEST_CASE("fat tree: hand-computed, four endpoints below two leaves and two spines") {
  const auto tree = tree_of(kSmall, Routing::DestinationModulo);
  CHECK(tree->endpoints() == 4);
  CHECK(tree->links().size() == 16);
  CHECK(tree->switches(0) == 2);
  CHECK(tree->switches(1) == 2);
  CHECK(way(*tree, 0, 0).empty());
  CHECK(way(*tree, 0, 1) == std::vector<std::uint32_t>{0, 3});
  // At the leaf, port (destination / 1) mod 2: to 2 by the first spine, to 3 by the second.
  CHECK(way(*tree, 0, 2) == std::vector<std::uint32_t>{0, 8, 13, 5});
  CHECK(way(*tree, 1, 3) == std::vector<std::uint32_t>{2, 10, 15, 7});
  CHECK(way(*tree, 3, 0) == std::vector<std::uint32_t>{6, 12, 9, 1});
  CHECK(tree->ends(8) == LinkEnds{4, 6});
  CHECK(tree->ends(13) == LinkEnds{6, 5});
  CHECK(tree->ends(15) == LinkEnds{7, 5});
  CHECK(tree->ends(7) == LinkEnds{5, 3});
  CHECK(tree->links()[13].tier == 1);
  CHECK_FALSE(tree->links()[13].up);
}

// The same with two cables to one spine: PGFT(2; 2,2; 1,1; 1,2).
//
//          6
//       4//  \\6,7
//      5//    \\           .
//       4      5
TEST_CASE("fat tree: hand-computed, parallel cables go by the destination") {
  const std::vector<FatTreeLevel> levels = {level(2, 1), level(2, 1, 2)};
  const auto tree = tree_of(levels, Routing::DestinationModulo);
  CHECK(way(*tree, 0, 3) == std::vector<std::uint32_t>{0, 10, 15, 7});
  CHECK(way(*tree, 1, 2) == std::vector<std::uint32_t>{2, 8, 13, 5});
}

TEST_CASE("fat tree: hand-computed, spraying pools what leaves a unit") {
  const auto tree = tree_of({level(2, 1), level(2, 2, 1, 20_GB_per_s)}, Routing::Spray);
  // 4 endpoints and 2 units of two cables: 6 pools of two directions.
  REQUIRE(tree->links().size() == 12);
  CHECK(way(*tree, 0, 1) == std::vector<std::uint32_t>{0, 3});
  CHECK(way(*tree, 0, 3) == std::vector<std::uint32_t>{0, 8, 11, 7});
  CHECK(tree->links()[8].capacity == 40_GB_per_s);
  CHECK(tree->links()[0].capacity == 50_GB_per_s);
  CHECK(tree->ends(8) == LinkEnds{4, 6});
  CHECK(tree->ends(11) == LinkEnds{6, 5});
}

TEST_CASE("fat tree: hand-computed, an open top joins nothing") {
  const std::vector<FatTreeLevel> rails = {level(4, 1), level(2, 0)};
  for (const Routing routing : {Routing::Spray, Routing::Ecmp, Routing::DestinationModulo}) {
    const auto tree = tree_of(rails, routing);
    CHECK(tree->endpoints() == 8);
    CHECK(tree->links().size() == 16);
    CHECK(way(*tree, 4, 7) == std::vector<std::uint32_t>{8, 15});
    std::vector<RouteHop> hops = {{5, 1}};
    CHECK_FALSE(tree->route(0, 4, 0, hops));
    CHECK(hops == std::vector<RouteHop>{{5, 1}});
  }
}

std::vector<FatTreeLevel> random_shape(std::mt19937& random) {
  const auto below = [&](unsigned n) { return static_cast<std::uint32_t>(random() % n); };
  std::vector<FatTreeLevel> levels(1 + below(4));
  for (FatTreeLevel& l : levels)
    l = {1 + below(4), 1 + below(3), 1 + below(3), BytesPerSecond(1e9 * (1 + below(50))), Seconds(1e-6 * below(3))};
  return levels;
}

TEST_CASE("fat tree: law, routes of random trees are connected, up and then down, and as long there as back") {
  std::mt19937 random(11);
  for (int trial = 0; trial < 300; ++trial) {
    CAPTURE(trial);
    const auto levels = random_shape(random);
    for (const Routing routing : {Routing::Spray, Routing::Ecmp, Routing::DestinationModulo}) {
      Diagnostics diagnostics;
      const auto tree = FatTree::build(levels, {routing, random()}, {}, diagnostics);
      REQUIRE(tree);
      for (int pair = 0; pair < 20; ++pair) {
        const auto source = static_cast<std::uint32_t>(random() % tree->endpoints());
        const auto destination = static_cast<std::uint32_t>(random() % tree->endpoints());
        std::vector<RouteHop> there, back;
        REQUIRE(tree->route(source, destination, random(), there));
        REQUIRE(tree->route(destination, source, random(), back));
        REQUIRE(there.size() == back.size());
        REQUIRE(is_connected_way(*tree, source, destination, there));
        REQUIRE(is_up_then_down(*tree, there));
      }
    }
  }
}

TEST_CASE("fat tree: law, d-mod-k keeps shifts apart on non-blocking trees") {
  // Every switch has as many ports up as down: Zahavi 2012, theorem 2. Parallel cables in the second.
  const std::vector<std::vector<FatTreeLevel>> shapes = {{level(4, 1), level(4, 4), level(4, 4)},
                                                         {level(6, 1), level(4, 3, 2), level(3, 4, 2)},
                                                         {level(2, 1), level(3, 1, 2), level(5, 6)}};
  for (const auto& shape : shapes) {
    const auto tree = tree_of(shape, Routing::DestinationModulo);
    const std::uint32_t n = tree->endpoints();
    for (std::uint32_t shift = 1; shift < n; ++shift) {
      CAPTURE(shift);
      std::vector<int> flows(tree->links().size(), 0);
      std::vector<RouteHop> hops;
      for (std::uint32_t source = 0; source < n; ++source) tree->route(source, (source + shift) % n, 0, hops);
      for (const RouteHop& hop : hops) ++flows[hop.link];
      REQUIRE(*std::max_element(flows.begin(), flows.end()) == 1);
    }
  }
}

TEST_CASE("fat tree: law, the pools of a level hold the capacity of its cables") {
  std::mt19937 random(12);
  for (int trial = 0; trial < 200; ++trial) {
    CAPTURE(trial);
    const auto levels = random_shape(random);
    FailedParts failed;
    if (trial % 2 == 1) {
      const int tier = static_cast<int>(random() % levels.size());
      failed.shares.push_back({tier, 0.3, 0.2, trial % 4 == 1 ? 0.5 : 0.0});
    }
    const auto sum = [](const FatTree& tree) {
      std::map<std::pair<int, bool>, double> result;
      for (const NetworkLink& link : tree.links()) result[{link.tier, link.up}] += link.capacity.raw();
      return result;
    };
    const auto pools = sum(*tree_of(levels, Routing::Spray, failed)),
               cables = sum(*tree_of(levels, Routing::Ecmp, failed));
    REQUIRE(pools.size() == cables.size());
    for (const auto& [key, capacity] : cables) REQUIRE(pools.at(key) == doctest::Approx(capacity).epsilon(1e-6));
  }
}

TEST_CASE("fat tree: oracle, a pool carries what the mean of all its ways does") {
  // Every way of a pair, found by hashing many keys: each cable of a pool is on its share of them.
  const std::vector<FatTreeLevel> shape = {level(3, 2), level(3, 2, 2), level(2, 3)};
  const auto hashed = tree_of(shape, Routing::Ecmp);
  std::map<std::uint32_t, int> uses;
  const int keys = 72000;
  std::vector<RouteHop> hops;
  for (int key = 0; key < keys; ++key) hashed->route(0, 17, static_cast<std::uint64_t>(key), hops);
  for (const RouteHop& hop : hops) ++uses[hop.link];
  std::map<std::pair<int, bool>, std::vector<int>> by_pool;
  for (const auto& [link, n] : uses) by_pool[{hashed->links()[link].tier, hashed->links()[link].up}].push_back(n);
  // 2 cables from the endpoint, 2 x 4 from the switches of its unit, 4 x 3 from those of the next.
  const std::vector<std::size_t> sizes = {2, 8, 12};
  for (const auto& [pool, counts] : by_pool) {
    CHECK(counts.size() == sizes[pool.first]);
    for (const int n : counts) {
      const double mean = static_cast<double>(keys) / static_cast<double>(counts.size());
      CHECK(std::abs(n - mean) < 5 * std::sqrt(mean));
    }
  }
}

TEST_CASE("fat tree: law, hashed ways depend on the seed and the key, and on nothing else") {
  const std::vector<FatTreeLevel> shape = {level(8, 1), level(8, 8), level(8, 8)};
  const auto one = tree_of(shape, Routing::Ecmp, {}, 1), again = tree_of(shape, Routing::Ecmp, {}, 1);
  const auto other = tree_of(shape, Routing::Ecmp, {}, 2);
  int by_key = 0, by_seed = 0;
  for (std::uint32_t source = 0; source < 64; ++source) {
    CHECK(way(*one, source, 511 - source) == way(*again, source, 511 - source));
    by_key += way(*one, source, 511 - source, 0) != way(*one, source, 511 - source, 1);
    by_seed += way(*one, source, 511 - source) != way(*other, source, 511 - source);
  }
  CHECK(by_key > 55);  // 1 in 64 would be equal by chance.
  CHECK(by_seed > 55);
}

TEST_CASE("fat tree: law, failed parts are never used, and what is left is found") {
  std::mt19937 random(13);
  int unreachable = 0;
  for (int trial = 0; trial < 300; ++trial) {
    CAPTURE(trial);
    const auto levels = random_shape(random);
    FailedParts failed;
    for (std::size_t l = 0; l < levels.size(); ++l) failed.shares.push_back({static_cast<int>(l), 0.15, 0.1, 0});
    const std::uint64_t seed = random();
    const auto pooled = tree_of(levels, Routing::Spray, failed, seed);
    const auto hashed = tree_of(levels, Routing::Ecmp, failed, seed);
    const auto modulo = tree_of(levels, Routing::DestinationModulo, failed, seed);
    for (int pair = 0; pair < 20; ++pair) {
      const auto source = static_cast<std::uint32_t>(random() % hashed->endpoints());
      const auto destination = static_cast<std::uint32_t>(random() % hashed->endpoints());
      // Oracle: look for a way over the live links, up and then down, with breadth first.
      const bool reachable = has_up_down_way(*hashed, source, destination);
      unreachable += !reachable;
      for (const FatTree* tree : {pooled.get(), hashed.get(), modulo.get()}) {
        std::vector<RouteHop> hops;
        REQUIRE(tree->route(source, destination, random(), hops) == reachable);
        if (!reachable) continue;
        REQUIRE(is_connected_way(*tree, source, destination, hops));
        for (const RouteHop& hop : hops) REQUIRE(tree->links()[hop.link].capacity.raw() > 0);
      }
    }
  }
  CHECK(unreachable > 100);
}

TEST_CASE("fat tree: hand-computed, a dead spine and a cable at half rate") {
  FailedParts failed;
  failed.switches.push_back({1, 0});
  failed.cables.push_back({0, 3, 0, 0.5});
  const auto tree = tree_of(kSmall, Routing::DestinationModulo, failed);
  CHECK(way(*tree, 0, 2) == std::vector<std::uint32_t>{0, 10, 15, 5});
  CHECK(tree->links()[6].capacity == 25_GB_per_s);
  CHECK(tree->links()[8].capacity == BytesPerSecond(0));
  const auto pooled = tree_of(kSmall, Routing::Spray, failed);
  CHECK(pooled->links()[8].capacity == 50_GB_per_s);
}

TEST_CASE("fat tree: law, hashing again spreads over what is left") {
  FailedParts failed;
  failed.cables.push_back({1, 0, 0, 0});
  const auto tree = tree_of({level(8, 1), level(4, 8)}, Routing::Ecmp, failed);
  std::map<std::uint32_t, int> uses;
  for (std::uint64_t key = 0; key < 7000; ++key) ++uses[way(*tree, 0, 31, key)[1]];
  CHECK(uses.size() == 7);
  for (const auto& [link, n] : uses) CHECK(std::abs(n - 1000) < 150);  // 5 deviations.
}

TEST_CASE("fat tree: law, bad shapes are refused with a reason") {
  CHECK(message_of({}) == "a fat tree without levels: give one at least");
  CHECK(message_of(std::vector<FatTreeLevel>(9, level(1, 1))) == "a fat tree of 9 levels: 8 at most");
  CHECK(message_of({level(0, 1)}) == "level 1 of the fat tree has 0 children, 1 parents and 1 cables: none may be 0");
  CHECK(message_of({level(2, 0), level(2, 1)}) ==
        "level 1 of the fat tree has 2 children, 0 parents and 1 cables: none may be 0");
  CHECK(message_of({level(2, 1, 1, BytesPerSecond(0))}) == "level 1 of the fat tree: its cables have no capacity");
  CHECK(message_of({{2, 1, 1, 1_GB_per_s, Seconds(-1)}}) == "level 1 of the fat tree: the latency is no time");
  const std::uint32_t huge = 4'000'000'000U;
  CHECK(message_of({level(huge, huge), level(huge, huge)}).find("of which 64,000,000 can be held") !=
        std::string::npos);
}

TEST_CASE("fat tree: law, failed parts that do not exist are refused") {
  FailedParts failed;
  failed.switches.push_back({0, 0});
  const std::vector<FatTreeLevel> wide = {level(10000, 10000)};
  CHECK(message_of(wide, Routing::Spray, failed) == "a fat tree of 1e+08 cables: 6.4e+07 can be told apart here");
  CHECK(tree_of(wide, Routing::Spray)->links().size() == 20000);
  failed = {};
  failed.cables.push_back({2, 0, 0, 0});
  CHECK(message_of(kSmall, Routing::Ecmp, failed) == "a failed cable of tier 2: the fabric's tiers are 0 to 1");
  failed = {};
  failed.cables.push_back({1, 0, 0, 0});
  CHECK(message_of({level(4, 1), level(2, 0)}, Routing::Ecmp, failed) ==
        "a failed cable of tier 1: the fabric's tiers are 0 to 0");
  failed = {};
  failed.cables.push_back({1, 2, 0, 0});
  CHECK(message_of(kSmall, Routing::Ecmp, failed) ==
        "failed cable 2:0 of tier 1: it has nodes 0 to 1 with ports 0 to 1");
  failed = {};
  failed.switches.push_back({0, 2});
  CHECK(message_of(kSmall, Routing::Ecmp, failed) == "failed switch 2 of tier 0: it has 2 switches, numbered from 0");
  failed = {};
  failed.shares.push_back({0, 1.5, 0, 0});
  CHECK(message_of(kSmall, Routing::Ecmp, failed) == "the share of failed cables is 1.5: it is a share from 0 to 1");
}

}  // namespace
}  // namespace orrery
