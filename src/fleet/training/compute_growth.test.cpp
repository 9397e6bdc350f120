#include "fleet/training/compute_growth.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "base/unit_table.hpp"

namespace orrery {
namespace {

ComputeGrowth certain() {
  ComputeGrowth growth;
  growth.compute = Law::fixed(4.6);
  growth.chips = Law::fixed(1.6);
  growth.performance = Law::fixed(2.5);
  growth.run_length = Law::fixed(1.2);
  growth.system_cost = Law::fixed(1.9);
  growth.algorithm_halving = Law::fixed(8 * kYear / 12);
  return growth;
}

TEST_CASE("compute growth: hand-computed shares of medians") {
  // ln 4.6 = 1.526 and ln 2 x 12/8 = 1.040 for software: 2.566 in all. Chips ln 1.6 = 0.470, so 18.3 %; faster chips
  // ln(2.5/1.6) = 0.446, 17.4 %; longer runs ln 1.2 = 0.182, 7.1 %; software 40.5 %; the rest 16.7 %.
  const GrowthShares shares = growth_shares(certain(), 0, 3);
  REQUIRE(shares.causes.size() == 5);
  CHECK(shares.causes[0].share.p50 == doctest::Approx(0.183).epsilon(0.003));
  CHECK(shares.causes[1].share.p50 == doctest::Approx(0.174).epsilon(0.003));
  CHECK(shares.causes[2].share.p50 == doctest::Approx(0.071).epsilon(0.005));
  CHECK(shares.causes[3].share.p50 == doctest::Approx(0.167).epsilon(0.003));
  CHECK(shares.causes[4].share.p50 == doctest::Approx(0.405).epsilon(0.003));
  CHECK(shares.effective.p50 == doctest::Approx(4.6 * std::pow(2, 1.5)));
  // Twice the chips are worth what 8 months of software are.
  CHECK(shares.months_for_half.p50 == doctest::Approx(8));
  // ln 1.9 / ln 2.5
  CHECK(shares.payment[0].share.p50 == doctest::Approx(0.7005).epsilon(0.001));
  CHECK(shares.chips_below_half == 1);
}

TEST_CASE("compute growth: law, within a draw shares add up, and no cause means no share") {
  ComputeGrowth growth = compute_growth_preset();
  const GrowthShares one = growth_shares(growth, 3, 1);
  double sum = 0;
  for (const GrowthShare& cause : one.causes) sum += cause.share.p50;
  CHECK(sum == doctest::Approx(1));
  growth.chips = Law::fixed(1);
  CHECK(growth_shares(growth, 3, 100).causes[0].share.p90 == doctest::Approx(0).epsilon(1e-12));
}

TEST_CASE("compute growth: law, the preset's chips are a minority of the growth, and the same for any run of it") {
  const GrowthShares shares = growth_shares(compute_growth_preset(), 0),
                     again = growth_shares(compute_growth_preset(), 0);
  CHECK(shares.causes[0].share == again.causes[0].share);
  CHECK(shares.causes[0].share.p90 < 0.5);
  CHECK(shares.causes[0].share.p10 > 0.05);
  CHECK(shares.causes[4].share.p10 < shares.causes[4].share.p90);
  // Another seed moves the quantiles by no more than sampling.
  CHECK(growth_shares(compute_growth_preset(), 1).causes[0].share.p50 ==
        doctest::Approx(shares.causes[0].share.p50).epsilon(0.02));
}

}  // namespace
}  // namespace orrery
