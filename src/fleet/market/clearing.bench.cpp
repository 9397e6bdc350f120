// Goal: a clearing of 12 buyers within 5 us, so that 1,000 futures of 32 quarters and 12 variants clear within 2 s.
#include <benchmark/benchmark.h>

#include "base/random.hpp"
#include "fleet/market/clearing.hpp"

namespace orrery {
namespace {

void BM_market_clearing(benchmark::State& state) {
  Rng rng = Rng::stream(1, "bench/clearing", 0, 0);
  std::vector<MarketDemand> demands(12);
  for (MarketDemand& demand : demands) {
    demand.money = 1e6 * rng.uniform01();
    demand.most = 1e4 * rng.uniform01();
    demand.worth = 100 * rng.uniform01();
    demand.elasticity = 1 + rng.uniform01();
  }
  for ([[maybe_unused]] auto _ : state) benchmark::DoNotOptimize(clear_auction(demands, 2e4, 1).price);
}
BENCHMARK(BM_market_clearing)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace orrery
