#include "step/search.hpp"

#include <benchmark/benchmark.h>

#include <chrono>

#include "network/hierarchical.hpp"
#include "step/schedule.hpp"
#include "step/test_specs.hpp"

namespace orrery {
namespace {

/// Goal: 1,000,000 layouts fully costed (time and memory) a second on one core. Settled: costed, or proven not to fit.
/// Without the overlap switches fewer layouts share a price: the rate is lower, the goal the same.
void search_gpt3_175b_on_512_a100(benchmark::State& state, bool switches) {
  const StepSpec spec = test::gpt3_on_512_a100();
  const HierarchicalModel network(spec.cluster);
  SearchSpace space;
  space.overlap_switches = switches;
  SearchCounts counts;
  Seconds best;
  double best_after = 0;
  for (auto _ : state) {
    const auto start = std::chrono::steady_clock::now();
    best = Seconds(1e30);
    counts = for_each_layout(spec, network, space, [&](const StepSpec& candidate, const LayoutCost& cost) {
      if (cost.memory > candidate.cluster.chip.memory || cost.time >= best) return;
      best = cost.time;
      best_after = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    });
    benchmark::DoNotOptimize(best);
  }
  const auto rate = [](long long n) {
    return benchmark::Counter(static_cast<double>(n), benchmark::Counter::kIsIterationInvariantRate);
  };
  state.counters["layouts"] = static_cast<double>(counts.costed);
  state.counters["costed/s"] = rate(counts.costed);
  state.counters["settled/s"] = rate(counts.settled);
  state.counters["best_after_seconds"] = best_after;
  state.counters["goal_layouts_per_second"] = 1e6;
}
BENCHMARK_CAPTURE(search_gpt3_175b_on_512_a100, all_overlaps, true)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(search_gpt3_175b_on_512_a100, one_software, false)->Unit(benchmark::kMillisecond);

/// The same with everything that a plan does: best few hundred executed exactly, front, alternatives.
void plan(benchmark::State& state, const StepSpec& spec, bool switches, double goal_seconds) {
  const HierarchicalModel network(spec.cluster);
  PlanOptions options;
  options.space.overlap_switches = switches;
  SearchCounts counts;
  for (auto _ : state) {
    const auto found = plan_layouts(spec, network, options);
    counts = found->counts;
    benchmark::DoNotOptimize(found);
  }
  state.counters["layouts"] = static_cast<double>(counts.costed);
  state.counters["costed/s"] =
      benchmark::Counter(static_cast<double>(counts.costed), benchmark::Counter::kIsIterationInvariantRate);
  if (goal_seconds > 0) state.counters["goal_seconds"] = goal_seconds;
}
BENCHMARK_CAPTURE(plan, gpt3_175b_on_512_a100, test::gpt3_on_512_a100(), true, 0)->Unit(benchmark::kMillisecond);
/// Goal: the executable answers within 2 s from its start.
BENCHMARK_CAPTURE(plan, llama_405b_on_16384_h100, test::llama_405b_on_16384_h100(), false, 2)
    ->Unit(benchmark::kMillisecond);

/// Goal: the executable answers `orrery step` within 50 ms from its start.
void step_llama_405b_on_16384_h100(benchmark::State& state) {
  StepSpec spec = test::llama_405b_on_16384_h100();
  spec.layout = {.tp = 8, .pp = 16, .vpp = 7, .dp = 128, .sequence_parallel = true, .zero = 1};
  const HierarchicalModel network(spec.cluster);
  for (auto _ : state) benchmark::DoNotOptimize(simulate_step(spec, network));
  state.counters["goal_seconds"] = 0.05;
}
BENCHMARK(step_llama_405b_on_16384_h100)->Unit(benchmark::kMicrosecond);

/// Goal: 10 million slots a second.
void exact_schedule(benchmark::State& state) {
  PipelineWork work;
  work.stages = static_cast<int>(state.range(0));
  work.chunks = static_cast<int>(state.range(1));
  work.micro_batches = state.range(2);
  const auto depth = static_cast<std::size_t>(work.stages * work.chunks);
  work.forward.assign(depth, Seconds(1.0));
  work.backward.assign(depth, Seconds(2.0));
  for (auto _ : state) benchmark::DoNotOptimize(run_schedule(work));
  state.counters["slots/s"] =
      benchmark::Counter(2.0 * static_cast<double>(depth) * static_cast<double>(work.micro_batches),
                         benchmark::Counter::kIsIterationInvariantRate);
  state.counters["goal_slots_per_second"] = 1e7;
}
BENCHMARK(exact_schedule)->Args({16, 1, 128})->Args({16, 7, 16})->Args({64, 1, 512})->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace orrery
