#include "network/network.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <tuple>

#include "base/random.hpp"
#include "network/lower_bound.hpp"

namespace orrery {
namespace {

/// Pods of 256 H100s in servers of 8, 4:1 between them.
Cluster oversubscribed(long long chips) {
  Cluster cluster;
  cluster.chip.vendor = "NVIDIA";
  cluster.chip.peak_fp8 = 1979_TFLOP_per_s;
  cluster.chips = chips;
  cluster.node.scale_up_bandwidth = 450_GB_per_s;
  cluster.node.scale_up_latency = 1.9_us;
  cluster.node.scale_out_bandwidth = 50_GB_per_s;
  cluster.fabric.latency = 4_us;
  cluster.fabric.efficiency = 0.96;
  cluster.fabric.switches.ports = 64;
  cluster.fabric.switches.port_bandwidth = 50_GB_per_s;
  cluster.fabric.tiers = {{"leaf", 32, 1, 0, {}}, {"pod", 256, 4, 0, {}}, {"core", 2048, 1, 0, {}}};
  return cluster;
}

NetworkResult ask(const Cluster& cluster, Collective collective, Fidelity fidelity, int group = 0, int stride = 1) {
  NetworkSpec spec;
  spec.cluster = cluster;
  spec.collective = collective;
  spec.group = group;
  spec.stride = stride;
  spec.fidelity = fidelity;
  return simulate_network(spec);
}

TEST_CASE("network: hand-computed, an all-to-all over an oversubscribed core") {
  // 512 chips, two pods: a chip sends to 504 behind its NIC, 256 of them in the other pod, at a quarter of a NIC.
  const NetworkResult result = ask(oversubscribed(512), Collective::AllToAll, Fidelity::Folded);
  CHECK(result.stretch == doctest::Approx(4.0 * 256 / 504));
  CHECK(result.rows.front().bound == Bound::Fabric);
  CHECK(result.fidelity == Fidelity::Folded);
}

TEST_CASE("network: law, folded and flows agree where both hold") {
  for (const auto& [group, stride] : {std::pair{0, 1}, {64, 8}, {256, 2}, {32, 16}}) {
    for (const Collective collective : {Collective::AllReduce, Collective::AllGather, Collective::AllToAll}) {
      const NetworkResult folded = ask(oversubscribed(512), collective, Fidelity::Folded, group, stride);
      const NetworkResult flows = ask(oversubscribed(512), collective, Fidelity::Flows, group, stride);
      CHECK(folded.stretch == doctest::Approx(flows.stretch).epsilon(1e-9));
      CHECK(folded.groups == 512 / (group == 0 ? 512 : group));
    }
  }
}

TEST_CASE("network: law, a random place is no better than a packed one, sorted ranks are between") {
  Cluster cluster = oversubscribed(512);
  cluster.placement.machine_chips = 2048;
  const auto stretch = [&](PlacementOrder order) {
    cluster.placement.order = order;
    return ask(cluster, Collective::AllGather, Fidelity::Flows).stretch;
  };
  const double packed = stretch(PlacementOrder::Packed), random = stretch(PlacementOrder::Random),
               rail = stretch(PlacementOrder::Rail);
  CHECK(packed <= rail);
  CHECK(rail < random);
}

TEST_CASE("network: law, hashed paths are slower than spread ones, and failures slow both") {
  Cluster cluster = oversubscribed(512);
  cluster.fabric.tiers[1].oversubscription = 1;
  NetworkSpec spec;
  spec.cluster = cluster;
  spec.collective = Collective::SendReceive;
  spec.group = 2;
  spec.stride = 256;  // every chip sends to the other pod
  spec.fidelity = Fidelity::Flows;
  CHECK(simulate_network(spec).stretch == doctest::Approx(1));
  spec.cluster.fabric.routing = Routing::Ecmp;
  const NetworkResult hashed = simulate_network(spec);
  CHECK(hashed.draws == 16);
  CHECK(hashed.stretch > 1.5);
  CHECK(hashed.stretch_low <= hashed.stretch);
  CHECK(hashed.stretch <= hashed.stretch_high);
  CHECK(hashed.rows.front().best < hashed.rows.front().worst);
  spec.cluster.fabric.routing = Routing::Spray;
  spec.failed_links = 0.1;
  CHECK(simulate_network(spec).stretch > 1.05);
}

TEST_CASE("network: law, nothing beats the wires and the cuts") {
  for (std::uint32_t seed = 0; seed < 60; ++seed) {
    CAPTURE(seed);
    Rng rng = Rng::stream(seed, "test/network");
    Cluster cluster = oversubscribed(256LL << rng.below(3));
    cluster.fabric.tiers[0].oversubscription = static_cast<double>(1 + rng.below(2));
    cluster.fabric.tiers[1].oversubscription = static_cast<double>(1ULL << rng.below(4));
    const PlacementOrder orders[] = {PlacementOrder::Packed, PlacementOrder::Random, PlacementOrder::Rail};
    cluster.placement = {orders[rng.below(3)], 2048};
    NetworkSpec spec;
    spec.cluster = cluster;
    const Collective all[] = {Collective::AllReduce, Collective::AllGather,   Collective::ReduceScatter,
                              Collective::AllToAll,  Collective::SendReceive, Collective::Broadcast};
    spec.collective = all[rng.below(6)];
    spec.stride = 1 << rng.below(5);
    spec.group = static_cast<int>(std::min<long long>(cluster.chips / spec.stride, 64));
    spec.payloads = {1_KiB, 1_MiB, 1_GiB, 16_GiB};
    spec.draws = 2;
    spec.seed = seed;
    for (const NetworkRow& row : simulate_network(spec).rows) {
      CAPTURE(static_cast<int>(spec.collective));
      CAPTURE(row.payload.raw());
      CAPTURE(row.algorithm);
      CHECK(row.lower_bound.raw() <= row.best.raw());
      CHECK(row.best <= row.time);
      CHECK(row.time.raw() <= row.worst.raw() * (1 + 1e-12));
    }
  }
}

TEST_CASE("network: law, halving every bandwidth doubles what is not latency") {
  NetworkSpec spec;
  spec.cluster = oversubscribed(512);
  spec.payloads = {64_GiB};
  for (const Collective collective : {Collective::AllReduce, Collective::AllToAll}) {
    spec.collective = collective;
    spec.cluster = oversubscribed(512);
    const double before = simulate_network(spec).rows.front().time.raw();
    spec.cluster.node.scale_out_bandwidth /= 2;
    spec.cluster.node.scale_up_bandwidth /= 2;
    spec.cluster.fabric.switches.port_bandwidth /= 2;
    CHECK(simulate_network(spec).rows.front().time.raw() == doctest::Approx(2 * before).epsilon(0.01));
  }
}

TEST_CASE("network: law, a busiest rank with twice the bytes takes twice as long in a long all-to-all") {
  NetworkSpec spec;
  spec.cluster = oversubscribed(512);
  spec.collective = Collective::AllToAll;
  spec.payloads = {64_GiB};
  const double even = simulate_network(spec).rows.front().time.raw();
  spec.skew = 2;
  CHECK(simulate_network(spec).rows.front().time.raw() == doctest::Approx(2 * even).epsilon(0.01));
}

TEST_CASE("network: what cannot be asked is refused with what can") {
  Cluster cluster = oversubscribed(512);
  CHECK_THROWS_AS(ask(cluster, Collective::AllReduce, Fidelity::Auto, 512, 2), InputError);  // groups of 1,024 chips
  NetworkSpec spec;
  spec.cluster = cluster;
  spec.algorithm = "nonsense";
  CHECK_THROWS_AS(simulate_network(spec), InputError);
  spec.algorithm = "";
  spec.cluster.fabric.routing = Routing::Ecmp;
  spec.fidelity = Fidelity::Folded;
  CHECK_THROWS_AS(simulate_network(spec), InputError);
  spec.cluster = oversubscribed(2048);
  spec.cluster.chips = 1 << 17;
  spec.cluster.fabric.tiers.push_back({"hall", 1 << 17, 1, 0, {}});
  spec.collective = Collective::AllToAll;
  spec.fidelity = Fidelity::Flows;
  CHECK_THROWS_AS(simulate_network(spec), InputError);  // 1.7e10 routes
  spec.fidelity = Fidelity::Auto;
  CHECK(simulate_network(spec).fidelity == Fidelity::Folded);
}

TEST_CASE("network: a hundred million GPUs are counted, not followed") {
  Cluster cluster = oversubscribed(100'000'000);
  cluster.fabric.tiers.push_back({"site", 65'536, 1, 0, {}});
  cluster.fabric.tiers.push_back({"all", 1526 * 65'536, 1, 0, {}});
  CHECK(ask(cluster, Collective::AllReduce, Fidelity::Auto).fidelity == Fidelity::Folded);
  CHECK(ask(cluster, Collective::AllToAll, Fidelity::Auto, 2, 50'000'000).groups == 50'000'000);
  // What formulas would leave out silently is refused; hashed paths are left to the fabric's efficiency.
  CHECK_THROWS_AS(ask(cluster, Collective::AllReduce, Fidelity::Flows), InputError);
  cluster.placement.order = PlacementOrder::Random;
  CHECK_THROWS_AS(ask(cluster, Collective::AllReduce, Fidelity::Auto), InputError);
  CHECK_THROWS_AS(ask(cluster, Collective::AllReduce, Fidelity::Closed), InputError);
  cluster.placement.order = PlacementOrder::Packed;
  cluster.fabric.routing = Routing::Ecmp;
  CHECK(ask(cluster, Collective::AllReduce, Fidelity::Auto).fidelity == Fidelity::Closed);
}

TEST_CASE("network: groups that fill their domains unevenly are followed, not folded") {
  for (const auto& [gpus, group, stride] : {std::tuple{63, 0, 1}, {44, 0, 1}}) {
    for (const Collective collective : {Collective::AllReduce, Collective::AllToAll, Collective::SendReceive}) {
      CAPTURE(gpus);
      CHECK(ask(oversubscribed(gpus), collective, Fidelity::Auto, group, stride).fidelity == Fidelity::Flows);
    }
  }
}

TEST_CASE("network: groups that lie differently in the domains are refused by name") {
  for (const auto& [gpus, group, stride] : {std::tuple{24, 6, 1}, {60, 10, 3}, {128, 7, 2}}) {
    CAPTURE(gpus);
    CHECK_THROWS_AS(ask(oversubscribed(gpus), Collective::AllGather, Fidelity::Auto, group, stride), InputError);
  }
}

TEST_CASE("network: hand-computed, a ninth GPU takes all that the others have through its one NIC") {
  // 8/9 of 1 GiB at 48 GB/s (0.96 of 50) is 19.9 ms.
  const NetworkResult result = ask(oversubscribed(9), Collective::AllGather, Fidelity::Auto);
  CHECK(result.rows.front().time.raw() > 8.0 / 9 * 1073741824 / 48e9);
  CHECK(result.rows.front().lower_bound.raw() == doctest::Approx(8.0 / 9 * 1073741824 / 50e9));
}

TEST_CASE("network: a machine that ends within a node") {
  Cluster cluster = oversubscribed(44);
  for (const PlacementOrder order : {PlacementOrder::Packed, PlacementOrder::Random, PlacementOrder::Rail}) {
    cluster.placement.order = order;
    for (std::uint64_t seed = 0; seed < 8; ++seed) {
      RankChips chips = place_ranks(cluster, seed);
      std::sort(chips.begin(), chips.end());
      for (std::uint32_t i = 0; i < 44; ++i) CHECK(chips[i] == i);
    }
    CHECK(ask(cluster, Collective::AllReduce, Fidelity::Flows).rows.front().time.raw() > 0);
  }
}

TEST_CASE("cut time: law, counted by ranges or by ranks it is the same") {
  for (std::uint32_t seed = 0; seed < 200; ++seed) {
    CAPTURE(seed);
    Rng rng = Rng::stream(seed, "test/cut");
    Cluster cluster = oversubscribed(32 + static_cast<long long>(rng.below(1000)));
    cluster.fabric.tiers[0].chips = 8LL << rng.below(4);
    const auto chips = static_cast<std::uint64_t>(cluster.chips);
    const auto ranks = 1 + rng.below(rng.below(2) == 0 ? 20 : chips), stride = 1 + rng.below(chips / ranks);
    const Group group = strided_group(static_cast<long long>(ranks), static_cast<long long>(stride), cluster.node);
    for (const Collective collective : {Collective::AllReduce, Collective::AllGather, Collective::AllToAll}) {
      const double by_ranks = cut_time(cluster, place_ranks(cluster, 0), collective, group, 1_GB).raw();
      CHECK(packed_cut_time(cluster, collective, group, 1_GB).raw() == doctest::Approx(by_ranks).epsilon(1e-12));
    }
  }
}

TEST_CASE("cut time: hand-computed") {
  // A leaf of 32 chips offers 32 NICs of 50 GB/s, a 4:1 pod of 256 chips 64. An all-reduce of 3.2 GB takes 2 ms through
  // the leaf's.
  const Cluster cluster = oversubscribed(512);
  const RankChips chips = place_ranks(cluster, 0);
  const Group all = strided_group(512, 1, cluster.node);
  CHECK(cut_time(cluster, chips, Collective::AllReduce, all, 3.2_GB).raw() == doctest::Approx(3.2e9 / 1.6e12));
  // All-to-all: 256 chips inside send half of 1 GB each.
  CHECK(cut_time(cluster, chips, Collective::AllToAll, all, 1_GB).raw() == doctest::Approx(256 * 0.5e9 / 3.2e12));
  // Groups of eight in a server cross nothing.
  CHECK(cut_time(cluster, chips, Collective::AllReduce, strided_group(8, 1, cluster.node), 1_GB).raw() == 0);
}

}  // namespace
}  // namespace orrery
