#include <benchmark/benchmark.h>

#include "network/topology/fat_tree.hpp"

namespace orrery {
namespace {

/// 32^4 = 1,048,576 endpoints below 131,072 switches of 64 ports: 4,194,304 cables.
std::vector<FatTreeLevel> million() {
  FatTreeLevel level{32, 32, 1, 50_GB_per_s, 1_us};
  std::vector<FatTreeLevel> levels(4, level);
  levels[0].parents = 1;
  return levels;
}

void fat_tree_build(benchmark::State& state) {
  for (auto _ : state) {
    Diagnostics diagnostics;
    benchmark::DoNotOptimize(FatTree::build(million(), {static_cast<Routing>(state.range(0)), 1}, {}, diagnostics));
  }
}
/// Goal: 0.5 s (0: spray, 1: hashed, 2: d-mod-k).
BENCHMARK(fat_tree_build)->Arg(0)->Arg(1)->Arg(2)->Unit(benchmark::kMillisecond);

/// Goal: 100 ns a hop. One million flows over all four tiers and back: 8 hops each.
void fat_tree_routes(benchmark::State& state) {
  Diagnostics diagnostics;
  FailedParts failed;
  if (state.range(1) > 0) failed.shares.push_back({1, 0.01, 0, 0});
  const auto tree = FatTree::build(million(), {static_cast<Routing>(state.range(0)), 1}, failed, diagnostics);
  std::vector<RouteHop> hops;
  std::size_t total = 0;
  for (auto _ : state) {
    for (std::uint32_t source = 0; source < tree->endpoints(); ++source) {
      hops.clear();
      tree->route(source, (source * 2654435761U + 12345) % tree->endpoints(), 0, hops);
      total += hops.size();
    }
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(total));
}
BENCHMARK(fat_tree_routes)->ArgsProduct({{0, 1, 2}, {0, 1}})->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace orrery
