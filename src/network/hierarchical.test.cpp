#include "network/hierarchical.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.hpp"

namespace orrery {
namespace {

Cluster h100(long long chips) {
  Cluster cluster;
  cluster.chip.vendor = "NVIDIA";
  cluster.chip.peak_fp8 = 1979_TFLOP_per_s;
  cluster.node.scale_up_bandwidth = 450_GB_per_s;
  cluster.node.scale_up_latency = Seconds(1.9e-6);
  cluster.node.scale_out_bandwidth = 50_GB_per_s;
  cluster.fabric.latency = 4_us;
  cluster.fabric.efficiency = 0.97;
  cluster.chips = chips;
  return cluster;
}

Cluster a100(long long chips) {
  Cluster cluster = h100(chips);
  cluster.chip.peak_fp8 = {};
  cluster.node.scale_up_bandwidth = 300_GB_per_s;
  cluster.node.scale_out_bandwidth = 25_GB_per_s;
  return cluster;
}

/// A machine and a group on it, drawn over the whole range that the model promises.
struct Draw {
  Cluster cluster;
  Collective collective;
  Group group;
  Bytes payload;
};

Draw draw(std::mt19937& random) {
  const auto pick = [&](int low, int high) { return low + static_cast<int>(random() % (high - low + 1U)); };
  const auto uniform = [&](double low, double high) { return low + (high - low) * (random() / 4294967296.0); };
  Draw d;
  d.cluster = pick(0, 1) ? h100(8) : a100(8);
  Node& node = d.cluster.node;
  node.topology = static_cast<ScaleUpTopology>(pick(0, 4));
  node.scale_up_domain = 1 << pick(1, 8);
  node.scale_up_bandwidth = BytesPerSecond(uniform(50e9, 1000e9));
  node.scale_out_bandwidth = BytesPerSecond(uniform(5e9, 100e9));
  d.group.ranks_per_domain = std::min(1 << pick(0, 8), node.scale_up_domain);
  d.group.ranks = d.group.ranks_per_domain * (pick(0, 1) ? 1 << pick(0, 10) : 1);
  d.group.ranks_per_node = std::min(8, d.group.ranks_per_domain);
  d.cluster.chips = std::max(d.group.ranks, node.scale_up_domain);
  d.cluster.fabric.tiers = {{"leaf", 1LL << pick(5, 12), uniform(1, 8)}, {"spine", 1LL << 14, uniform(1, 4)}};
  d.collective = static_cast<Collective>(pick(0, 5));
  d.cluster.fabric.reduces_in_switch = pick(0, 1) == 1;
  if (d.collective == Collective::AllToAll) d.group.skew = uniform(1, 3);
  d.payload = Bytes(std::exp(uniform(0, 25)));
  return d;
}

/// Constants of round numbers, so that arithmetic by hand stays valid when the fitted ones move.
CollectiveConstants round_constants() {
  CollectiveConstants c;
  c.base_ll = 6_us;
  c.base_simple = 20_us;
  c.ring_hop = {1.0 / 1.9, 1.0, 5.0 / 1.9};
  c.ring_share = {0.4, 0.8, 1.0};
  c.switched_share = 0.8;
  c.full_mesh_share = 0.75;
  c.own_copy_share = 2;
  c.hopper_switch_share = 0.75;
  c.switch_start = 10_us;
  c.switch_tree_start = 15_us;
  c.switch_stages = 3;
  c.switch_chunk_overhead = Bytes(8 * 1024.0);
  c.switch_between_domains_share = 0.9;
  c.network_chunks = 20;
  c.network_chunk_overhead = Bytes(4 * 1024.0);
  c.chunk_network = 3;
  c.all_to_all_share = 0.7;
  c.all_to_all_network_share = 0.8;
  return c;
}

HierarchicalModel by_hand(const Cluster& cluster) {
  return HierarchicalModel(cluster, nullptr, round_constants());
}

TEST_CASE("collectives: hand-computed, ring all-gather of 512 MiB on eight A100") {
  // The ring passes 7/8 of the payload at 0.8 x 300 = 240 GB/s: 1957.34 us; a rank copies 1/8 at 2 x 300 GB/s:
  // 111.85 us; start 20 us; 7 hops of 5 us. NCCL believes in Simple: 8.4 + 7 x 3.4 us at full bandwidth.
  const auto curve = by_hand(a100(8)).curve(Collective::AllGather, {8, 8, 8});
  CHECK(curve.time(512_MiB).raw() == doctest::Approx(2124.19e-6).epsilon(1e-5));
  CHECK(std::string(curve.ruling(512_MiB)->algorithm) == "ring/Simple");
}

TEST_CASE("collectives: hand-computed, small all-reduce on two H100") {
  // LL: 6 us + 2 hops of 1 us; 1 KiB at 0.4 x 360 GB/s and half of it at 900 GB/s: 0.008 us.
  const auto curve = by_hand(h100(8)).curve(Collective::AllReduce, {2, 2, 2});
  CHECK(curve.time(1_KiB).raw() == doctest::Approx(8.008e-6).epsilon(1e-3));
  CHECK(std::string(curve.ruling(1_KiB)->algorithm) == "ring/LL");
}

TEST_CASE("collectives: hand-computed, the switches of eight H100 add up chunks that grow with the message") {
  const auto curve = by_hand(h100(8)).curve(Collective::AllReduce, {8, 8, 8});
  // 64 MiB: 8 fills of 16 channels x 8 heads x 64 KiB, so chunks of 64 KiB. In flight 3 x 16 x 8 x 64 KiB over
  // 450 GB/s = 55.92 us; 10 us; 64 MiB at 0.75 x 450 x 7/8 = 295.3 GB/s, an eighth longer by 8 KiB a chunk: 255.65 us.
  CHECK(curve.time(64_MiB).raw() == doctest::Approx(321.57e-6).epsilon(1e-4));
  CHECK(std::string(curve.ruling(64_MiB)->algorithm) == "NVLS");
  // 32 MiB: chunks of 32 KiB: 27.96 + 10 + 32 MiB / 295.3 GB/s x 1.25 = 142.03 us.
  CHECK(curve.time(32_MiB).raw() == doctest::Approx(179.99e-6).epsilon(1e-4));
}

TEST_CASE("collectives: hand-computed, all-reduce over 1,024 servers of eight H100") {
  // NVLS tree: 15 us + 2 x 10 levels x (3 x 4 us + 20 x 64 KiB / 48.5 GB/s = 27.03 us) = 795.5 us;
  // 16 GiB x 2/8 over 48.5 GB/s = 88555.5 us, longer by 4 of 64 KiB: 5534.7 us.
  const auto curve = by_hand(h100(8192)).curve(Collective::AllReduce, {8192, 8, 8});
  CHECK(curve.time(16_GiB).raw() == doctest::Approx(94885.7e-6).epsilon(1e-4));
  CHECK(std::string(curve.ruling(16_GiB)->algorithm) == "NVLSTree");
}

TEST_CASE("collectives: hand-computed, switches of the fabric add up") {
  Cluster cluster = h100(32);
  cluster.fabric.reduces_in_switch = true;
  // A quarter fewer bytes than a ring's 2 x 31/32 / 8 a NIC, and the domain's switches become the narrowest: 64 GiB at
  // 0.75 x 450 x 7/8 x 0.9 GB/s, longer by 8 of 128 KiB = 274.7 ms.
  const auto curve = by_hand(cluster).curve(Collective::AllReduce, {32, 8, 8});
  CHECK(std::string(curve.ruling(64_GiB)->algorithm) == "CollNet");
  CHECK(curve.time(64_GiB).raw() == doctest::Approx(274.7e-3).epsilon(1e-3));
  // One GPU a server: the payload leaves once and comes back once.
  const auto alone = by_hand(cluster).curve(Collective::AllReduce, {32, 1, 1});
  CHECK(alone.ruling(64_GiB)->bandwidth.raw() == doctest::Approx(48.5e9));
}

TEST_CASE("collectives: hand-computed, two of eight chips of a full mesh share one link") {
  Cluster cluster = a100(8);
  cluster.chip.vendor = "AMD";
  cluster.node.topology = ScaleUpTopology::FullMesh;
  cluster.node.scale_up_bandwidth = 448_GB_per_s;
  const HierarchicalModel model = by_hand(cluster);
  const double pair = model.curve(Collective::AllToAll, {2, 2, 2}).ruling(1e12_B)->bandwidth.raw();
  const double all = model.curve(Collective::AllToAll, {8, 8, 8}).ruling(1e12_B)->bandwidth.raw();
  // Half of the payload over a link of 0.75 x 64 GB/s, the other half copied at 896 GB/s.
  CHECK(pair == doctest::Approx(1 / (0.5 / 48e9 + 0.5 / 896e9)));
  // A peer's eighth over the same link; an eighth copied.
  CHECK(all == doctest::Approx(1 / (0.125 / 48e9 + 0.125 / 896e9)));
}

TEST_CASE("collectives: hand-computed, a pod of a 2D torus uses both directions of both axes") {
  Cluster cluster;
  cluster.chip.vendor = "Google";
  cluster.chips = 256;
  cluster.node.scale_up_domain = 256;
  cluster.node.topology = ScaleUpTopology::Torus2d;
  cluster.node.scale_up_bandwidth = 200_GB_per_s;
  cluster.node.scale_up_latency = 1_us;
  const HierarchicalModel model = by_hand(cluster);
  // 255/256 of the payload at 0.9 x 200 GB/s, 1/256 copied at 400 GB/s; 6 us + 2 axes x 8 hops.
  const auto pod = model.curve(Collective::AllGather, {256, 256, 8});
  CHECK(pod.time(1_GB).raw() == doctest::Approx(22e-6 + 1e9 * (255.0 / 256 / 180e9 + 1.0 / 256 / 400e9)));
  // One whole axis is half of the links; four chips of an axis are a line: a quarter.
  const auto axis = model.curve(Collective::AllGather, {16, 16, 8});
  CHECK(axis.ruling(1_GB)->bandwidth.raw() == doctest::Approx(1 / (15.0 / 16 / 90e9 + 1.0 / 16 / 400e9)));
  const auto line = model.curve(Collective::AllGather, {4, 4, 4});
  CHECK(line.ruling(1_GB)->bandwidth.raw() == doctest::Approx(1 / (3.0 / 4 / 45e9 + 1.0 / 4 / 400e9)));
}

TEST_CASE("collectives: hand-computed, algorithms that only a request brings") {
  const HierarchicalModel model = by_hand(h100(256));
  const Group group{256, 8, 8};
  const double nic = 48.5e9, link = 360e9;
  const auto slope = [&](Collective collective, const char* algorithm) {
    const auto curve = model.curve_of(collective, group, algorithm);
    REQUIRE(curve.ruling(1e15_B) != nullptr);
    CHECK(std::string(curve.ruling(1e15_B)->algorithm).starts_with(algorithm));
    return 1 / curve.ruling(1e15_B)->bandwidth.raw();
  };
  const double copy = 1.0 / 256 / 900e9;
  // Inside 2 x 7/8 of the payload, between domains 2 x 31/32 of an eighth of it, one after the other.
  const double phases = 2 * 7.0 / 8 / link + 2 * 31.0 / 32 / 8 / nic + copy;
  CHECK(slope(Collective::AllReduce, "halving-doubling") == doctest::Approx(phases));
  CHECK(slope(Collective::AllReduce, "hierarchical") == doctest::Approx(phases));
  // 16 exchanges, 6 inside of 5 us and 10 between of 14 us, and the start.
  CHECK(model.curve_of(Collective::AllReduce, group, "halving-doubling").time(Bytes(0)).raw() ==
        doctest::Approx((20 + 6 * 5 + 10 * 14) * 1e-6));
  // By domain all bytes pass NVLink: 7/8 at 0.7 x 450, then 31/32 at 0.8 of the NIC.
  CHECK(slope(Collective::AllToAll, "all-to-all by domain") ==
        doctest::Approx(7.0 / 8 / 315e9 + 31.0 / 32 / (0.8 * nic) + copy));
  // A broadcast leaves a domain once, over eight NICs; by a tree an inner domain of one half passes it on twice.
  CHECK(slope(Collective::Broadcast, "ring") == doctest::Approx(1 / (8 * nic)));
  CHECK(slope(Collective::Broadcast, "tree/Simple") >= 1 / (8 * nic));
  // None of them is in the choice.
  for (const CostLine& each : model.curve(Collective::AllReduce, group)) {
    const std::string name = each.algorithm;
    CHECK_FALSE((name.starts_with("halving") || name.starts_with("hierarchical")));
  }
}

TEST_CASE("collectives: hand-computed, an all-to-all waits for its busiest rank") {
  const HierarchicalModel model = by_hand(h100(256));
  const auto even = model.curve(Collective::AllToAll, {256, 8, 8});
  const auto skewed = model.curve(Collective::AllToAll, {256, 8, 8, 0, 1.5});
  const double copy = 1.0 / 256 / 900e9;
  CHECK(1 / skewed.ruling(1e15_B)->bandwidth.raw() - copy ==
        doctest::Approx(1.5 * (1 / even.ruling(1e15_B)->bandwidth.raw() - copy)));
}

TEST_CASE("collectives: hand-computed, oversubscription above a leaf of 64 chips") {
  Cluster cluster = h100(256);
  const Group group{256, 8, 8};
  const auto slope = [&](Collective collective) {
    return 1 / by_hand(cluster).curve(collective, group).ruling(1e15_B)->bandwidth.raw();
  };
  const double all_to_all = slope(Collective::AllToAll), ring = slope(Collective::AllGather);
  cluster.fabric.tiers = {{"leaf", 64, 4}};
  // All-to-all: of 248 partners behind the NIC 192 are behind another leaf: 4 x 192/248 = 3.097 times slower.
  const double copy = 1.0 / 256 / 900e9;
  CHECK((slope(Collective::AllToAll) - copy) / (all_to_all - copy) == doctest::Approx(3.09677).epsilon(1e-4));
  // A ring crosses with 8 of 64 NICs, fewer than the 16 that the uplinks serve.
  CHECK(slope(Collective::AllGather) == doctest::Approx(ring));
  // One uplink's worth for 16 NICs: the 8 that cross take twice as long; the NICs, not NVLink, now bound the ring.
  cluster.fabric.tiers = {{"leaf", 64, 16}};
  CHECK(slope(Collective::AllGather) == doctest::Approx(255.0 / 256 / 8 / (48.5e9 / 2) + copy));
}

TEST_CASE("collectives: hand-computed, two sites 10 ms apart") {
  Cluster cluster = h100(256);
  const HierarchicalModel near(cluster);
  cluster.fabric.tiers = {{"site", 128, 1, 0, Seconds(10e-3)}};
  const HierarchicalModel far(cluster);
  const auto added = [&](Collective collective, const char* algorithm) {
    const Group group{256, 8, 8};
    return far.curve_of(collective, group, algorithm).time(1_KiB).raw() -
           near.curve_of(collective, group, algorithm).time(1_KiB).raw();
  };
  // Two of the 32 links between servers of a ring join the sites: 31 steps of 2/32 x 10 ms for an all-gather.
  CHECK(added(Collective::AllGather, "ring/LL128") == doctest::Approx(31 * 2.0 / 32 * 10e-3));
  // One of five levels of a tree does, upwards and downwards.
  CHECK(added(Collective::AllReduce, "NVLSTree") == doctest::Approx(2 * 10e-3));
  // All peers are written to at once: the longest way counts.
  CHECK(added(Collective::AllToAll, "all-to-all/LL") == doctest::Approx(10e-3));
}

TEST_CASE("collectives: law, a load from elsewhere stretches what the network carries, and that alone") {
  struct Twice : FabricLoad {
    double stretch(const Group& /*group*/, Traffic /*traffic*/) const override { return 2; }
    Seconds extra_latency(const Group& /*group*/, Traffic /*traffic*/) const override { return 7_us; }
  };
  const HierarchicalModel idle(h100(256)), busy(h100(256), std::make_shared<const Twice>());
  const auto time = [](const HierarchicalModel& model, const Group& group) {
    return model.curve(Collective::SendReceive, group).time(64_GiB).raw();
  };
  CHECK(time(busy, {16, 8, 8}) / time(idle, {16, 8, 8}) == doctest::Approx(2).epsilon(1e-3));
  CHECK(time(busy, {8, 8, 8}) == time(idle, {8, 8, 8}));
  const Seconds small = busy.curve(Collective::SendReceive, {16, 8, 8}).time(Bytes(1));
  CHECK((small - idle.curve(Collective::SendReceive, {16, 8, 8}).time(Bytes(1))).raw() ==
        doctest::Approx(7e-6).epsilon(1e-3));
}

TEST_CASE("collectives: law, a group of one costs nothing") {
  for (int c = 0; c <= static_cast<int>(Collective::Broadcast); ++c) {
    const auto curve = HierarchicalModel(h100(8)).curve(static_cast<Collective>(c), {1, 1, 1});
    CHECK(curve.time(1_GiB) == Seconds(0));
    CHECK(curve.ruling(1_GiB) == nullptr);
  }
  CHECK_THROWS_AS(HierarchicalModel(h100(8)).curve(Collective::AllReduce, {0, 1, 1}), InternalError);
}

TEST_CASE("collectives: law, time rises with the payload and is never below the wire") {
  std::mt19937 random(1);
  for (int i = 0; i < 20000; ++i) {
    const Draw d = draw(random);
    CAPTURE(i);
    const auto curve = HierarchicalModel(d.cluster).curve(d.collective, d.group);
    const Seconds time = curve.time(d.payload);
    REQUIRE(curve.time(1.1 * d.payload) >= time);
    REQUIRE(time >= wire_time(d.cluster, d.collective, d.group, d.payload));
  }
}

TEST_CASE("collectives: law, links k times faster make the part of the bandwidth k times shorter") {
  std::mt19937 random(2);
  for (int i = 0; i < 5000; ++i) {
    const Draw d = draw(random);
    CAPTURE(i);
    if (d.group.ranks == 1) continue;
    Cluster faster = d.cluster;
    faster.node.scale_up_bandwidth *= 3;
    faster.node.scale_out_bandwidth *= 3;
    const auto before = HierarchicalModel(d.cluster).curve(d.collective, d.group);
    const auto after = HierarchicalModel(faster).curve(d.collective, d.group);
    // Every line loses two thirds of its slope and of its pipeline fill, and keeps the rest of its latency.
    const Bytes huge(1e18);
    REQUIRE(before.time(huge).raw() / after.time(huge).raw() == doctest::Approx(3).epsilon(1e-4));
    // Elsewhere NCCL may choose differently, and worse; its own beliefs obey the law at every payload.
    const Seconds slow = HierarchicalModel(d.cluster).believed(d.collective, d.group).time(d.payload);
    const Seconds fast = HierarchicalModel(faster).believed(d.collective, d.group).time(d.payload);
    REQUIRE(fast <= slow);
    REQUIRE(3 * fast.raw() >= slow.raw() * (1 - 1e-12));
  }
}

TEST_CASE("collectives: law, a larger oversubscription is never faster") {
  std::mt19937 random(3);
  for (int i = 0; i < 5000; ++i) {
    const Draw d = draw(random);
    CAPTURE(i);
    Cluster narrower = d.cluster;
    for (Fabric::Tier& tier : narrower.fabric.tiers) tier.oversubscription *= 2;
    const HierarchicalModel before(d.cluster), after(narrower);
    // NCCL may choose better for a narrower fabric at one payload; not by its own beliefs, and not in the long run.
    REQUIRE(after.believed(d.collective, d.group).time(d.payload) >=
            before.believed(d.collective, d.group).time(d.payload));
    for (const char* algorithm : {"ring/Simple", "tree/Simple", "NVLSTree", "all-to-all/Simple"}) {
      REQUIRE(after.curve_of(d.collective, d.group, algorithm).time(d.payload) >=
              before.curve_of(d.collective, d.group, algorithm).time(d.payload));
    }
  }
}

TEST_CASE("collectives: law, NCCL believes no other algorithm to be cheaper than the one that it chooses") {
  std::mt19937 random(4);
  for (int i = 0; i < 5000; ++i) {
    const Draw d = draw(random);
    const HierarchicalModel model(d.cluster);
    const Seconds chosen = model.believed(d.collective, d.group).time(d.payload);
    for (const char* algorithm : {"ring", "tree/LL128", "NVLS", "CollNet"}) {
      const auto curve = model.believed(d.collective, d.group, algorithm);
      if (curve.ruling(d.payload) == nullptr) continue;
      if (d.collective == Collective::Broadcast && std::string_view(algorithm) != "ring") continue;  // on request only
      REQUIRE(curve.time(d.payload).raw() >= chosen.raw() * (1 - 1e-12));
    }
  }
}

}  // namespace
}  // namespace orrery
