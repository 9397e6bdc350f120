// Replays of generated jobs and of the Philly trace, with goals in jobs a second on one core.
#include <benchmark/benchmark.h>

#include <memory>

#include "base/random.hpp"
#include "cluster/generator.hpp"
#include "cluster/replay.hpp"

namespace orrery {
namespace {

/// As many jobs as the four Helios clusters ran in half a year, at their rate, on as many GPUs as they had.
const ClusterSpec& helios_like() {
  static const ClusterSpec spec = [] {
    Diagnostics diagnostics;
    TraceTotals totals = trace_totals("helios", {}, diagnostics);
    JobTable jobs = generated_jobs(totals, {.jobs = 3'400'000});
    // Virtual clusters as tenants of one machine.
    jobs.tenant = std::move(jobs.pool);
    jobs.tenants = std::move(jobs.pools);
    jobs.pool.clear();
    jobs.pools = {};
    fill_limits(jobs, MissingLimit::Run);
    ClusterSpec made;
    made.jobs = std::make_shared<const JobTable>(std::move(jobs));
    made.machine.groups.emplace_back().nodes = 802;
    return made;
  }();
  return spec;
}

/// `waiting` jobs of one GPU and an hour at once, so that the queue is about that long throughout.
ClusterSpec long_queue(std::int64_t waiting) {
  JobTable jobs;
  Rng rng = Rng::stream(1, "bench/queue");
  constexpr int kGpus = 800;
  for (std::int64_t i = 0; i < waiting + 200'000; ++i) {
    jobs.submit.push_back(i < waiting ? 0 : (i - waiting) * kHour / kGpus);
    jobs.run.push_back(static_cast<Millis>(rng.exponential(static_cast<double>(kHour))) + 1);
    jobs.gpus.push_back(1 << rng.below(4));
    jobs.limit.push_back(2 * jobs.run.back());
    jobs.user.push_back(static_cast<std::int32_t>(rng.below(100)));
    jobs.tenant.push_back(jobs.user.back() % 10);
  }
  for (int user = 0; user < 100; ++user) jobs.users.add(std::to_string(user));
  for (int tenant = 0; tenant < 10; ++tenant) jobs.tenants.add(std::to_string(tenant));
  ClusterSpec spec;
  spec.jobs = std::make_shared<const JobTable>(std::move(jobs));
  spec.machine.groups.emplace_back().nodes = kGpus * 15 / 4 / 8;
  return spec;
}

ClusterPolicy policy_of(PolicyKind kind) {
  ClusterPolicy policy;
  policy.kind = kind;
  policy.slurm.priority_type = SlurmPriorityType::Multifactor;
  policy.slurm.priority_weight_fairshare = 10'000;
  policy.slurm.priority_weight_age = 1'000;
  return policy;
}

void replay(benchmark::State& state, const ClusterSpec& spec, PolicyKind kind, double goal) {
  const ClusterPolicy policy = policy_of(kind);
  for (auto _ : state) {
    ClusterReplay one(spec, policy);
    benchmark::DoNotOptimize(one.run().last_event);
  }
  const double jobs = static_cast<double>(spec.jobs->size()) * static_cast<double>(state.iterations());
  state.counters["jobs/s"] = benchmark::Counter(jobs, benchmark::Counter::kIsRate);
  state.counters["goal"] = goal;
}

void helios_fifo(benchmark::State& state) {
  replay(state, helios_like(), PolicyKind::Fifo, 1e6);
}
void helios_easy(benchmark::State& state) {
  replay(state, helios_like(), PolicyKind::Easy, 2e5);
}
void helios_fair_share(benchmark::State& state) {
  replay(state, helios_like(), PolicyKind::FairShare, 2e5);
}
void helios_shortest_remaining(benchmark::State& state) {
  replay(state, helios_like(), PolicyKind::ShortestRemaining, 2e5);
}
BENCHMARK(helios_fifo)->Unit(benchmark::kMillisecond)->Iterations(1);
BENCHMARK(helios_easy)->Unit(benchmark::kMillisecond)->Iterations(1);
BENCHMARK(helios_fair_share)->Unit(benchmark::kMillisecond)->Iterations(1);
BENCHMARK(helios_shortest_remaining)->Unit(benchmark::kMillisecond)->Iterations(1);

/// The goal: the time of a job does not grow with the queue (fifo), or as its logarithm (the others).
void queue_fifo(benchmark::State& state) {
  replay(state, long_queue(state.range(0)), PolicyKind::Fifo, 1e6);
}
void queue_easy(benchmark::State& state) {
  replay(state, long_queue(state.range(0)), PolicyKind::Easy, 2e5);
}
void queue_fair_share(benchmark::State& state) {
  replay(state, long_queue(state.range(0)), PolicyKind::FairShare, 2e5);
}
BENCHMARK(queue_fifo)->Unit(benchmark::kMillisecond)->Arg(1'000)->Arg(10'000)->Arg(100'000);
BENCHMARK(queue_easy)->Unit(benchmark::kMillisecond)->Arg(1'000)->Arg(10'000)->Arg(100'000);
BENCHMARK(queue_fair_share)->Unit(benchmark::kMillisecond)->Arg(1'000)->Arg(10'000)->Arg(100'000);

}  // namespace
}  // namespace orrery
