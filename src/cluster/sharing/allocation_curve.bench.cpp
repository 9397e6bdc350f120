#include "cluster/sharing/allocation_curve.hpp"

#include <benchmark/benchmark.h>

#include <array>
#include <string>

#include "base/random.hpp"

namespace orrery {
namespace {

/// The GPU nodes of Alibaba's openb cluster (1,213 nodes, 6,212 GPUs) by their sizes, mixed.
SharedMachine openb_machine() {
  const std::vector<NodeGroup> kinds = {
      {"", "G2", "", 549, 8, 96000, 393216},     {"", "T4", "", 387, 2, 104000, 524288},
      {"", "P100", "", 107, 2, 16000, 122880},   {"", "G3", "", 39, 8, 128000, 786432},
      {"", "V100M16", "", 28, 4, 32000, 131072}, {"", "P100", "", 27, 2, 64000, 262144},
      {"", "V100M32", "", 21, 8, 96000, 786432}, {"", "V100M16", "", 19, 1, 8000, 32768},
      {"", "T4", "", 17, 4, 96000, 393216},      {"", "V100M32", "", 9, 4, 48000, 376832},
      {"", "V100M16", "", 8, 8, 64000, 262144},  {"", "A10", "", 2, 1, 128000, 1048576}};
  return {kinds, {}};
}

/// 8,152 pods of 150 kinds in openb's proportions: 13 % ask for CPUs alone, 38 % share a GPU, 48 % have one, 1 % more.
JobTable openb_like_pods() {
  constexpr std::array<std::int32_t, 8> kShares = {50, 110, 220, 300, 460, 500, 610, 810};
  Rng rng = Rng::stream(1, "bench/pods");
  std::vector<Pod> kinds;
  const auto add = [&](int count, auto gpus, auto milli) {
    for (int i = 0; i < count; ++i) {
      const auto size = static_cast<std::int64_t>(1 + rng.below(16));
      kinds.push_back({gpus(), milli(), -1, 1000 * size, 2048 * size});
    }
  };
  const auto fixed = [](std::int32_t n) { return [n] { return n; }; };
  add(20, fixed(0), fixed(0));
  add(57, fixed(1), [&] { return kShares[rng.below(kShares.size())]; });
  add(70, fixed(1), fixed(1000));
  add(
      3, [&] { return std::int32_t{2} << rng.below(3); }, fixed(1000));
  JobTable jobs;
  for (int i = 0; i < 8152; ++i) {
    // The product of two draws makes some kinds common and most rare.
    const double u = rng.uniform01();
    const std::size_t first = u < 0.13 ? 0 : u < 0.51 ? 20 : u < 0.99 ? 77 : 147;
    const std::size_t count = u < 0.13 ? 20 : u < 0.51 ? 57 : u < 0.99 ? 70 : 3;
    const Pod& pod = kinds[first + rng.below(1 + rng.below(count))];
    jobs.submit.push_back(0);
    jobs.run.push_back(kHour);
    jobs.gpus.push_back(pod.gpus);
    jobs.gpu_milli.push_back(pod.gpus > 0 ? pod.gpu_milli : kWholeGpu);
    jobs.cpu_milli.push_back(static_cast<std::int32_t>(pod.cpu_milli));
    jobs.memory_mib.push_back(static_cast<std::int32_t>(pod.memory_mib));
  }
  return jobs;
}

/// Goal: 6,200 pods a second under every rule, 1,000 times the published simulator of FGD on openb (6.2 pods a CPU
/// second); in reach are 500,000.
void allocation_curve_openb(benchmark::State& state) {
  const SharedMachine machine = openb_machine();
  const JobTable jobs = openb_like_pods();
  const auto rule = kSharingRules.at(static_cast<std::size_t>(state.range(0)));
  state.SetLabel(std::string(name_of(rule)));
  double pods = 0, end = 0;
  std::uint64_t seed = 42;
  for (auto _ : state) {
    const AllocationCurve curve = allocation_curve(jobs, machine, rule, seed++);
    pods += static_cast<double>(curve.arrived);
    end = curve.allocated.back();
  }
  state.counters["pods_per_second"] = benchmark::Counter(pods, benchmark::Counter::kIsRate);
  state.counters["goal_pods_per_second"] = 6200;
  state.counters["allocated_percent"] = end;
}
BENCHMARK(allocation_curve_openb)->DenseRange(0, 6)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace orrery
