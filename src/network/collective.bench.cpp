#include <benchmark/benchmark.h>

#include "network/hierarchical.hpp"

namespace orrery {
namespace {

Cluster cluster() {
  Cluster c;
  c.chip.vendor = "NVIDIA";
  c.chip.peak_fp8 = 1979_TFLOP_per_s;
  c.node.scale_up_bandwidth = 450_GB_per_s;
  c.node.scale_out_bandwidth = 50_GB_per_s;
  c.fabric.tiers = {{"leaf", 256, 1}, {"pod", 3072, 7}};
  c.chips = 16384;
  return c;
}

/// Goal: 1 us for the curve with the most lines, an all-reduce over many servers.
void collective_curve(benchmark::State& state) {
  const HierarchicalModel model(cluster());
  for (auto _ : state) benchmark::DoNotOptimize(model.curve(Collective::AllReduce, {4096, 8, 8}));
}
BENCHMARK(collective_curve)->Unit(benchmark::kNanosecond);

/// Goal: 20 ns a payload.
void collective_time(benchmark::State& state) {
  const auto curve = HierarchicalModel(cluster()).curve(Collective::AllReduce, {4096, 8, 8});
  double payload = 1e3;
  for (auto _ : state) {
    payload = payload > 1e10 ? 1e3 : payload * 1.5;
    benchmark::DoNotOptimize(curve.time(Bytes(payload)));
  }
}
BENCHMARK(collective_time)->Unit(benchmark::kNanosecond);

}  // namespace
}  // namespace orrery
