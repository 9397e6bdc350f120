#include <benchmark/benchmark.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>

#include "base/random.hpp"
#include "cluster/engine.hpp"
#include "cluster/gpu_placement.hpp"
#include "cluster/slurm/scheduler.hpp"

namespace orrery {
namespace {

constexpr int kNodes = 256;
constexpr std::size_t kJobs = 200'000;

/// Jobs of 40 accounts and 400 users on 2,048 GPUs: sizes 1 to 256, run times lognormal around 10 minutes with a long
/// tail (mean 66 min), arrivals by day and night, limits 1 to 4 times the run time.
JobTable loaded_jobs(double load) {
  JobTable jobs;
  Rng rng = Rng::stream(11, "slurm benchmark");
  const auto gpus = [&] {
    const double draw = rng.uniform01();
    if (draw < 0.6) return 1;
    if (draw < 0.85) return 1 << (1 + rng.below(3));
    return draw < 0.99 ? 8 << rng.below(3) : 64 << rng.below(3);
  };
  double work = 0;
  for (std::size_t job = 0; job < kJobs; ++job) {
    const double run = std::min(5 * 86400.0, std::max(10.0, rng.lognormal(std::log(600.0), 1.95)));
    jobs.gpus.push_back(gpus());
    jobs.run.push_back(static_cast<Millis>(run) * kSecond);
    jobs.limit.push_back(jobs.run.back() * static_cast<Millis>(1 + rng.below(4)));
    const auto user = static_cast<std::int32_t>(rng.below(400));
    jobs.user.push_back(user);
    jobs.tenant.push_back(user % 40);
    work += run * jobs.gpus.back();
  }
  const double gap = work / (load * kNodes * 8) / static_cast<double>(kJobs);
  double now = 0;
  for (std::size_t job = 0; job < kJobs; ++job) {
    now += rng.exponential(gap) / (1 + 0.5 * std::sin(now / 86400 * 2 * 3.14159265358979));
    jobs.submit.push_back(static_cast<Millis>(now) * kSecond);
  }
  for (int user = 0; user < 400; ++user) jobs.users.add("u" + std::to_string(user));
  for (int account = 0; account < 40; ++account) jobs.tenants.add("a" + std::to_string(account));
  return jobs;
}

void replay(benchmark::State& state, const SlurmParameters& parameters, double load) {
  const JobTable jobs = loaded_jobs(load);
  SharedMachine machine;
  machine.groups.emplace_back().nodes = kNodes;
  std::vector<JobId> rows(jobs.size());
  std::iota(rows.begin(), rows.end(), 0);
  double wait = 0;
  for (auto _ : state) {
    GpuPlacement placement(machine, jobs);
    SlurmScheduler slurm(parameters, machine, jobs, rows);
    const JobSchedule schedule = ClusterEngine(jobs, rows, placement, slurm).run();
    wait = 0;
    for (std::size_t job = 0; job < jobs.size(); ++job)
      wait += static_cast<double>(schedule.first_start[job] - jobs.submit[job]) / kSecond / kJobs;
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kJobs));
  state.counters["mean wait s"] = wait;
}

SlurmParameters multifactor() {
  SlurmParameters p;
  p.priority_type = SlurmPriorityType::Multifactor;
  p.priority_weight_age = 1000;
  p.priority_weight_fairshare = 10000;
  return p;
}

/// Goal: 200 thousand jobs a second.
void slurm_builtin(benchmark::State& state) {
  SlurmParameters p;
  p.scheduler_type = SlurmSchedulerType::Builtin;
  replay(state, p, 0.7);
}
BENCHMARK(slurm_builtin)->Unit(benchmark::kMillisecond);

/// Goal: 50 thousand jobs a second, each pass of the plan included.
void slurm_backfill(benchmark::State& state) {
  replay(state, {}, 0.85);
}
BENCHMARK(slurm_backfill)->Unit(benchmark::kMillisecond);

/// Goal: the same.
void slurm_multifactor(benchmark::State& state) {
  replay(state, multifactor(), 0.85);
}
BENCHMARK(slurm_multifactor)->Unit(benchmark::kMillisecond);

/// Goal: 10 thousand jobs a second with thousands of jobs waiting.
void slurm_multifactor_overload(benchmark::State& state) {
  replay(state, multifactor(), 1.02);
}
BENCHMARK(slurm_multifactor_overload)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace orrery
