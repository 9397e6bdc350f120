// Goals: 50 ms for a sample of 10,000 draws and 15 inputs, 20 ms for its sensitivities.
#include <benchmark/benchmark.h>

#include <vector>

#include "fleet/uncertainty/sensitivity.hpp"

namespace orrery {
namespace {

/// Every pair of the first five inputs.
std::vector<RankCorrelation> correlated() {
  std::vector<RankCorrelation> pairs;
  for (int a = 0; a < 5; ++a)
    for (int b = a + 1; b < 5; ++b) pairs.push_back({a, b, 0.5});
  return pairs;
}

const QuantileMatrix& sample() {
  static const QuantileMatrix matrix = latin_hypercube(1, "bench", 10000, 15, correlated());
  return matrix;
}

void BM_latin_hypercube_10000_draws_15_inputs(benchmark::State& state) {
  const std::vector<RankCorrelation> pairs = correlated();
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
