// Any bytes as a scenario of the market: what is not rejected is simulated where it is small: no more is sold than
// there is, nobody spends more than it has, and nothing is not a number; it is written out whole and read back; and
// smaller ones are studied with their variants and nations, and told.
#include <cmath>
#include <cstdint>

#include "fleet/nation/test_nation.hpp"
#include "fuzz/check.hpp"
#include "import/market_scenario.hpp"
#include "report/fleet_market_document.hpp"

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

/// A few futures as `orrery fleet market` tells them; every nation is the same small one, without its file.
void told(const orrery::MarketScenario& scenario) {
  using namespace orrery;
  static ThreadPool pool(1);
  static const NationSpec small = [] {
    NationSpec spec = small_nation();
    spec.draws = 10;
    return spec;
  }();
  const std::vector<MarketStudy> studies = study_market(scenario.spec, scenario.variants, {10, 1}, pool);
  std::vector<NationOfBuyer> nations;
  for (std::size_t b = 0; b < scenario.spec.input.buyers.size(); ++b) {
    if (scenario.spec.input.buyers[b].nation.empty()) continue;
    if (nation_dates(scenario.spec.input, small).empty()) return;  // `orrery fleet market` tells it as a mistake.
    nations.push_back(nation_of_buyer(b, small, scenario.spec.input, studies, 1, pool));
  }
  check_document(fleet_market_document({scenario.spec, scenario.variants, studies, nations}, scenario.assumptions));
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
  const std::size_t markets = scenario.variants.size() + 1;
  if (scenario.spec.input.buyers.size() * scenario.spec.quarters() * markets <= 200) told(scenario);
  return 0;
}
