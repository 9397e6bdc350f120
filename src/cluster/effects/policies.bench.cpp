#include <benchmark/benchmark.h>

#include <string>
#include <vector>

#include "base/random.hpp"
#include "cluster/effects/elastic_scheduler.hpp"
#include "cluster/effects/gavel_scheduler.hpp"
#include "cluster/effects/interconnect_fit.hpp"
#include "cluster/gpu_placement.hpp"
#include "cluster/test_workloads.hpp"

namespace orrery {
namespace {

constexpr int kKinds = 26, kTypes = 3;

/// Three types of GPUs, twelve nodes of each, and jobs of 26 kinds that load them fully.
struct Cluster {
  SharedMachine machine;
  JobTable jobs;
  RateTable rates;
};

Cluster busy_cluster(std::size_t count) {
  SharedMachine machine;
  for (const char* type : {"k80", "p100", "v100"})
    machine.groups.push_back({.name = type, .gpu_type = type, .nodes = 12, .gpus = 8});
  machine.levels = {{"rack", 4}};
  JobTable jobs = test::random_jobs(1, count, 96, 2.5);
  Rng rng = Rng::stream(1, "bench/rates");
  RateTable rates(kKinds, kTypes, level_count(machine), {1, 2, 4, 8, 16});
  for (int kind = 0; kind < kKinds; ++kind) {
    jobs.kinds.add("kind " + std::to_string(kind));
    for (int type = 0; type < kTypes; ++type) {
      double rate = rng.uniform(1, 3) * (1 + type);
      for (const std::int32_t gpus : rates.gpus()) {
        rates.set(kind, type, gpus == 1 ? kGpuLevel : kNodeLevel, gpus, rate);
        rates.set(kind, type, 3, gpus, 0.7 * rate);
        rate *= 1.8;
      }
    }
  }
  for (std::size_t i = 0; i < count; ++i) {
    jobs.kind.push_back(static_cast<std::int32_t>(rng.below(kKinds)));
    jobs.min_gpus.push_back(1 + static_cast<std::int32_t>(rng.below(static_cast<std::uint64_t>(jobs.gpus[i]))));
  }
  name_gpu_types(machine, jobs);
  return {machine, jobs, rates};
}

/// Goal: 100 ns a start.
void speed_of_a_placement(benchmark::State& state) {
  const Cluster cluster = busy_cluster(1000);
  const SpeedTable speed(cluster.machine, cluster.jobs, cluster.rates);
  const std::vector<Slice> slices = {{1, 8}, {2, 8}};
  JobId job = 0;
  for (auto _ : state) {
    job = (job + 1) % 1000;
    benchmark::DoNotOptimize(speed.speed(cluster.jobs, job, slices));
  }
}
BENCHMARK(speed_of_a_placement)->Unit(benchmark::kNanosecond);

template <class Policy>
void replay(benchmark::State& state) {
  const Cluster cluster = busy_cluster(static_cast<std::size_t>(state.range(0)));
  const SpeedTable speed(cluster.machine, cluster.jobs, cluster.rates);
  const std::vector<JobId> rows = test::all_rows(cluster.jobs);
  for (auto _ : state) {
    GpuPlacement placement(cluster.machine, cluster.jobs);
    Policy policy(cluster.machine, cluster.jobs, cluster.rates);
    benchmark::DoNotOptimize(ClusterEngine(cluster.jobs, rows, placement, policy, {}, &speed).run().last_event);
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
/// Goal: 4,000 jobs/s, the allocation of some 120 classes solved anew in nearly every round.
BENCHMARK(replay<GavelScheduler>)->Name("gavel_replay")->Arg(10'000)->Unit(benchmark::kMillisecond);
/// Goal: 20,000 jobs/s.
BENCHMARK(replay<ElasticScheduler>)->Name("elastic_replay")->Arg(10'000)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace orrery
