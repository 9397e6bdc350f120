#include "cluster/grants/grant_scheduler.hpp"

#include <benchmark/benchmark.h>

#include <string>
#include <vector>

#include "base/random.hpp"
#include "cluster/gpu_placement.hpp"
#include "cluster/test_workloads.hpp"

namespace orrery {
namespace {

constexpr int kTenants = 1441, kNodes = 250;
constexpr std::size_t kJobs = 100'000;

/// 1,441 tenants on 2,000 GPUs, whose jobs come and go for half a year.
JobTable many_tenants() {
  JobTable jobs = test::random_jobs(1, kJobs, kNodes * 8, 0.7);
  for (std::size_t row = 0; row < jobs.size(); ++row) {
    jobs.submit[row] *= 60;
    jobs.run[row] *= 60;
    jobs.limit[row] *= 60;
  }
  Rng rng = Rng::stream(1, "bench/tenants");
  for (int tenant = 0; tenant < kTenants; ++tenant) jobs.tenants.add("firm " + std::to_string(tenant));
  for (std::size_t row = 0; row < jobs.size(); ++row)
    jobs.tenant.push_back(static_cast<std::int32_t>(rng.below(kTenants)));
  return jobs;
}

void replay(benchmark::State& state, const GrantParameters& parameters) {
  const SharedMachine machine = test::plain_machine(kNodes);
  const JobTable jobs = many_tenants();
  const std::vector<JobId> rows = test::all_rows(jobs);
  for (auto _ : state) {
    GpuPlacement placement(machine, jobs);
    const auto scheduler = make_grant_scheduler(parameters, machine.gpus(), jobs, rows, 1);
    benchmark::DoNotOptimize(ClusterEngine(jobs, rows, placement, *scheduler).run());
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kJobs));
}

/// Goal: 200,000 jobs/s.
void grants_of_blocks(benchmark::State& state) {
  GrantParameters parameters;
  parameters.gpus = 20;
  parameters.length = Seconds(30 * 86400.0);
  parameters.reclaim_after_idle = Seconds(86400);
  replay(state, parameters);
}
BENCHMARK(grants_of_blocks)->Unit(benchmark::kMillisecond);

/// Goal: 200,000 jobs/s; 100,000 where jobs are charged as they run and preempt others at low priority.
void grants_of_credits(benchmark::State& state) {
  GrantParameters parameters;
  parameters.mode = GrantMode::Credits;
  parameters.period = Seconds(30 * 86400.0);
  parameters.charge = state.range(0) == 0 ? CreditCharge::Running : CreditCharge::Reserved;
  parameters.low_priority = state.range(1) != 0;
  replay(state, parameters);
}
BENCHMARK(grants_of_credits)->Args({0, 0})->Args({0, 1})->Args({1, 0})->Args({1, 1})->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace orrery
