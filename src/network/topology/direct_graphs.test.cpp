// Torus, full mesh and dragonfly: graphs whose switches, or chips, are joined directly.

#include <doctest/doctest.h>

#include <cstdlib>
#include <map>
#include <random>
#include <string>

#include "network/topology/dragonfly.hpp"
#include "network/topology/full_mesh.hpp"
#include "network/topology/route_checks.hpp"
#include "network/topology/torus.hpp"

namespace orrery {
namespace {

template <class Build>
auto sound(Build build) {
  Diagnostics diagnostics;
  auto graph = build(diagnostics);
  diagnostics.throw_if_errors();
  return graph;
}

template <class Build>
std::string message(Build build) {
  Diagnostics diagnostics;
  CHECK(build(diagnostics) == nullptr);
  return diagnostics.all().empty() ? "" : diagnostics.all().front().message;
}

std::unique_ptr<Torus> torus_of(std::vector<TorusShape::Axis> axes, Routing routing, const FailedParts& failed = {}) {
  return sound([&](Diagnostics& d) {
    return Torus::build({std::move(axes), 50_GB_per_s, 1_us}, routing, 1, failed, d);
  });
}

std::unique_ptr<Dragonfly> dragonfly_of(const DragonflyShape& shape, Routing routing, const FailedParts& failed = {}) {
  return sound([&](Diagnostics& d) { return Dragonfly::build(shape, routing, 1, failed, d); });
}

std::vector<RouteHop> way(const NetworkGraph& graph, std::uint32_t source, std::uint32_t destination,
                          std::uint64_t key = 0) {
  std::vector<RouteHop> hops;
  REQUIRE(graph.route(source, destination, key, hops));
  return hops;
}

// A ring of four, cables 0..3 from each chip to the next:  0 -0- 1 -1- 2 -2- 3 -3- 0
TEST_CASE("torus: hand-computed, a ring of four") {
  const auto ring = torus_of({{4, true}}, Routing::DestinationModulo);
  CHECK(ring->links().size() == 8);
  CHECK(ring->ends(6) == LinkEnds{3, 0});
  CHECK(ring->ends(7) == LinkEnds{0, 3});
  CHECK(way(*ring, 0, 1) == std::vector<RouteHop>{{0, 1}});
  CHECK(way(*ring, 0, 3) == std::vector<RouteHop>{{7, 1}});
  CHECK(way(*ring, 1, 3) == std::vector<RouteHop>{{2, 1}, {4, 1}});
  CHECK(way(*ring, 3, 1) == std::vector<RouteHop>{{6, 1}, {0, 1}});
  CHECK(way(*ring, 2, 0) == std::vector<RouteHop>{{3, 1}, {1, 1}});  // From the middle to 0: against the axis.
  const auto split = torus_of({{4, true}}, Routing::Spray);
  CHECK(way(*split, 2, 0) == std::vector<RouteHop>{{4, 0.5}, {6, 0.5}, {3, 0.5}, {1, 0.5}});
}

// A mesh of 3 x 2: 0 -0- 1 -1- 2 above 3 -2- 4 -3- 5, and the lines of the second axis 4: 0-3, 5: 1-4, 6: 2-5.
TEST_CASE("torus: hand-computed, a mesh of three by two") {
  const auto mesh = torus_of({{3, false}, {2, false}}, Routing::Spray);
  CHECK(mesh->links().size() == 14);
  CHECK(way(*mesh, 0, 5) == std::vector<RouteHop>{{0, 1}, {2, 1}, {12, 1}});
  CHECK(way(*mesh, 5, 0) == std::vector<RouteHop>{{7, 1}, {5, 1}, {9, 1}});
  CHECK(mesh->ends(12) == LinkEnds{2, 5});
}

TEST_CASE("torus: hand-computed, slices of whole cubes close, smaller ones do not") {
  for (const auto& axis : slice_axes({4, 8, 12})) CHECK(axis.closed);
  for (const auto& axis : slice_axes({2, 4, 4})) CHECK_FALSE(axis.closed);
}

TEST_CASE("torus: law, routes are connected and as short as can be; bisection traffic loads closed axes evenly") {
  std::mt19937 random(5);
  for (int trial = 0; trial < 200; ++trial) {
    CAPTURE(trial);
    std::vector<TorusShape::Axis> axes(1 + random() % 4);
    for (auto& axis : axes) axis = {static_cast<std::uint32_t>(1 + random() % 6), random() % 2 == 0};
    for (const Routing routing : {Routing::Spray, Routing::Ecmp, Routing::DestinationModulo}) {
      const auto torus = torus_of(axes, routing);
      for (int pair = 0; pair < 20; ++pair) {
        const auto source = static_cast<std::uint32_t>(random() % torus->endpoints());
        const auto destination = static_cast<std::uint32_t>(random() % torus->endpoints());
        const auto hops = way(*torus, source, destination, random());
        REQUIRE(is_balanced_way(*torus, source, destination, hops));
        int distance = 0, stride = 1;
        for (const auto& axis : axes) {
          const int length = static_cast<int>(axis.length);
          const int apart =
              std::abs(static_cast<int>(source) / stride % length - static_cast<int>(destination) / stride % length);
          distance += axis.closed ? std::min(apart, length - apart) : apart;
          stride *= length;
        }
        double walked = 0;
        for (const RouteHop& hop : hops) walked += hop.share;
        REQUIRE(walked == doctest::Approx(distance));
      }
    }
  }
  // Shift by half a ring of 8: every flow goes 4 hops, half of it each way; 8 x 4 / 16 links = 2 on each.
  const auto ring = torus_of({{8, true}}, Routing::Spray);
  std::map<std::uint32_t, double> load;
  for (std::uint32_t c = 0; c < 8; ++c)
    for (const RouteHop& hop : way(*ring, c, (c + 4) % 8)) load[hop.link] += hop.share;
  CHECK(load.size() == 16);
  for (const auto& [link, share] : load) CHECK(share == 2);
}

TEST_CASE("torus: law, dead links are gone around the other way, and dead chips are unreachable") {
  FailedParts failed;
  failed.cables.push_back({0, 0, 0, 0});
  const auto ring = torus_of({{4, true}}, Routing::Spray, failed);
  CHECK(way(*ring, 0, 1) == std::vector<RouteHop>{{7, 1}, {5, 1}, {3, 1}});
  CHECK(way(*ring, 0, 2) == std::vector<RouteHop>{{7, 1}, {5, 1}});
  const auto line = torus_of({{4, false}}, Routing::Spray, failed);
  std::vector<RouteHop> hops;
  CHECK_FALSE(line->route(0, 1, 0, hops));
  CHECK(hops.empty());
  FailedParts chip;
  chip.switches.push_back({0, 5});
  const auto cube = torus_of({{4, true}, {4, true}}, Routing::DestinationModulo, chip);
  for (std::uint32_t source = 0; source < 16; ++source) {
    for (std::uint32_t destination = 0; destination < 16; ++destination) {
      hops.clear();
      const bool expected = source == destination || (source != 5 && destination != 5);
      REQUIRE(cube->route(source, destination, 0, hops) == expected);
      REQUIRE((!expected || is_connected_way(*cube, source, destination, hops)));
      for (const RouteHop& hop : hops) REQUIRE(cube->links()[hop.link].capacity.raw() > 0);
    }
  }
}

TEST_CASE("torus: law, bad shapes are refused with a reason") {
  const auto of = [](std::vector<TorusShape::Axis> axes, BytesPerSecond capacity = 1_GB_per_s) {
    return message([&](Diagnostics& d) { return Torus::build({axes, capacity, 1_us}, Routing::Spray, 1, {}, d); });
  };
  CHECK(of({}) == "a torus without dimensions: give one at least, for example [4, 4, 4]");
  CHECK(of({{4, true}, {0, true}}) == "dimension 2 of the torus is 0: every one is 1 at least");
  CHECK(of(std::vector<TorusShape::Axis>(7)) == "a torus of 7 dimensions: 6 at most");
  CHECK(of({{4, true}}, BytesPerSecond(0)) == "the links of the torus have no capacity");
  CHECK(of(std::vector<TorusShape::Axis>(3, {4'000'000'000U, true})).find("can be held") != std::string::npos);
}

TEST_CASE("full mesh: hand-computed, one link a pair and direction") {
  const auto mesh = sound([](Diagnostics& d) { return FullMesh::build(8, 64_GB_per_s, 1_us, 1, {}, d); });
  CHECK(mesh->links().size() == 56);
  for (std::uint32_t a = 0; a < 8; ++a)
    for (std::uint32_t b = 0; b < 8; ++b) {
      const auto hops = way(*mesh, a, b);
      REQUIRE(hops.size() == (a == b ? 0 : 1));
      REQUIRE(is_connected_way(*mesh, a, b, hops));
    }
  FailedParts failed;
  failed.switches.push_back({0, 3});
  const auto broken = sound([&](Diagnostics& d) { return FullMesh::build(8, 64_GB_per_s, 1_us, 1, failed, d); });
  std::vector<RouteHop> hops;
  CHECK_FALSE(broken->route(3, 4, 0, hops));
  CHECK(broken->route(2, 4, 0, hops));
  CHECK(message([](Diagnostics& d) { return FullMesh::build(0, 1_GB_per_s, 1_us, 1, {}, d); }) ==
        "a mesh of 0 chips: one at least");
  CHECK(message([](Diagnostics& d) { return FullMesh::build(1000000, 1_GB_per_s, 1_us, 1, {}, d); }) ==
        "a full mesh of 1,000,000 chips has 1e+12 links, of which 64,000,000 can be held: ask for the closed forms");
}

DragonflyShape shape(std::uint32_t groups, std::uint32_t routers, std::uint32_t endpoints, std::uint32_t spines,
                     std::uint32_t links) {
  return {groups, routers, endpoints, spines, links, {25_GB_per_s, 1_us}, {50_GB_per_s, 2_us}, {100_GB_per_s, 3_us}};
}

// Three groups of three routers with one endpoint each: endpoints and their cables 0..8; group g's local cables
// 9 + 3g: 0-1, +1: 0-2, +2: 1-2; global cables 18: groups 0-1, 19: 0-2, 20: 1-2. Group g is left for group j at router
// j.
TEST_CASE("dragonfly: hand-computed, three groups of three routers") {
  const auto graph = dragonfly_of(shape(3, 3, 1, 0, 1), Routing::DestinationModulo);
  CHECK(graph->endpoints() == 9);
  CHECK(graph->links().size() == 42);
  CHECK(graph->ends(36) == LinkEnds{9 + 1, 9 + 3});  // Router 1 of group 0 to router 0 of group 1.
  CHECK(way(*graph, 0, 2) == std::vector<RouteHop>{{0, 1}, {20, 1}, {5, 1}});
  // 2 to 8: local 2 of group 0 is its gate to group 2; global 19; router 0 of group 2 to its router 2 by cable 16.
  CHECK(way(*graph, 2, 8) == std::vector<RouteHop>{{4, 1}, {38, 1}, {32, 1}, {17, 1}});
  // 0 to 4: router 0 to gate 1 (cable 9), global 18, gate 0 to router 1 of group 1 (cable 12).
  CHECK(way(*graph, 0, 4) == std::vector<RouteHop>{{0, 1}, {18, 1}, {36, 1}, {24, 1}, {9, 1}});
}

TEST_CASE("dragonfly: law, routes are balanced, link by link, with and without spines and failures") {
  std::mt19937 random(6);
  int unreachable = 0;
  for (int trial = 0; trial < 300; ++trial) {
    CAPTURE(trial);
    const auto below = [&](unsigned n) { return static_cast<std::uint32_t>(random() % n); };
    const DragonflyShape s = shape(1 + below(5), 1 + below(5), 1 + below(3), below(4), 1 + below(7));
    FailedParts failed;
    if (trial % 2 == 0) {
      failed.shares.push_back({0, 0.05, 0.05, 0});
      failed.shares.push_back({1, 0.1, 0.1, 0});
      failed.shares.push_back({2, 0.3, 0, 0});
    }
    for (const Routing routing : {Routing::Spray, Routing::Ecmp, Routing::DestinationModulo}) {
      const auto graph = dragonfly_of(s, routing, failed);
      for (int pair = 0; pair < 20; ++pair) {
        const auto source = static_cast<std::uint32_t>(random() % graph->endpoints());
        const auto destination = static_cast<std::uint32_t>(random() % graph->endpoints());
        std::vector<RouteHop> hops, back;
        const bool found = graph->route(source, destination, random(), hops);
        REQUIRE(graph->route(destination, source, random(), back) == found);
        REQUIRE((found || trial % 2 == 0));
        unreachable += !found;
        if (!found) continue;
        REQUIRE(is_balanced_way(*graph, source, destination, hops));
        for (const RouteHop& hop : hops) REQUIRE(graph->links()[hop.link].capacity.raw() > 0);
      }
    }
  }
  CHECK(unreachable > 50);
}

TEST_CASE("dragonfly: law, spraying fills the cables between two groups alike, and bundles hold all of them") {
  const DragonflyShape s = shape(4, 6, 2, 0, 9);  // Gates repeat after 3 cables: 3 bundles of 3.
  const auto graph = dragonfly_of(s, Routing::Spray);
  double global = 0;
  for (const NetworkLink& link : graph->links()) global += link.tier == 2 && link.up ? link.capacity.raw() : 0;
  CHECK(global == doctest::Approx(6 * 9 * 100e9));
  std::map<std::uint32_t, double> load;
  for (std::uint32_t e = 0; e < 12; ++e)
    for (const RouteHop& hop : way(*graph, e, 12 + e))
      if (graph->links()[hop.link].tier == 2) load[hop.link] += hop.share;
  CHECK(load.size() == 3);
  for (const auto& [link, share] : load) CHECK(share == doctest::Approx(4));
}

TEST_CASE("dragonfly: law, bad shapes are refused with a reason") {
  const auto of = [](const DragonflyShape& s) {
    return message([&](Diagnostics& d) { return Dragonfly::build(s, Routing::Spray, 1, {}, d); });
  };
  CHECK(of(shape(3, 0, 1, 0, 1)) ==
        "a dragonfly of 3 groups of 0 routers of 1 endpoints, 1 cables between two groups: none may be 0");
  DragonflyShape weak = shape(3, 3, 1, 0, 1);
  weak.global.capacity = BytesPerSecond(0);
  CHECK(of(weak) == "the global cables of the dragonfly have no capacity");
  FailedParts failed;
  failed.cables.push_back({2, 0, 0, 0});
  CHECK(message([&](Diagnostics& d) { return Dragonfly::build(shape(1, 3, 1, 0, 1), Routing::Spray, 1, failed, d); }) ==
        "failed cable of tier 2: it has no cables");
  CHECK(of(shape(4'000'000'000U, 4'000'000'000U, 2, 0, 1)).find("can be held") != std::string::npos);
}

}  // namespace
}  // namespace orrery
