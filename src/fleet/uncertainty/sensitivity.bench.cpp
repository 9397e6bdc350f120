// Goals: 50 ms for a sample of 10,000 draws and 15 inputs, 20 ms for its sensitivities.
#include <benchmark/benchmark.h>

#include <vector>

#include "fleet/uncertainty/sensitivity.hpp"

namespace orrery {
namespace {

const QuantileMatrix& sample() {
  static const QuantileMatrix matrix = latin_hypercube(1, "bench", 10000, 15, common_shock(0, 5, 0.5));
  return matrix;
}

void BM_latin_hypercube_10000_draws_15_inputs(benchmark::State& state) {
  const std::vector<RankCorrelation> pairs = common_shock(0, 5, 0.5);
  for (auto _ : state) benchmark::DoNotOptimize(latin_hypercube(1, "bench", 10000, 15, pairs));
}
BENCHMARK(BM_latin_hypercube_10000_draws_15_inputs)->Unit(benchmark::kMillisecond);

void BM_sensitivities_10000_draws_15_inputs(benchmark::State& state) {
  std::vector<double> y;
  for (int draw = 0; draw < sample().draws(); ++draw) {
    double sum = 0;
    for (const double q : sample().row(draw)) sum += q * q;
    y.push_back(sum);
  }
  for (auto _ : state) benchmark::DoNotOptimize(sensitivities(sample(), y));
}
BENCHMARK(BM_sensitivities_10000_draws_15_inputs)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace orrery
