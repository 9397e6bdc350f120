// Any bytes as a scenario of the market: what is not rejected is simulated where it is small: no more is sold than
// there is, nobody spends more than it has, and nothing is not a number; and it is written out whole and read back.
#include <cmath>
#include <cstdint>

#include "fuzz/check.hpp"
#include "import/market_scenario.hpp"

using orrery::fuzz::must;

namespace {

void sound(const orrery::MarketSpec& spec, double level) {
  using namespace orrery;
  const MarketLevels levels(kMarketUnknowns + spec.input.buyers.size(), level);
  const std::vector<MarketQuarter> path = simulate_market(spec, levels);
  must(path.size() == spec.quarters());
  for (const MarketQuarter& quarter : path) {
    for (const MarketPool& pool : quarter.pools) {
      must(pool.sold >= 0 && pool.sold <= pool.units * (1 + 1e-9));
      must(!std::isnan(pool.price) && !std::isnan(pool.clearing) && std::isfinite(pool.list));
    }
    for (const MarketPurchase& purchase : quarter.purchases) {
      must(std::isfinite(purchase.got) && purchase.got >= 0 && std::isfinite(purchase.own) && purchase.own >= 0);
      must(purchase.spent.raw() <= purchase.money.raw() * (1 + 1e-9) + 1e-9);
    }
  }
  for (const MarketFact& fact : spec.input.facts) market_measure(spec, path, fact);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace orrery;
  Value root(Value::Table{}, Span{});
  const auto accepted = fuzz::accepted(data, size, [&](const Value& written, Diagnostics& d) {
    root = written;
    return read_market_scenario(written, d);
  });
  if (!accepted) return 0;
  const MarketScenario& scenario = *accepted;
  const Value table = market_scenario_table(scenario, root);
  fuzz::round_trip(table, scenario.assumptions, read_market_scenario,
                   [&](const MarketScenario& again) { return market_scenario_table(again, table); });
  if (scenario.spec.input.buyers.size() * scenario.spec.quarters() > 2000) return 0;
  for (const double level : {0.02, 0.5, 0.98}) sound(scenario.spec, level);
  for (const MarketVariant& variant : scenario.variants) sound(variant.spec, 0.5);
  return 0;
}
