#include "fleet/nation/nation_in_market.hpp"

#include <doctest/doctest.h>

#include "fleet/nation/test_nation.hpp"

namespace orrery {
namespace {

TEST_CASE("nation in a market: hand-computed, chips fill the supplies one after the other") {
  NationSpec spec = small_nation();
  spec.supply[0].delay = Law::fixed(1e9);      // Announced dates do not count,
  spec.supply[0].delivered = Law::fixed(0.1);  // nor what never comes of plans.
  NationSupply second = spec.supply[0];
  second.gpus = 1000;
  second.h100e = 2;
  second.usable = Law::fixed(0.5);
  spec.supply.push_back(second);
  ThreadPool pool(2);
  const std::vector<NationDraw> draws = fitted_draws(spec, spec.reference, 0, pool);
  REQUIRE_FALSE(draws.empty());
  const std::vector<Date> quarters = {Date::of(2023, 10, 1), Date::of(2024, 1, 1), Date::of(2024, 4, 1),
                                      Date::of(2024, 7, 1)};
  // 700 come before the survey, which has counted them: 400 are there. Of 1,500 and 1,500 then 2,000 are the first
  // supply, the others the second, of which half are of use: 1,000 x 2 x 0.5. The last 500 are beyond all supplies.
  const std::vector<std::vector<double>> bought = {{700, 1500, 1500, 500}};
  const std::vector<NationQuarter> at = nation_in_market(
      spec, draws, quarters, bought,
      {Date::of(2024, 3, 30), Date::of(2024, 3, 31), Date::of(2024, 6, 30), Date::of(2024, 9, 30)}, pool);
  CHECK(at[0].gpus.p50 == doctest::Approx(400));
  CHECK(at[1].gpus.p50 == doctest::Approx(1900));
  CHECK(at[2].gpus.p50 == doctest::Approx(3400));
  CHECK(at[3].gpus.p90 == doctest::Approx(3400));
}

TEST_CASE("nation in a market: law, more chips leave no more firms short") {
  const NationSpec spec = small_nation();
  ThreadPool pool(2);
  const std::vector<NationDraw> draws = fitted_draws(spec, spec.reference, 0, pool);
  const std::vector<Date> quarters = {Date::of(2024, 1, 1), Date::of(2024, 4, 1)};
  double before = 1;
  for (const double chips : {0.0, 100.0, 300.0, 1000.0}) {
    const std::vector<NationQuarter> at =
        nation_in_market(spec, draws, quarters, {{chips, chips}, {chips / 2, chips}}, {Date::of(2024, 12, 31)}, pool);
    CHECK(at[0].after.p50 <= before + 1e-9);
    before = at[0].after.p50;
  }
  CHECK(before < 0.5);
}

TEST_CASE("nation in a market: hand-computed, it is looked at on last days of the market's years after the survey") {
  const NationSpec spec = small_nation();  // Surveyed on 2023-12-31.
  MarketInput market;
  market.start = Date::of(2023, 1, 1);
  market.until = Date::of(2025, 7, 1);
  CHECK(nation_dates(market, spec) == std::vector{Date::of(2024, 12, 31), Date::of(2025, 6, 30)});
  market.until = Date::of(2024, 1, 1);
  CHECK(nation_dates(market, spec).empty());
}

}  // namespace
}  // namespace orrery
