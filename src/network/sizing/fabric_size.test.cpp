#include "network/sizing/fabric_size.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cstdint>
#include <initializer_list>
#include <vector>

#include "base/random.hpp"
#include "network/sizing/complete_tiers.hpp"

namespace orrery {
namespace {

/// Nodes of eight chips with a NIC of 400 Gbit/s each, on 64-port switches of that rate, eight rails.
Cluster superpod(long long chips) {
  Cluster c;
  c.node.chips = 8;
  c.node.scale_out_bandwidth = 400_Gbit_per_s;
  c.fabric.rails = Rails::Optimised;
  c.fabric.switches.ports = 64;
  c.fabric.switches.port_bandwidth = 400_Gbit_per_s;
  c.chips = chips;
  return c;
}

/// The textbook's fat tree: nodes of one chip, no rails.
Cluster textbook(int radix, long long chips) {
  Cluster c = superpod(chips);
  c.node.chips = 1;
  c.fabric.rails = Rails::None;
  c.fabric.switches.ports = radix;
  return c;
}

std::vector<long long> switches_of(const FabricSize& size) {
  std::vector<long long> all;
  for (const FabricSize::Tier& tier : size.tiers) all.push_back(tier.switches);
  return all;
}

std::vector<long long> cables_of(const FabricSize& size) {
  std::vector<long long> all;
  for (const FabricSize::Tier& tier : size.tiers) all.push_back(tier.cables);
  return all;
}

FabricSize sized(const Cluster& cluster, const SizingOptions& options = {}) {
  const auto size = size_fabric(cluster, options);
  if (!size) FAIL(size.error().message);
  return *size;
}

using Counts = std::vector<long long>;

TEST_CASE("size_fabric: published, DGX SuperPOD H100 by scalable units") {
  // NVIDIA DGX SuperPOD reference architecture (DGX H100), larger SuperPOD component counts: 32 nodes a unit.
  struct Row {
    long long units;
    Counts switches, cables;
  };
  const std::array<Row, 7> rows = {{{1, {8, 4}, {256, 256}},
                                    {2, {16, 8}, {512, 512}},
                                    {4, {32, 16}, {1024, 1024}},
                                    {8, {64, 32}, {2048, 2048}},
                                    {16, {128, 128, 64}, {4096, 4096, 4096}},
                                    {32, {256, 256, 128}, {8192, 8192, 8192}},
                                    {64, {512, 512, 256}, {16384, 16384, 16384}}}};
  for (const Row& row : rows) {
    CAPTURE(row.units);
    const FabricSize size = sized(superpod(row.units * 256));
    CHECK(switches_of(size) == row.switches);
    CHECK(cables_of(size) == row.cables);
  }
}

TEST_CASE("size_fabric: hand-computed, three units take sixteen spines, not twelve") {
  // 24 leaves x 32 uplinks = 768 ports = 12 spines of 64; but 32 uplinks are not shared evenly by 12: the next that
  // divides 32 is 16, each with 24 x 2 = 48 of its 64 ports in use.
  const FabricSize size = sized(superpod(3 * 256));
  CHECK(switches_of(size) == Counts{24, 16});
  CHECK(cables_of(size) == Counts{768, 768});
  CHECK(size.tiers[1].spare() == 16 * 16);
  // The node that gives way to the fabric manager (31 of 32) leaves the spine's cables as they are.
  const FabricSize manager = sized(superpod(3 * 256 - 8));
  CHECK(switches_of(manager) == Counts{24, 16});
  CHECK(cables_of(manager) == Counts{760, 768});
}

TEST_CASE("size_fabric: published, DGX SuperPOD B300 on 144-port XDR switches") {
  // NVIDIA DGX SuperPOD reference architecture (DGX B300, XDR): 18 units of 72 nodes, two tiers.
  Cluster c = superpod(1296 * 8);
  c.node.scale_out_bandwidth = 800_Gbit_per_s;
  c.fabric.switches.ports = 144;
  c.fabric.switches.port_bandwidth = 800_Gbit_per_s;
  const FabricSize size = sized(c);
  CHECK(size.nodes == 1296);
  CHECK(switches_of(size) == Counts{144, 72});
  CHECK(cables_of(size) == Counts{10368, 10368});
}

TEST_CASE("size_fabric: published, the textbook's fat trees") {
  // Al-Fares et al. (SIGCOMM 2008): k^2/2 hosts on k + k/2 switches, k^3/4 on 5 k^2/4.
  for (const long long k : {4, 8, 36, 64, 128}) {
    CAPTURE(k);
    const int radix = static_cast<int>(k);
    CHECK(switches_of(sized(textbook(radix, k))) == Counts{1});
    CHECK(switches_of(sized(textbook(radix, k * k / 2))) == Counts{k, k / 2});
    const FabricSize three = sized(textbook(radix, k * k * k / 4));
    CHECK(three.switches() == 5 * k * k / 4);
    CHECK(cables_of(three) == Counts{k * k * k / 4, k * k * k / 4, k * k * k / 4});
    for (const FabricSize::Tier& tier : three.tiers) CHECK(tier.spare() == 0);
  }
}

TEST_CASE("size_fabric: hand-computed, oversubscribed three to one") {
  // 64 ports: 48 down, 16 up. 96 nodes of one chip on 2 leaves, 32 uplinks; one spine of 64 has the ports for 2 x 16.
  Cluster c = textbook(64, 96);
  const FabricSize size = sized(c, {.oversubscription = {3}});
  CHECK(switches_of(size) == Counts{2, 1});
  CHECK(cables_of(size) == Counts{96, 32});
  CHECK(size.tiers[0].down == 3 * size.tiers[0].up);
}

TEST_CASE("size_fabric: hand-computed, two planes are two networks of half the rate") {
  // 64 nodes of 8 chips, 2 x 200 Gbit/s each, 128-port switches of 400 split into 256 of 200: one leaf a rail and plane
  // holds 64 ports down and 64 up; 8 x 64 uplinks a plane fill 2 spines of 256.
  Cluster c = superpod(512);
  c.fabric.planes = 2;
  c.fabric.switches.ports = 128;
  c.fabric.switches.split = 2;
  const FabricSize size = sized(c);
  CHECK(size.ports.radix == 256);
  CHECK(size.ports.rate.raw() == doctest::Approx(25e9));
  CHECK(size.nics == 512);
  CHECK(switches_of(size) == Counts{16, 4});
  CHECK(cables_of(size) == Counts{1024, 1024});
}

TEST_CASE("size_fabric: hand-computed, rails that nothing joins") {
  Cluster c = superpod(64 * 8);
  c.fabric.rails = Rails::Only;
  const FabricSize size = sized(c);
  CHECK(switches_of(size) == Counts{8});  // every port down: 64 nodes on each of 8 rails
  CHECK(cables_of(size) == Counts{512});
  c.chips += 8;
  const auto more = size_fabric(c);
  REQUIRE_FALSE(more);
  CHECK(more.error().message == "rails without a tier above of 64-port switches join 512 chips at most, not 520");
}

TEST_CASE("size_fabric: hand-computed, a dragonfly as Frontier's") {
  // 16 chips a router, 32 routers a group, 74 groups; 4 cables between two groups: 512 / (1.76 x 73) = 3.98.
  Cluster c = superpod(16LL * 32 * 74);
  c.node.chips = 4;
  c.node.scale_out_bandwidth = 200_Gbit_per_s;
  c.fabric.rails = Rails::None;
  c.fabric.topology = FabricTopology::Dragonfly;
  c.fabric.switches.port_bandwidth = 200_Gbit_per_s;
  c.fabric.tiers = {{"router", 16}, {"group", 512, 1.76}, {"system", 37888}};
  const FabricSize size = sized(c);
  CHECK(size.switches() == 32 * 74);
  // 74 x 32 x 31 / 2 = 36,704 in groups; 74 x 73 / 2 x 4 = 10,804 between them.
  CHECK(cables_of(size) == Counts{37888, 36704, 10804});
  c.fabric.tiers[1].oversubscription = 1;  // 8 cables a pair: 16 + 31 + 19 = 66 ports
  const auto tight = size_fabric(c);
  REQUIRE_FALSE(tight);
  CHECK(tight.error().message == "a router has 16 ports to chips, 31 in its group and 19 to other groups: 66 of 64");
}

TEST_CASE("size_fabric: hand-computed, a torus has cables alone") {
  Cluster c = superpod(16 * 16 * 2);
  c.node.chips = 4;
  c.fabric.rails = Rails::None;
  c.fabric.topology = FabricTopology::Torus;
  c.fabric.dimensions = {16, 16, 2, 1};
  const FabricSize size = sized(c);
  CHECK(size.switches() == 0);
  CHECK(size.nics == 0);
  CHECK(cables_of(size) == Counts{512 + 512 + 256});
}

TEST_CASE("size_fabric: hand-computed, power and price are unknown unless all parts are known") {
  Cluster c = superpod(512);
  OpticsKind ends;
  ends.bandwidth = 400_Gbit_per_s;
  ends.transceiver_power = 8_W;
  ends.nic_power = 25_W;
  ends.copper_price = Dollars(100);
  CHECK_FALSE(sized(c).power());
  SizingOptions options{.optics = {ends}};
  const FabricSize partly = sized(c, options);
  CHECK_FALSE(partly.power());  // the switches' is unknown
  CHECK(partly.optics_power->raw() == 2 * 1024 * 8);
  CHECK(partly.nic_power->raw() == 512 * 25);
  c.fabric.switches.power = 700_W;
  CHECK(sized(c, options).power()->raw() == 24 * 700 + 2 * 1024 * 8 + 512 * 25);
  options.copper_to_nodes = true;
  const FabricSize copper = sized(c, options);
  CHECK(copper.copper_cables == 512);
  CHECK(copper.optics_power->raw() == 2 * 512 * 8);
  CHECK_FALSE(copper.cable_price);  // the other half is optical, of unknown price
  // A tier whose stated switches need more ports than the kind has is of another kind.
  c.fabric.tiers = {{"leaf", 256}, {"spine", 512, 1, 2}};
  CHECK(sized(c, options).tiers[1].other_kind);
  CHECK_FALSE(sized(c, options).switch_power);
}

TEST_CASE("size_fabric: hand-computed, what no layer of switches can join") {
  // 192 racks with 16 uplinks each: 16 spines at most reach all racks, and each would need 192 ports.
  Cluster c = superpod(6144);
  c.fabric.rails = Rails::None;
  c.fabric.tiers = {{"rack", 16}, {"pod", 3072, 7}, {"cluster", 24576}};
  const auto wide = size_fabric(c);
  REQUIRE_FALSE(wide);
  CHECK(wide.error().message ==
        "a unit of tier 2 (pod) has 192 switches of 16 uplinks below it: no layer of 64-port switches reaches them all "
        "evenly");
  // Sixteen chassis a pod have the ports; what they are is not known. 3,072 / 7 = 439 uplinks a pod, 28 a chassis.
  c.fabric.tiers[1].switches = 16;
  const FabricSize size = sized(c);
  CHECK(size.tiers[0].switches == 384);
  CHECK(size.tiers[1].switches == 32);
  CHECK(size.tiers[1].other_kind);
  CHECK(size.tiers[1].up == 2 * 16 * 28);
  CHECK_FALSE(size.tiers[2].other_kind);
  c.chips = 30000;
  CHECK(size_fabric(c).error().message == "the fabric joins 24,576 chips, not 30,000");
  c.fabric.tiers[0].chips = 12;
  CHECK(size_fabric(c).error().message ==
        "a unit of the fabric joins 12 chips, which is no whole number of nodes of 8");
  Cluster tiny = superpod(64);
  tiny.fabric.rails = Rails::None;
  tiny.fabric.switches.ports = 6;
  CHECK(size_fabric(tiny).error().message ==
        "no tree of 6-port switches joins two nodes: each has 8 ports on 1 of them");
}

TEST_CASE("size_fabric: law, absurd numbers are refused") {
  for (const FabricTopology topology : {FabricTopology::FatTree, FabricTopology::Dragonfly}) {
    for (const Rails rails : {Rails::None, Rails::Optimised, Rails::Only}) {
      Cluster c = superpod(100'000'000);
      c.fabric.topology = topology;
      c.fabric.rails = rails;
      c.fabric.tiers = {{"a", 1'000'000}, {"b", 10'000'000}, {"c", 100'000'000}};
      c.node.chips = 1'000'000;
      c.node.scale_out_bandwidth = BytesPerSecond(1e15);
      c.fabric.switches.port_bandwidth = BytesPerSecond(1e6);
      CHECK_FALSE(size_fabric(c));
      c.fabric.switches.ports = 100'000;
      CHECK_FALSE(size_fabric(c));
      if (topology == FabricTopology::FatTree) c.fabric.tiers.clear();
      CHECK_FALSE(size_fabric(c));
    }
  }
}

/// A fat tree that one may meet: any radix, rails, planes, rates and ratios.
Cluster random_tree(Rng& rng, SizingOptions& options) {
  const auto pick = [&](std::initializer_list<int> list) {
    return *(list.begin() + static_cast<std::ptrdiff_t>(rng.below(list.size())));
  };
  Cluster c = superpod(1);
  c.node.chips = pick({1, 2, 4, 8, 16});
  c.node.scale_out_bandwidth = 1_Gbit_per_s * pick({25, 100, 200, 400, 800});
  c.fabric.rails = pick({0, 1}) == 0 ? Rails::None : Rails::Optimised;
  c.fabric.planes = pick({1, 1, 2, 4});
  c.fabric.switches.ports = pick({16, 32, 36, 40, 63, 64, 65, 128, 144, 512});
  c.fabric.switches.split = pick({1, 2, 4});
  c.chips = 1 + static_cast<long long>(rng.below(1U << static_cast<unsigned>(pick({4, 8, 12, 16, 20}))));
  for (int i = pick({0, 0, 1, 2}); i > 0; --i) options.oversubscription.push_back(0.5 * pick({2, 3, 4, 6, 14}));
  return c;
}

TEST_CASE("size_fabric: law, ports in use are two for each cable and never more than there are") {
  int built = 0;
  for (std::uint64_t seed = 0; seed < 4000; ++seed) {
    CAPTURE(seed);
    Rng rng = Rng::stream(seed, "test/fabric-size");
    SizingOptions options;
    const Cluster c = random_tree(rng, options);
    const auto size = size_fabric(c, options);
    if (!size) continue;
    ++built;
    long long used = size->nics * c.fabric.planes;
    for (const FabricSize::Tier& tier : size->tiers) {
      used += tier.down + tier.up;
      CHECK(tier.spare() >= 0);
      CHECK_FALSE(tier.other_kind);
    }
    CHECK(used == 2 * size->cables());
    for (std::size_t i = 0; i + 1 < size->tiers.size(); ++i) {
      const double over = i < options.oversubscription.size() ? options.oversubscription[i] : 1;
      // At least the bandwidth that the ratio asks for leads upwards.
      CHECK(static_cast<double>(size->tiers[i].up) * over >= static_cast<double>(size->tiers[i].down) * (1 - 1e-9));
      CHECK(size->tiers[i].up == size->tiers[i + 1].down);
    }
    // One plane's worth of switches at least joins all ports of a tier.
    const double ports = static_cast<double>(size->tiers[0].down) / size->ports.radix;
    CHECK(static_cast<double>(size->tiers[0].switches) >= ports);
  }
  CHECK(built > 3000);
}

TEST_CASE("size_fabric: law, twice the chips need no fewer switches or cables") {
  for (std::uint64_t seed = 0; seed < 3000; ++seed) {
    CAPTURE(seed);
    Rng rng = Rng::stream(seed, "test/fabric-doubling");
    SizingOptions options;
    Cluster c = random_tree(rng, options);
    const auto one = size_fabric(c, options);
    c.chips *= 2;
    const auto two = size_fabric(c, options);
    if (!one || !two) continue;
    CHECK(two->switches() >= one->switches());
    CHECK(two->cables() >= one->cables());
  }
}

TEST_CASE("complete_tiers: law, the completed fabric is sized as the one that says nothing") {
  for (std::uint64_t seed = 0; seed < 2000; ++seed) {
    CAPTURE(seed);
    Rng rng = Rng::stream(seed, "test/complete-tiers");
    SizingOptions options;
    Cluster c = random_tree(rng, options);
    const auto whole =
        complete_tiers(c.fabric, c.chips, c.node.chips, c.node.scale_out_bandwidth, options.oversubscription);
    const auto size = size_fabric(c, options);
    REQUIRE(whole.has_value() == size.has_value());
    if (!whole) continue;
    REQUIRE(whole->tiers.size() == size->tiers.size());
    CHECK(whole->tiers.back().chips >= c.chips);
    CHECK(whole->tiers.back().switches == size->tiers.back().switches);
    for (std::size_t i = 0; i < whole->tiers.size(); ++i) {
      const Fabric::Tier& tier = whole->tiers[i];
      CHECK(tier.switches > 0);
      if (i > 0) CHECK(tier.chips % whole->tiers[i - 1].chips == 0);
      // Full units have that many, and the last one no more.
      CHECK(size->tiers[i].switches <= tier.switches * size->tiers[i].units);
      CHECK(size->tiers[i].switches > tier.switches * (size->tiers[i].units - 1));
    }
  }
}

}  // namespace
}  // namespace orrery
