#include <benchmark/benchmark.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/random.hpp"
#include "cluster/metrics/fairness.hpp"
#include "cluster/metrics/outcome.hpp"
#include "cluster/metrics/usage.hpp"
#include "cluster/replay.hpp"

namespace orrery {
namespace {

/// Jobs of 27 tenants on 4,000 GPUs, which they load to about 95 %: sizes and run times spread as in large traces.
ClusterSpec busy_cluster(int count) {
  JobTable jobs;
  Rng rng = Rng::stream(1, "bench/metrics");
  for (int i = 0; i < 27; ++i) jobs.tenants.add(std::to_string(i));
  double now = 0;
  for (int i = 0; i < count; ++i) {
    now += rng.exponential(4500.0);
    jobs.submit.push_back(static_cast<Millis>(now));
    jobs.run.push_back(static_cast<Millis>(1000 + 1000 * std::min(3e6, rng.lognormal(5.33, 2.6))));
    jobs.gpus.push_back(1 << std::min(7, static_cast<int>(rng.exponential(1.2))));
    jobs.tenant.push_back(static_cast<std::int32_t>(rng.below(27)));
  }
  ClusterSpec spec;
  spec.jobs = std::make_shared<JobTable>(std::move(jobs));
  spec.machine.groups.push_back({.name = "nodes", .nodes = 500, .gpus = 8});
  return spec;
}

/// What measuring a replay adds to it. Goal: 0.2 us a job.
void cluster_usage_of_a_million_jobs(benchmark::State& state) {
  const ClusterSpec spec = busy_cluster(1'000'000);
  for (auto _ : state) {
    ClusterReplay replay(spec, {});
    Usage usage(*spec.jobs, replay.placement(),
                {.begin = 0,
                 .left_waiting = [&replay] { return replay.left_waiting(); },
                 .largest_gang = [&replay] { return replay.largest_gang(); }});
    const JobSchedule schedule = replay.run(state.range(0) != 0 ? &usage : nullptr);
    benchmark::DoNotOptimize(usage.summary(schedule.last_event).allocated_hours);
  }
}
BENCHMARK(cluster_usage_of_a_million_jobs)->ArgName("measured")->Arg(0)->Arg(1)->Unit(benchmark::kMillisecond);

/// Waits, turnarounds and slowdowns by tenant and size, and fairness. Goal: 1 us a job.
void cluster_outcome_of_a_million_jobs(benchmark::State& state) {
  const ClusterSpec spec = busy_cluster(1'000'000);
  ClusterReplay replay(spec, {});
  Usage usage(*spec.jobs, replay.placement());
  const JobSchedule schedule = replay.run(&usage);
  const UsageSummary summary = usage.summary(schedule.last_event);
  for (auto _ : state) {
    benchmark::DoNotOptimize(outcome_of(*spec.jobs, replay.rows(), schedule).all.wait.p90);
    benchmark::DoNotOptimize(fairness_of(*spec.jobs, replay.rows(), schedule, summary, {}).jain);
  }
  state.counters["goal_ms"] = 1000;
}
BENCHMARK(cluster_outcome_of_a_million_jobs)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace orrery
