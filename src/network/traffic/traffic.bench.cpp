#include <benchmark/benchmark.h>

#include <memory>

#include "network/topology/fat_tree.hpp"
#include "network/traffic/flow_load.hpp"
#include "network/traffic/folded_load.hpp"

namespace orrery {
namespace {

/// 32^4 chips, one a node, below a non-blocking tree of four tiers.
Cluster million() {
  Cluster cluster;
  cluster.chips = 1 << 20;
  cluster.node.chips = cluster.node.scale_up_domain = 1;
  cluster.node.scale_out_bandwidth = 50_GB_per_s;
  cluster.fabric.efficiency = 1;
  cluster.fabric.tiers = {
      {"leaf", 32, 1, 0, {}}, {"pod", 1024, 1, 0, {}}, {"row", 32768, 1, 0, {}}, {"core", 1 << 20, 1, 0, {}}};
  return cluster;
}

std::shared_ptr<const NetworkGraph> tree(std::uint32_t parents) {
  const FatTreeLevel host{32, 1, 1, 50_GB_per_s, {}}, level{32, parents, 1, 50_GB_per_s, {}};
  Diagnostics diagnostics;
  return FatTree::build({host, level, level, level}, {Routing::DestinationModulo, 0}, {}, diagnostics);
}

/// Goal: 10 ms for a ring over 1,048,576 endpoints.
void folded_ring_of_a_million(benchmark::State& state) {
  const FoldedLoad load(million());
  for (auto _ : state) benchmark::DoNotOptimize(load.stretch({1 << 20, 1, 1, 1 << 20}, Traffic::Neighbour));
}
BENCHMARK(folded_ring_of_a_million)->Unit(benchmark::kMillisecond);

/// Goal: 10 ms for an all-to-all over 1,048,576 endpoints: 10^12 flows.
void folded_all_to_all_of_a_million(benchmark::State& state) {
  const FoldedLoad load(million());
  for (auto _ : state) benchmark::DoNotOptimize(load.stretch({1 << 20, 1, 1, 1 << 20}, Traffic::Uniform));
}
BENCHMARK(folded_all_to_all_of_a_million)->Unit(benchmark::kMillisecond);

/// Goal: 1 s for every flow of a step of the ring on its own way, in order, over 32^4 endpoints; the links of the tree
/// are built before.
void counted_ring_of_a_million(benchmark::State& state) {
  const Cluster cluster = million();
  const FlowLoad load(cluster, tree(32), place_ranks(cluster, 0));
  for (auto _ : state) benchmark::DoNotOptimize(load.stretch({1 << 20, 1, 1, 1 << 20}, Traffic::Neighbour));
}
BENCHMARK(counted_ring_of_a_million)->Unit(benchmark::kMillisecond);

/// Goal: 30 s for the same with ranks at random: its time follows from the loads alone, since all flows are equal.
void counted_random_ring_of_a_million(benchmark::State& state) {
  Cluster cluster = million();
  cluster.placement.order = PlacementOrder::Random;
  const FlowLoad load(cluster, tree(32), place_ranks(cluster, 1));
  double stretch = 0;
  for (auto _ : state) benchmark::DoNotOptimize(stretch = load.stretch({1 << 20, 1, 1, 1 << 20}, Traffic::Neighbour));
  state.counters["stretch"] = stretch;
}
BENCHMARK(counted_random_ring_of_a_million)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace orrery
