#include <benchmark/benchmark.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "base/random.hpp"
#include "cluster/gpu_placement.hpp"
#include "cluster/quota/kueue_scheduler.hpp"
#include "cluster/quota/share_scheduler.hpp"

namespace orrery {
namespace {

constexpr int kTeams = 20;

/// 200,000 jobs of twenty teams on 256 nodes of 8 GPUs, at 97 % of capacity: sizes and run times as widely
/// spread as in published traces (medians of minutes, means of hours, gangs of up to 256 GPUs), three priorities.
const JobTable& jobs() {
  static const JobTable table = [] {
    JobTable made;
    Rng rng = Rng::stream(1, "bench/quota");
    double work = 0;
    for (int job = 0; job < 200'000; ++job) {
      const double size = rng.uniform01();
      const int gpus = size < 0.6 ? 1 : size < 0.97 ? 1 << rng.below(4) : 1 << (4 + rng.below(5));
      made.gpus.push_back(gpus);
      made.run.push_back(static_cast<Millis>(1000 * std::min(rng.lognormal(std::log(300.0), 1.8), 2e5)) + 1000);
      made.tenant.push_back(static_cast<std::int32_t>(rng.below(kTeams)));
      made.priority.push_back(static_cast<std::int32_t>(rng.below(3)));
      work += static_cast<double>(made.run.back()) / 1000 * gpus;
    }
    // Arrivals over as long as the work takes at that load, twice as dense by day.
    const double seconds = work / (256.0 * 8 * 0.97);
    double time = 0;
    for (int job = 0; job < 200'000; ++job) {
      const double day = std::sin(time / 86400 * 2 * 3.141592653589793);
      time += rng.exponential(seconds / 200'000 / (1 + 0.5 * day));
      made.submit.push_back(static_cast<Millis>(time * 1000));
    }
    for (int team = 0; team < kTeams; ++team) made.tenants.add("team" + std::to_string(team));
    return made;
  }();
  return table;
}

KueueSpec kueue(bool fair, bool preempt) {
  KueueSpec spec;
  spec.fair_sharing.enable = fair;
  for (int team = 0; team < kTeams; ++team) {
    KueueClusterQueue queue;
    queue.name = "team" + std::to_string(team);
    queue.cohort = "org" + std::to_string(team % 4);
    queue.resource_groups = {{{"nvidia.com/gpu"}, {{"h100", {{"nvidia.com/gpu", "102", {}, {}}}}}}};
    if (preempt) {
      queue.preemption.within_cluster_queue = KueuePreemption::LowerPriority;
      queue.preemption.reclaim_within_cohort = KueuePreemption::Any;
    }
    spec.cluster_queues.push_back(queue);
  }
  for (int org = 0; org < 4; ++org) {
    KueueCohort cohort;
    cohort.name = "org" + std::to_string(org);
    cohort.parent = "company";
    spec.cohorts.push_back(cohort);
  }
  return spec;
}

SharedMachine machine() {
  SharedMachine made;
  made.groups.push_back({.name = "nodes", .gpu_type = {}, .pool = {}, .nodes = 256, .gpus = 8});
  return made;
}

template <class Make>
void replay(benchmark::State& state, Make&& make) {
  std::vector<JobId> rows(jobs().size());
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = static_cast<JobId>(i);
  for (auto _ : state) {
    GpuPlacement placement(machine(), jobs());
    auto scheduler = make(rows);
    EngineOptions options;
    const JobSchedule schedule = ClusterEngine(jobs(), rows, placement, scheduler, options).run();
    double wait = 0;
    long long stops = 0;
    for (std::size_t i = 0; i < rows.size(); ++i)
      wait += static_cast<double>(schedule.first_start[i] - jobs().submit[i]);
    for (const std::uint16_t n : schedule.stops) stops += n;
    state.counters["wait_s"] = wait / 1000 / static_cast<double>(rows.size());
    state.counters["preemptions"] = static_cast<double>(stops);
    state.counters["jobs/s"] =
        benchmark::Counter(static_cast<double>(rows.size()), benchmark::Counter::kIsIterationInvariantRate);
  }
}

/// Goal: 200,000 jobs a second, as of the other policies with many waiting jobs.
void kueue_replay(benchmark::State& state) {
  const KueueSpec spec = kueue(state.range(0) == 2, state.range(0) >= 1);
  replay(state, [&](const std::vector<JobId>& rows) { return KueueScheduler(spec, jobs(), rows); });
}
BENCHMARK(kueue_replay)->Arg(0)->Arg(1)->Arg(2)->Unit(benchmark::kMillisecond);

void kai_replay(benchmark::State& state) {
  KaiSpec spec;
  for (int team = 0; team < kTeams; ++team) {
    KaiQueue queue;
    queue.name = "team" + std::to_string(team);
    queue.parent_queue = "org" + std::to_string(team % 4);
    queue.gpu.quota = 80;
    spec.queues.push_back(queue);
  }
  for (int org = 0; org < 4; ++org) {
    KaiQueue queue;
    queue.name = "org" + std::to_string(org);
    queue.gpu.quota = 400;
    spec.queues.push_back(queue);
  }
  spec.reclaim = spec.preempt = spec.consolidate = state.range(0) == 1;
  replay(state,
         [&](const std::vector<JobId>& rows) { return ShareScheduler(kai_policy(spec), machine(), jobs(), rows); });
}
BENCHMARK(kai_replay)->Arg(0)->Arg(1)->Unit(benchmark::kMillisecond);

void volcano_replay(benchmark::State& state) {
  VolcanoSpec spec;
  for (int team = 0; team < kTeams; ++team) {
    VolcanoQueue queue;
    queue.name = "team" + std::to_string(team);
    queue.weight = 1 + team % 3;
    spec.queues.push_back(queue);
  }
  spec.reclaim = spec.preempt = state.range(0) == 1;
  replay(state,
         [&](const std::vector<JobId>& rows) { return ShareScheduler(volcano_policy(spec), machine(), jobs(), rows); });
}
BENCHMARK(volcano_replay)->Arg(0)->Arg(1)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace orrery
