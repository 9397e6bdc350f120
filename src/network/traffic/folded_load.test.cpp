#include "network/traffic/folded_load.hpp"

#include <doctest/doctest.h>

#include <memory>

#include "base/random.hpp"
#include "network/topology/fabric_graph.hpp"
#include "network/topology/fat_tree.hpp"
#include "network/traffic/flow_load.hpp"

namespace orrery {
namespace {

Cluster machine(long long chips, int node_chips) {
  Cluster cluster;
  cluster.chips = chips;
  cluster.node.chips = cluster.node.scale_up_domain = node_chips;
  cluster.node.scale_up_bandwidth = 450_GB_per_s;
  cluster.node.scale_out_bandwidth = 50_GB_per_s;
  cluster.fabric.efficiency = 1;
  return cluster;
}

/// The tiers of a machine as a tree whose units have one thick cable upwards each.
std::shared_ptr<const NetworkGraph> tree_of(const Cluster& cluster) {
  std::vector<FatTreeLevel> levels;
  long long below = 1;
  double cumulated = 1;
  for (std::size_t t = 0; t < cluster.fabric.tiers.size(); ++t) {
    const Fabric::Tier& tier = cluster.fabric.tiers[t];
    FatTreeLevel level;
    level.children = static_cast<std::uint32_t>(tier.chips / below);
    level.capacity = cluster.node.scale_out_bandwidth * (static_cast<double>(below) / cumulated);
    levels.push_back(level);
    cumulated *= tier.oversubscription;
    below = tier.chips;
  }
  Diagnostics diagnostics;
  auto tree = FatTree::build(levels, {}, {}, diagnostics);
  REQUIRE_FALSE(diagnostics.has_errors());
  return tree;
}

RankChips packed(const Cluster& cluster) {
  return place_ranks(cluster, 0);
}

TEST_CASE("folded load: hand-computed, a ring over an oversubscribed core") {
  // 4 pods of 32 chips in nodes of 8, 7:1 above the pods. A pod's ring enters and leaves once for each of 8 NICs: 8
  // flows over 32 / 7 NICs' worth of uplinks, 1.75 times what a NIC takes.
  Cluster cluster = machine(128, 8);
  cluster.fabric.tiers = {{"pod", 32, 7, 0, {}}, {"core", 128, 1, 0, {}}};
  const Group all{128, 8, 8, 0};
  CHECK(FoldedLoad(cluster).stretch(all, Traffic::Neighbour) == doctest::Approx(8.0 / (32.0 / 7)));
  // All-to-all: each chip sends to 120 others behind its NIC, 96 of them outside of the pod.
  CHECK(FoldedLoad(cluster).stretch(all, Traffic::Uniform) == doctest::Approx(7.0 * 96 / 120));
  // Groups of a pod never leave it.
  CHECK(FoldedLoad(cluster).stretch({32, 8, 8, 32}, Traffic::Uniform) == 1);
}

TEST_CASE("folded load: law, equal to explicit flows on random machines and groups") {
  for (std::uint32_t seed = 0; seed < 300; ++seed) {
    CAPTURE(seed);
    Rng rng = Rng::stream(seed, "test/folded");
    const int node_chips = 1 + static_cast<int>(rng.below(9));
    const std::uint64_t wide = seed % 10 == 0 ? 8 : 4;
    const long long leaf = node_chips * static_cast<long long>(1 + rng.below(wide));
    const long long pod = leaf * static_cast<long long>(1 + rng.below(wide));
    const long long top = pod * static_cast<long long>(1 + rng.below(wide));
    if (pod == leaf || top == pod || top > 4096) continue;
    Cluster cluster = machine(top, node_chips);
    cluster.fabric.tiers = {
        {"leaf", leaf, rng.uniform(1, 4), 0, {}}, {"pod", pod, rng.uniform(1, 8), 0, {}}, {"core", top, 1, 0, {}}};
    const FoldedLoad folded(cluster);
    const FlowLoad flows(cluster, tree_of(cluster), packed(cluster));
    for (int group = 0; group < 6; ++group) {
      const long long stride = 1 + static_cast<long long>(rng.below(seed % 2 == 0 ? 2 * node_chips : 64));
      const long long ranks = 1 + static_cast<long long>(rng.below(static_cast<std::uint64_t>(top / stride) + 1));
      if (ranks * stride > top) continue;
      const Group g = strided_group(ranks, stride, cluster.node);
      CAPTURE(ranks);
      CAPTURE(stride);
      for (const Traffic traffic : {Traffic::Neighbour, Traffic::Tree, Traffic::Uniform}) {
        if (!FoldedLoad::folds(cluster, g)) continue;
        if (traffic == Traffic::Uniform && ranks > 600) continue;  // a million flows say no more
        CHECK(folded.stretch(g, traffic) == doctest::Approx(flows.stretch(g, traffic)).epsilon(1e-9));
      }
    }
  }
}

TEST_CASE("folded load: law, equal to explicit flows where nodes reach other rails over their scale-up links") {
  Cluster cluster = machine(512, 8);
  cluster.fabric.rails = Rails::Optimised;
  cluster.fabric.tiers = {{"leaf", 64, 2, 0, {}}, {"pod", 256, 3, 0, {}}, {"core", 512, 1, 0, {}}};
  Diagnostics diagnostics;
  const std::shared_ptr<const NetworkGraph> graph = build_fabric_graph(cluster, 512, {}, 0, diagnostics);
  diagnostics.throw_if_errors();
  const FoldedLoad folded(cluster);
  const FlowLoad flows(cluster, graph, packed(cluster));
  for (const auto& [ranks, stride] : {std::pair{512, 1}, {64, 8}, {256, 2}, {32, 1}}) {
    const Group g = strided_group(ranks, stride, cluster.node);
    for (const Traffic traffic : {Traffic::Neighbour, Traffic::Tree, Traffic::Uniform}) {
      CAPTURE(ranks);
      CHECK(folded.stretch(g, traffic) == doctest::Approx(flows.stretch(g, traffic)).epsilon(1e-9));
    }
  }
}

TEST_CASE("folded load: law, more bandwidth above never slows a group down") {
  for (const Traffic traffic : {Traffic::Neighbour, Traffic::Tree, Traffic::Uniform}) {
    double before = 0;
    for (const double oversubscription : {1.0, 2.0, 4.0, 16.0}) {
      Cluster cluster = machine(512, 8);
      cluster.fabric.tiers = {{"pod", 64, oversubscription, 0, {}}, {"core", 512, 1, 0, {}}};
      const double stretch = FoldedLoad(cluster).stretch(strided_group(64, 8, cluster.node), traffic);
      CHECK(stretch >= before);
      before = stretch;
    }
    CHECK(before > 1);
  }
}

TEST_CASE("folded load: what it cannot fold, it says") {
  Cluster cluster = machine(128, 8);
  CHECK(FoldedLoad::obstacle(cluster).empty());
  cluster.fabric.tiers = {{"rack", 4, 1, 0, {}}};
  CHECK(FoldedLoad::obstacle(cluster) == "a rack of 4 chips cuts scale-up domains");
  cluster.fabric.routing = Routing::Ecmp;
  CHECK(FoldedLoad::obstacle(cluster) == "its routing sends a flow over one path");
}

}  // namespace
}  // namespace orrery
