// Goal: 3.4 million jobs in a second.
#include <benchmark/benchmark.h>

#include "cluster/generator.hpp"

namespace orrery {
namespace {

void BM_generated_jobs(benchmark::State& state) {
  Diagnostics diagnostics;
  const TraceTotals totals = trace_totals("helios", {}, diagnostics);
  for (auto _ : state) {
    benchmark::DoNotOptimize(generated_jobs(totals, {.jobs = 3'400'000}).size());
  }
  state.counters["jobs/s"] = benchmark::Counter(3.4e6, benchmark::Counter::kIsIterationInvariantRate);
}
BENCHMARK(BM_generated_jobs)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace orrery
