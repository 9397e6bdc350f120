#include "network/flow/completion.hpp"

#include <benchmark/benchmark.h>
#include <sys/resource.h>

#include <numeric>

#include "base/random.hpp"
#include "network/flow/max_min.hpp"
#include "network/flow/refine.hpp"
#include "network/flow/test_fabrics.hpp"
#ifdef ORRERY_SIMGRID
#include "network/flow/test_simgrid.hpp"
#endif

namespace orrery {
namespace {

/// Full bisection: as many parents as children below.
test::FatTree tree(std::vector<std::uint32_t> down) {
  std::vector<std::uint32_t> up = {1};
  for (std::size_t level = 1; level < down.size(); ++level) up.push_back(down[level - 1]);
  return {std::move(down), std::move(up)};
}

std::vector<std::uint32_t> ring_order(std::uint32_t n, bool random) {
  std::vector<std::uint32_t> order(n);
  std::iota(order.begin(), order.end(), 0U);
  Rng rng = Rng::stream(1, "flow/bench");
  for (std::uint32_t i = n; random && i > 1; --i) std::swap(order[i - 1], order[rng.below(i)]);
  return order;
}

FlowProblem ring(const std::vector<std::uint32_t>& down, bool random) {
  const test::FatTree fabric = tree(down);
  return test::ring_step(fabric, ring_order(fabric.hosts(), random), 1e6, 50e9);
}

void solve(benchmark::State& state, const FlowProblem& problem, double goal_seconds) {
  for (auto _ : state) {
    const auto times = finish_times(problem);
    benchmark::DoNotOptimize(times);
    state.counters["events"] = static_cast<double>(times->events);
    state.counters["work"] = static_cast<double>(times->work);
  }
  state.counters["flows"] = static_cast<double>(problem.flows());
  if (goal_seconds > 0) state.counters["goal_seconds"] = goal_seconds;
  // Of the process so far: a row's own where it runs alone (--benchmark_filter).
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  state.counters["peak_MB"] = static_cast<double>(usage.ru_maxrss) * 1024 / 1e6;
}

/// Goal: time that grows with an exponent of at most 1.1 from 65,536 hosts to 1,048,576, which take 1 s and 500 MB, the
/// problem included.
void aligned_ring_step(benchmark::State& state, const std::vector<std::uint32_t>& down, double goal_seconds) {
  solve(state, ring(down, false), goal_seconds);
}
BENCHMARK_CAPTURE(aligned_ring_step, 65536, {32, 32, 32, 2}, 0)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(aligned_ring_step, 262144, {32, 32, 32, 8}, 0)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(aligned_ring_step, 1048576, {32, 32, 32, 32}, 1)->Unit(benchmark::kMillisecond);

/// Goals: 10 ms on 4,096 hosts, 2 s on 131,072, 30 s on 1,048,576.
void random_ring_step(benchmark::State& state, const std::vector<std::uint32_t>& down, double goal_seconds) {
  solve(state, ring(down, true), goal_seconds);
}
BENCHMARK_CAPTURE(random_ring_step, 4096, {16, 16, 16}, 0.01)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(random_ring_step, 32768, {32, 32, 32}, 0)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(random_ring_step, 131072, {64, 64, 32}, 2)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(random_ring_step, 1048576, {32, 32, 32, 32}, 30)->Unit(benchmark::kMillisecond);

#ifdef ORRERY_SIMGRID
/// The same step of 4,096 hosts in SimGrid's own fat tree, without building its platform.
void simgrid_random_ring_step(benchmark::State& state) {
  const std::vector<std::uint32_t> down = {16, 16, 16}, order = ring_order(4096, true);
  const FlowProblem problem = ring(down, true);
  test::FlowEnds ends;
  for (std::size_t i = 0; i < order.size(); ++i) ends.emplace_back(order[i], order[(i + 1) % order.size()]);
  for (auto _ : state) {
    const auto run = test::simgrid_fat_tree(down, {1, 16, 16}, 50e9, 0, ends, problem.bytes);
    state.SetIterationTime(run.seconds);
  }
}
BENCHMARK(simgrid_random_ring_step)->Unit(benchmark::kMillisecond)->UseManualTime();
#endif

/// Every flow of a random permutation ends at a time of its own.
void unequal_permutation(benchmark::State& state, const std::vector<std::uint32_t>& down) {
  FlowProblem problem = ring(down, true);
  Rng rng = Rng::stream(2, "flow/bench");
  for (double& bytes : problem.bytes) bytes = rng.uniform(1e6, 2e6);
  solve(state, problem, 0);
}
BENCHMARK_CAPTURE(unequal_permutation, 4096, {16, 16, 16})->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(unequal_permutation, 131072, {64, 64, 32})->Unit(benchmark::kMillisecond);

/// The hard kind: every flow shares both its links with all others of a row or column, and each end changes most rates.
void unequal_all_to_all(benchmark::State& state) {
  const auto n = static_cast<std::uint32_t>(state.range(0));
  FlowProblem problem;
  problem.capacity.assign(2 * n, 50e9);
  Rng rng = Rng::stream(3, "flow/bench");
  for (std::uint32_t i = 0; i < n; ++i)
    for (std::uint32_t j = 0; j < n; ++j)
      if (i != j) test::add_flow(problem, {i, n + j}, rng.uniform(1e6, 2e6));
  solve(state, problem, 0);
}
BENCHMARK(unequal_all_to_all)->Arg(32)->Arg(64)->Unit(benchmark::kMillisecond);

/// Rates alone.
void rates(benchmark::State& state, const std::vector<std::uint32_t>& down) {
  const FlowProblem problem = ring(down, true);
  for (auto _ : state) benchmark::DoNotOptimize(max_min_rates(problem));
}
BENCHMARK_CAPTURE(rates, 4096, {16, 16, 16})->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(rates, 131072, {64, 64, 32})->Unit(benchmark::kMillisecond);

void fold_ring_step(benchmark::State& state, const std::vector<std::uint32_t>& down, bool random) {
  const FlowProblem problem = ring(down, random);
  for (auto _ : state) {
    const FoldedFlows folded = fold(problem);
    benchmark::DoNotOptimize(folded);
    state.counters["classes"] = static_cast<double>(folded.problem.flows());
  }
}
BENCHMARK_CAPTURE(fold_ring_step, aligned_65536, {32, 32, 32, 2}, false)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(fold_ring_step, aligned_1048576, {32, 32, 32, 32}, false)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(fold_ring_step, random_4096, {16, 16, 16}, true)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace orrery
