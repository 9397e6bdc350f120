#include "step/kernels/gemm.hpp"

#include <benchmark/benchmark.h>

#include "step/kernels/attention.hpp"
#include "step/kernels/test_chip.hpp"

namespace {

// Goal: 1 us a call. A search tabulates a few hundred keys of about 20 products each.
void product_time(benchmark::State& state) {
  const orrery::Chip chip = orrery::test::h100_like();
  long long rows = state.range(0);
  for (auto _ : state) {
    rows ^= 1;
    benchmark::DoNotOptimize(orrery::gemm_time({rows, 8192, 8192, 1}, orrery::NumberFormat::Bf16, chip));
  }
}
BENCHMARK(product_time)->Arg(64)->Arg(512)->Arg(8192);

// Goal: 0.1 us a call.
void attention_time(benchmark::State& state) {
  const orrery::Chip chip = orrery::test::h100_like();
  orrery::AttentionShape shape;
  shape.heads = shape.kv_heads = 16;
  shape.q_len = shape.kv_len = 4096;
  for (auto _ : state) {
    shape.batch ^= 2;
    benchmark::DoNotOptimize(
        orrery::attention_forward(shape, orrery::AttentionKernel::Tuned, orrery::NumberFormat::Bf16, chip));
  }
}
BENCHMARK(attention_time);

}  // namespace
