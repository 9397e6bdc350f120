#include "network/topology/fabric_graph.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <string>

#include "hardware/hardware_fields.hpp"
#include "network/topology/fat_tree_plan.hpp"
#include "network/topology/reachability.hpp"
#include "network/topology/route_checks.hpp"
#include "network/topology/test_bounds.hpp"
#include "scenario/preset.hpp"

namespace orrery {
namespace {

Cluster cluster_of(std::vector<Fabric::Tier> tiers, Routing routing = Routing::Spray, Rails rails = Rails::None) {
  Cluster c;
  c.node.chips = 8;
  c.node.scale_out_bandwidth = 50_GB_per_s;
  c.fabric.latency = 4_us;
  c.fabric.efficiency = 1;
  c.fabric.routing = routing;
  c.fabric.rails = rails;
  c.fabric.switches.ports = 64;
  c.fabric.switches.port_bandwidth = 50_GB_per_s;
  c.fabric.tiers = std::move(tiers);
  return c;
}

Fabric::Tier tier(const char* name, long long chips, double oversubscription = 1, long long switches = 0,
                  Seconds latency = {}) {
  return {name, chips, oversubscription, switches, latency};
}

std::unique_ptr<FabricGraph> graph_of(const Cluster& cluster, long long chips, const FailedParts& failed = {}) {
  Diagnostics diagnostics;
  auto graph = build_fabric_graph(cluster, chips, failed, 1, diagnostics);
  diagnostics.throw_if_errors();
  return graph;
}

std::string message_of(const Cluster& cluster, long long chips) {
  Diagnostics diagnostics;
  CHECK(build_fabric_graph(cluster, chips, {}, 1, diagnostics) == nullptr);
  return diagnostics.all().empty() ? "" : diagnostics.all().front().message;
}

std::vector<RouteHop> way(const NetworkGraph& graph, std::uint32_t source, std::uint32_t destination) {
  std::vector<RouteHop> hops;
  REQUIRE(graph.route(source, destination, 0, hops));
  return hops;
}

TEST_CASE("fabric graph: published, switches of DGX H100 SuperPODs") {
  // docs.nvidia.com, DGX SuperPOD reference architecture: scalable units of 32 nodes, 8 rails, 64-port switches.
  // chips; leaves, spines, cores of the whole.
  struct Row {
    long long chips;
    std::uint32_t leaves, spines, cores;
  };
  for (const Row row : {Row{512, 16, 8, 0}, Row{1024, 32, 16, 0}, Row{2048, 64, 32, 0}, Row{4096, 128, 128, 64},
                        Row{8192, 256, 256, 128}, Row{16384, 512, 512, 256}}) {
    CAPTURE(row.chips);
    std::vector<Fabric::Tier> tiers = {tier("unit", 256), tier("spine", row.cores > 0 ? 1024 : row.chips)};
    if (row.cores > 0) tiers.push_back(tier("core", row.chips));
    const Cluster c = cluster_of(tiers, Routing::Ecmp, Rails::Optimised);
    Diagnostics diagnostics;
    const auto plan = plan_fat_tree(c, static_cast<std::uint32_t>(row.chips), FatTreeDetail::Switches, diagnostics);
    REQUIRE(plan);
    CHECK(plan->rails == 8);
    const auto tree = FatTree::build(plan->levels, {Routing::Ecmp, 1}, {}, diagnostics);
    CHECK(tree->switches(0) == row.leaves);
    CHECK(tree->switches(1) == row.spines);
    if (row.cores > 0) CHECK(tree->switches(2) == row.cores);
    // Cables of every tier: one for each chip, as published.
    std::map<int, long long> cables;
    for (const NetworkLink& link : tree->links()) cables[link.tier] += link.up;
    for (const auto& [t, n] : cables) CHECK(n == row.chips);
  }
}

TEST_CASE("fabric graph: hand-computed, pools, capacities and latencies of three tiers") {
  // 16 chips a rack, pods of 64 oversubscribed 4 times, sites of 256 chips 10 ms apart, oversubscribed 8 times more.
  Cluster c = cluster_of({tier("rack", 16), tier("pod", 64, 4), tier("site", 256, 8, 0, 10_ms), tier("world", 512)});
  c.fabric.efficiency = 0.9;
  c.fabric.switches.latency = 500_ns;
  const auto graph = graph_of(c, 512);
  CHECK(graph->endpoints() == 512);
  CHECK(graph->links().size() == 2 * (512 + 32 + 8 + 2));
  const auto far = way(*graph, 0, 511);
  REQUIRE(far.size() == 8);
  const std::vector<double> gigabytes = {45, 16 * 45, 64 * 45 / 4.0, 256 * 45 / 32.0};
  double latency = 0;
  for (std::size_t i = 0; i < 8; ++i) {
    CHECK(graph->links()[far[i].link].capacity.raw() == doctest::Approx(1e9 * gigabytes[std::min(i, 7 - i)]));
    latency += graph->links()[far[i].link].latency.raw();
  }
  CHECK(latency == doctest::Approx(4e-6 + 6 * 500e-9 + 10e-3));
  CHECK(way(*graph, 0, 15).size() == 2);
  CHECK(way(*graph, 0, 16).size() == 4);
  // Fewer chips reach fewer tiers.
  CHECK(graph_of(c, 64)->links().size() == 2 * (64 + 4));
  CHECK(graph_of(c, 10)->links().size() == 2 * 10);
}

TEST_CASE("fabric graph: hand-computed, no tiers are one ideal switch") {
  const auto graph = graph_of(cluster_of({}, Routing::Ecmp, Rails::Optimised), 1000);
  CHECK(graph->links().size() == 2000);
  CHECK(way(*graph, 0, 999) == std::vector<RouteHop>{{0, 1}, {1999, 1}});
  const auto rails = graph_of(cluster_of({}, Routing::Ecmp, Rails::Only), 20);
  CHECK(way(*rails, 0, 16).size() == 2);
  CHECK(rails->nic_of(1, 18) == 2);
  std::vector<RouteHop> hops;
  CHECK_FALSE(rails->route(1, 18, 0, hops));
}

// Two nodes of 8 below one unit of 8 leaves, one leaf for each position:
//   chips 0..7 | 8..15;  leaf r holds chips r and 8 + r
TEST_CASE("fabric graph: hand-computed, rails") {
  for (const Routing routing : {Routing::Spray, Routing::Ecmp, Routing::DestinationModulo}) {
    const auto rails = graph_of(cluster_of({tier("unit", 16), tier("spine", 64)}, routing, Rails::Optimised), 64);
    CHECK(rails->rails() == 8);
    CHECK(way(*rails, 3, 11).size() == 2);  // Same rail, same unit.
    CHECK(way(*rails, 3, 12).size() == 4);  // Another rail.
    CHECK(way(*rails, 3, 19).size() == 4);  // Same rail, another unit.
    CHECK(way(*rails, 3, 3 + 8).front().link / 2 == rails->seat(3));
    CHECK(rails->nic_of(3, 12) == 4);
    CHECK(way(*rails, rails->nic_of(3, 12), 12).size() == 2);
    CHECK(rails->nic_of(3, 5) == 3);
    CHECK(rails->nic_of(3, 11) == 3);
    const auto nodes = graph_of(cluster_of({tier("unit", 16), tier("spine", 64)}, routing), 64);
    CHECK(way(*nodes, 3, 12).size() == 2);
    CHECK(nodes->nic_of(3, 12) == 3);
    const auto only = graph_of(cluster_of({tier("unit", 16), tier("spine", 64)}, routing, Rails::Only), 64);
    CHECK(only->rails_are_apart());
    CHECK(way(*only, 3, 11).size() == 2);
    CHECK(way(*only, 3, 19).size() == 4);
    std::vector<RouteHop> hops;
    CHECK_FALSE(only->route(3, 12, 0, hops));
    CHECK(only->route(only->nic_of(3, 12), 12, 0, hops));
  }
}

TEST_CASE("fabric graph: hand-computed, planes halve what a flow of one hash gets") {
  Cluster c = cluster_of({tier("leaf", 16), tier("spine", 64)}, Routing::Ecmp);
  c.fabric.planes = 2;
  c.fabric.switches.port_bandwidth = 25_GB_per_s;
  const auto hashed = graph_of(c, 64);
  CHECK(hashed->links().size() == 2 * 4 * 64);  // 64 chips x 2 cables, and as many above.
  CHECK(hashed->links()[way(*hashed, 0, 63).front().link].capacity == 25_GB_per_s);
  std::set<std::uint32_t> first;
  std::vector<RouteHop> hops;
  for (std::uint64_t key = 0; key < 64; ++key) {
    hops.clear();
    hashed->route(0, 63, key, hops);
    first.insert(hops.front().link);
  }
  CHECK(first.size() == 2);
  for (const Routing routing : {Routing::Spray, Routing::DestinationModulo}) {
    c.fabric.routing = routing;
    const auto graph = graph_of(c, 64);
    CHECK(graph->links()[way(*graph, 0, 63).front().link].capacity == 50_GB_per_s);
  }
}

TEST_CASE("fabric graph: hand-computed, a dead leaf of one rail and one plane") {
  Cluster c = cluster_of({tier("unit", 16), tier("spine", 64)}, Routing::Spray, Rails::Optimised);
  FailedParts failed;
  failed.switches.push_back({0, 3});
  const auto one = graph_of(c, 64, failed);
  std::vector<RouteHop> hops;
  CHECK_FALSE(one->route(3, 12, 0, hops));
  CHECK_FALSE(one->route(0, 11, 0, hops));
  CHECK(one->route(19, 12, 0, hops));
  // Each of the unit's two chips on that rail with 62 others, both ways, and with each other.
  CHECK(reachability(*one).cut_off == 2 * (2 * 62) + 2);
  c.fabric.planes = 2;
  c.fabric.switches.port_bandwidth = 25_GB_per_s;
  const auto two = graph_of(c, 64, failed);
  CHECK(reachability(*two).connected());
  // Leaves count plane by plane within each rail: 3 is the second plane's of rail 1, with chips 1 and 9.
  CHECK(two->links()[way(*two, 1, 12).front().link].capacity == 25_GB_per_s);
  CHECK(two->links()[way(*two, 2, 12).front().link].capacity == 50_GB_per_s);
}

TEST_CASE("fabric graph: law, whole machines have the same bandwidth a tier however it is routed") {
  for (const Rails rails : {Rails::None, Rails::Optimised, Rails::Only}) {
    std::map<std::pair<int, int>, double> sums;
    for (const Routing routing : {Routing::Spray, Routing::Ecmp, Routing::DestinationModulo}) {
      for (const int planes : {1, 2}) {
        Cluster c = cluster_of({tier("unit", 128, 2), tier("pod", 512, 2), tier("core", 2048)}, routing, rails);
        c.fabric.planes = planes;
        c.fabric.switches.port_bandwidth = 50_GB_per_s / planes;
        const auto graph = graph_of(c, 2048);
        std::map<std::pair<int, int>, double> sum;
        for (const NetworkLink& link : graph->links()) sum[{link.tier, link.up ? 1 : 0}] += link.capacity.raw();
        if (sums.empty()) sums = sum;
        REQUIRE(sum.size() == 6);
        for (const auto& [key, value] : sum) CHECK(value == doctest::Approx(sums[key]));
      }
    }
    CHECK(sums[{0, 1}] == doctest::Approx(2048 * 50e9));
    CHECK(sums[{1, 1}] == doctest::Approx(1024 * 50e9));
    CHECK(sums[{2, 1}] == doctest::Approx(512 * 50e9));
  }
}

TEST_CASE("fabric graph: law, exchanging equal nodes changes no bound") {
  std::mt19937 random(3);
  const auto graph =
      graph_of(cluster_of({tier("unit", 64, 2), tier("spine", 256)}, Routing::Spray, Rails::Optimised), 256);
  for (int trial = 0; trial < 50; ++trial) {
    CAPTURE(trial);
    // Nodes change places within their unit, and units with each other.
    std::vector<std::uint32_t> units = {0, 1, 2, 3}, renamed(256);
    std::shuffle(units.begin(), units.end(), random);
    for (std::uint32_t u = 0; u < 4; ++u) {
      std::vector<std::uint32_t> nodes = {0, 1, 2, 3, 4, 5, 6, 7};
      std::shuffle(nodes.begin(), nodes.end(), random);
      for (std::uint32_t i = 0; i < 64; ++i) renamed[64 * u + i] = 64 * units[u] + 8 * nodes[i / 8] + i % 8;
    }
    std::vector<Transfer> before, after;
    for (int f = 0; f < 100; ++f) {
      const Transfer t{static_cast<std::uint32_t>(random() % 256), static_cast<std::uint32_t>(random() % 256),
                       Bytes(1e6 * (random() % 100)), 0};
      before.push_back(t);
      after.push_back({renamed[t.source], renamed[t.destination], t.bytes, 0});
    }
    const LowerBounds a = lower_bounds(*graph, before), b = lower_bounds(*graph, after);
    REQUIRE(a.link.raw() == doctest::Approx(b.link.raw()));
    REQUIRE(a.injection.raw() == doctest::Approx(b.injection.raw()));
    REQUIRE(a.latency.raw() == doctest::Approx(b.latency.raw()));
  }
}

TEST_CASE("fabric graph: law, random fabrics are refused with a reason or route every pair") {
  std::mt19937 random(4);
  const auto below = [&](unsigned n) { return random() % n; };
  int built = 0, refused = 0;
  for (int trial = 0; trial < 2000; ++trial) {
    CAPTURE(trial);
    Cluster c = cluster_of({});
    c.node.chips = static_cast<int>(1 + below(9));
    long long chips = c.node.chips;
    for (unsigned t = below(5); t > 0; --t)
      c.fabric.tiers.push_back(tier("", chips *= static_cast<long long>(below(6)) + (below(20) > 0), 1 << below(3),
                                    below(4) == 0 ? static_cast<long long>(below(40)) : 0, Seconds(1e-6 * below(3))));
    c.fabric.topology = static_cast<FabricTopology>(below(8) < 2 ? below(3) : 0);
    for (unsigned d = below(4); d > 0; --d) c.fabric.dimensions.push_back(below(5));
    c.fabric.routing = static_cast<Routing>(below(3));
    c.fabric.rails = static_cast<Rails>(below(3));
    c.fabric.planes = static_cast<int>(below(4));
    c.fabric.switches.ports = static_cast<int>(below(70));
    c.fabric.switches.port_bandwidth = BytesPerSecond(12.5e9 * below(9));
    FailedParts failed;
    if (below(3) == 0) failed.shares.push_back({static_cast<int>(below(3)), 0.1, 0.1, 0});
    const long long machine =
        below(10) == 0 ? static_cast<long long>(below(3000)) : 1 + below(static_cast<unsigned>(chips + 1));
    Diagnostics diagnostics;
    const auto graph = build_fabric_graph(c, machine, failed, random(), diagnostics);
    REQUIRE((graph != nullptr) != diagnostics.has_errors());
    (graph ? built : refused)++;
    if (!graph) continue;
    REQUIRE(graph->endpoints() == machine);
    std::set<std::uint32_t> seats;
    for (std::uint32_t chip = 0; chip < graph->endpoints(); ++chip) seats.insert(graph->seat(chip));
    REQUIRE(seats.size() == graph->endpoints());
    for (int pair = 0; pair < 10; ++pair) {
      const std::uint32_t source = random() % graph->endpoints(), destination = random() % graph->endpoints();
      std::vector<RouteHop> hops;
      const bool found = graph->route(source, destination, random(), hops);
      const bool apart = graph->rails_are_apart() && graph->rail_of(source) != graph->rail_of(destination);
      if (failed.empty()) REQUIRE(found != apart);
      if (found) REQUIRE(is_balanced_way(*graph, source, destination, hops));
    }
  }
  CHECK(built > 300);
  CHECK(refused > 300);
}

TEST_CASE("fabric graph: hand-computed, a dragonfly and a torus") {
  // 4 chips a router, 4 routers a group, 3 groups.
  Cluster c = cluster_of({tier("router", 4), tier("group", 16, 2), tier("whole", 48)});
  c.fabric.topology = FabricTopology::Dragonfly;
  const auto dragonfly = graph_of(c, 48);
  double local = 0, global = 0;
  for (const NetworkLink& link : dragonfly->links()) {
    local += link.tier == 1 ? link.capacity.raw() : 0;
    global += link.tier == 2 && link.up ? link.capacity.raw() : 0;
  }
  CHECK(local == doctest::Approx(48 * 50e9));           // What the chips of all routers send.
  CHECK(global == doctest::Approx(48 * 50e9 / 2 / 2));  // Halved, and each cable serves two groups.
  CHECK(reachability(*dragonfly).connected());

  Cluster t = cluster_of({});
  t.fabric.topology = FabricTopology::Torus;
  t.fabric.dimensions = {4, 4};
  const auto torus = graph_of(t, 16);
  CHECK(torus->links().size() == 64);
  CHECK(torus->links()[0].capacity == 12.5_GB_per_s);
}

TEST_CASE("fabric graph: hand-computed, scale-up domains") {
  Node node;
  node.scale_up_domain = 8;
  node.scale_up_bandwidth = 448_GB_per_s;
  Diagnostics diagnostics;
  const auto links = [&](ScaleUpTopology topology, std::vector<std::uint32_t> axes) -> std::vector<NetworkLink> {
    node.topology = topology;
    const auto graph = build_scale_up_graph(node, axes, Routing::Spray, {}, 1, diagnostics);
    return graph ? graph->links() : std::vector<NetworkLink>{};
  };
  CHECK(links(ScaleUpTopology::Switched, {}).size() == 16);
  CHECK(links(ScaleUpTopology::FullMesh, {}).at(0).capacity == 64_GB_per_s);
  CHECK(links(ScaleUpTopology::Torus3d, {2, 2, 2}).size() == 24);  // A cube of lines.
  node.scale_up_domain = 4096;
  CHECK(links(ScaleUpTopology::Torus3d, {4, 4, 4}).size() == 2 * 3 * 64);
  CHECK_FALSE(diagnostics.has_errors());
  CHECK(links(ScaleUpTopology::Torus3d, {64, 64, 64}).empty());
  CHECK(links(ScaleUpTopology::Torus2d, {2, 2, 2}).empty());
  CHECK(links(ScaleUpTopology::HybridCubeMesh, {}).empty());
  REQUIRE(diagnostics.all().size() == 3);
  CHECK(diagnostics.all()[0].message ==
        "a slice of 262144 chips of a scale-up domain of 4,096: the axes must fit in it");
  CHECK(diagnostics.all()[1].message == "the scale-up domain is a torus of 2 dimensions, 3 are given");
}

TEST_CASE("fabric graph: law, every preset machine has a graph") {
  Diagnostics diagnostics;
  for (const std::string& name : preset_names("nodes")) {
    CAPTURE(name);
    const Cluster c = load_cluster(name, diagnostics);
    const auto graph = build_fabric_graph(c, 16LL * c.node.chips, {}, 1, diagnostics);
    diagnostics.throw_if_errors();
    CHECK(reachability(*graph).connected());
    if (c.node.topology == ScaleUpTopology::Switched || c.node.topology == ScaleUpTopology::FullMesh) {
      const auto domain = build_scale_up_graph(c.node, {}, Routing::Spray, {}, 1, diagnostics);
      diagnostics.throw_if_errors();
      CHECK(reachability(*domain).connected());
    }
  }
}

TEST_CASE("fabric graph: hand-computed, a ratio that makes no whole number of cables keeps its bandwidth") {
  // Leaves of 10 chips, 4:1, have 2.5 NICs' worth upwards: 3 cables (2.5 rounds away from zero) of 5/6 of a port each.
  Diagnostics diagnostics;
  const Cluster c = cluster_of({tier("leaf", 10, 4, 1), tier("spine", 640)}, Routing::Ecmp, Rails::None);
  const auto graph = build_fabric_graph(c, 640, {}, 1, diagnostics);
  diagnostics.throw_if_errors();
  double up = 0;
  for (const NetworkLink& link : graph->links()) {
    if (link.tier == 1 && link.up) up += link.capacity.raw();
  }
  const double nic = c.node.scale_out_bandwidth.raw() * c.fabric.efficiency;
  CHECK(up == doctest::Approx(64 * 2.5 * nic));
}

TEST_CASE("fabric graph: law, fabrics that do not work out are refused with what would") {
  const auto of = [](std::vector<Fabric::Tier> tiers, long long chips = 64, Routing routing = Routing::Ecmp,
                     Rails rails = Rails::None) {
    return message_of(cluster_of(std::move(tiers), routing, rails), chips);
  };
  CHECK(of({tier("leaf", 32), tier("spine", 48)}) ==
        "tier `spine` of the fabric joins 48 chips, which units of 32 (tier `leaf`) do not divide");
  CHECK(of({tier("leaf", 0)}) == "tier `leaf` of the fabric joins 0 chips: a number from 1 to 2,000,000,000");
  CHECK(of({tier("leaf", 32, 0)}) == "tier `leaf` of the fabric: an oversubscription of 0 is no ratio above 0");
  CHECK(of({tier("leaf", 32)}) ==
        "64 chips on a fabric that joins 32 (tier `leaf`): add a tier above, or make its units larger");
  CHECK(of({tier("leaf", 128)}) ==
        "tier `leaf`: 128 chips need 2 leaf switches of 64 ports, which nothing joins: add a tier above");
  CHECK(
      of({tier("leaf", 32), tier("spine", 8192), tier("core", 16384)}) ==
      "tier `spine`: one switch joins 256 switches below and needs 512 ports, it has 64: units of fewer chips, a tier "
      "between, or switches of more ports");
  CHECK(of({tier("leaf", 32), tier("spine", 256, 1, 5)}) ==
        "tier `spine`: 5 switches cannot be joined evenly to the 32 uplinks of each switch below: 1, 2, 4, 8, 16, 32 "
        "could");
  CHECK(of({tier("leaf", 256, 1, 2), tier("spine", 1024)}) ==
        "tier `leaf`: 2 leaf switches of 64 ports do not hold 256 chips: each would need 256");
  CHECK(of({tier("leaf", 64, 1, 3), tier("spine", 1024)}) ==
        "tier `leaf`: 3 leaf switches do not divide its 64 chips on 1 rails and 1 planes evenly");
  CHECK(of({tier("leaf", 20), tier("spine", 1000)}, 64, Routing::Spray, Rails::Optimised) ==
        "rails need whole nodes below a leaf: tier `leaf` joins 20 chips, nodes have 8");
  CHECK(of({tier("leaf", 64)}, 64, Routing::Spray, Rails::Optimised) ==
        "the rails of a fabric of one tier are not joined: add a tier above, or say rails = \"only\"");
  CHECK(of({tier("leaf", 64, 1, 3), tier("spine", 1024)}, 64, Routing::Spray, Rails::Only) ==
        "tier `leaf` has 3 leaf switches on 1 planes: the 8 positions of a node do not spread evenly over them");
  CHECK(of({}, 0) ==
        "a machine of 0 chips: a graph holds 1 to 64,000,000; ask for the closed forms, or the folded flow level");
  CHECK(of({}, 1'000'000'000'000).find("a machine of 1,000,000,000,000 chips") == 0);

  Cluster c = cluster_of({});
  c.node.scale_out_bandwidth = BytesPerSecond(0);
  CHECK(message_of(c, 8) == "the node has no scale_out_bandwidth: give it, for example \"400 Gbit/s\"");
  c = cluster_of({});
  c.fabric.planes = 0;
  CHECK(message_of(c, 8) == "the fabric has 0 planes: 1 to 64");
  c = cluster_of({});
  c.fabric.topology = FabricTopology::Torus;
  CHECK(message_of(c, 8) == "a torus without dimensions: give one at least, for example [4, 4, 4]");
  c.fabric.dimensions = {4, 3};
  CHECK(message_of(c, 8) == "a torus of 4 x 3 has 12 chips, the machine has 8: the dimensions must multiply to it");
  c.fabric.topology = FabricTopology::Dragonfly;
  CHECK(message_of(c, 8) == "a dragonfly has three tiers (router, group, whole), this fabric 0");
  c.fabric.tiers = {tier("router", 16), tier("group", 1024), tier("whole", 1024 * 100)};
  // 16 chips, 63 routers, and 10 cables to each of 99 groups over 64 routers: 15.5.
  CHECK(message_of(c, 8) ==
        "a router of this dragonfly needs 95 ports, it has 64: fewer chips on a router, fewer routers in a group, or "
        "switches of more ports");
  c.fabric.tiers = {tier("router", 16), tier("group", 40), tier("whole", 80)};
  CHECK(message_of(c, 8) ==
        "a dragonfly of 80 chips in groups of 40 on routers of 16: each must divide the one before");
}

}  // namespace
}  // namespace orrery
