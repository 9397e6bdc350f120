#include <benchmark/benchmark.h>

#include <sstream>
#include <string>

#include "validate/measured_row.hpp"

namespace orrery {
namespace {

/// Goal: a million rows of measurements in 5 s, in constant memory.
void read_measurements(benchmark::State& state) {
  std::string text;
  for (const std::string& column : measured_columns()) text += (text.empty() ? "" : ",") + column;
  text += "\n";
  constexpr int kRows = 10'000;
  for (int i = 0; i < kRows; ++i) {
    text +=
        std::to_string(i) +
        ",family,\"a source, with a comma\",GPT 39.1B,48,8192,64,64,32768,51200,2048,,,A100,8,512,8,2,1,1,1,32,1,4,"
        "1536,0,full,fp16,step_seconds,37.5,s,group,A100-SXM4-80GB,megatron-lm,2022,pretrain,0,128,,full,312,notes\n";
  }
  for (auto _ : state) {
    std::istringstream in(text);
    benchmark::DoNotOptimize(read_measured_rows(in, "bench.csv", [](const MeasuredRow&) {}));
  }
  state.SetItemsProcessed(state.iterations() * kRows);
}
BENCHMARK(read_measurements)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace orrery
