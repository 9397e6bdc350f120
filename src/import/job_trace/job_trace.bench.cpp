// Goal: a million rows of canonical CSV in a second.
#include "import/job_trace/job_trace.hpp"

#include <benchmark/benchmark.h>

#include <sstream>
#include <string>

#include "cluster/generator.hpp"
#include "import/job_trace/canonical_trace.hpp"

namespace orrery {
namespace {

JobTable philly_like(long long jobs) {
  Diagnostics diagnostics;
  return generated_jobs(trace_totals("philly", {}, diagnostics), {.jobs = jobs});
}

std::string text_of(const JobTable& jobs) {
  std::ostringstream out;
  write_canonical_csv(jobs, out);
  return out.str();
}

void BM_read_canonical_csv(benchmark::State& state) {
  const std::string text = text_of(philly_like(1'000'000));
  for (auto _ : state) {
    std::istringstream in(text);
    Diagnostics diagnostics;
    benchmark::DoNotOptimize(read_job_trace(in, "bench", TraceFormat::Csv, {}, diagnostics).jobs.size());
  }
  state.counters["rows/s"] = benchmark::Counter(1e6, benchmark::Counter::kIsIterationInvariantRate);
}
BENCHMARK(BM_read_canonical_csv)->Unit(benchmark::kMillisecond);

void BM_write_canonical_csv(benchmark::State& state) {
  const JobTable jobs = philly_like(1'000'000);
  for (auto _ : state) benchmark::DoNotOptimize(text_of(jobs).size());
  state.counters["rows/s"] = benchmark::Counter(1e6, benchmark::Counter::kIsIterationInvariantRate);
}
BENCHMARK(BM_write_canonical_csv)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace orrery
