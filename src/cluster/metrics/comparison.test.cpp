// Policies side by side. Expected: hand-computed intervals, published quantiles, coverage of simulated intervals.
#include "cluster/metrics/comparison.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <limits>

#include "base/random.hpp"

using namespace orrery;

TEST_CASE("comparison: published, quantiles of Student's t") {
  CHECK(student_t975(1) == doctest::Approx(12.706));
  CHECK(student_t975(30) == doctest::Approx(2.042));
  // Beyond the table by an expansion: published 2.021, 2.000, 1.980, 1.960.
  CHECK(student_t975(40) == doctest::Approx(2.021).epsilon(3e-4));
  CHECK(student_t975(60) == doctest::Approx(2.000).epsilon(3e-4));
  CHECK(student_t975(120) == doctest::Approx(1.980).epsilon(3e-4));
  CHECK(student_t975(1'000'000) == doctest::Approx(1.960).epsilon(3e-4));
}

TEST_CASE("comparison: hand-computed, batch means and paired differences") {
  // 1, 2, 3: mean 2, standard error 1 / sqrt(3), t = 4.303.
  const std::vector<PolicyBlocks> policies = {{"first", {{1, 2, 3}}}, {"second", {{2, 3.1, 3.9}}}};
  const auto made = compare_policies(policies);
  CHECK(made[0][0].value.mean == doctest::Approx(2));
  CHECK(made[0][0].value.high == doctest::Approx(2 + 4.303 / std::sqrt(3)));
  CHECK(made[0][0].difference.mean == 0);
  CHECK_FALSE(made[0][0].differs);
  // Differences 1, 1.1, 0.9: mean 1, standard error 0.1 / sqrt(3); the figures' own intervals overlap by far.
  CHECK(made[1][0].difference.mean == doctest::Approx(1));
  CHECK(made[1][0].difference.low == doctest::Approx(1 - 4.303 * 0.1 / std::sqrt(3)));
  CHECK(made[1][0].differs);
}

TEST_CASE("comparison: blocks that know nothing are left out") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const MeanInterval some = mean_of_blocks(std::array<double, 4>{1, nan, 2, 3});
  CHECK(some.mean == doctest::Approx(2));
  const MeanInterval one = mean_of_blocks(std::array<double, 2>{nan, 5});
  CHECK(one.mean == 5);
  CHECK(std::isnan(one.low));
  CHECK(std::isnan(mean_of_blocks({}).mean));
}

TEST_CASE("comparison: law, 95 % intervals hold the mean in about 95 % of cases") {
  int held = 0, held_by_bootstrap = 0;
  constexpr int kCases = 400;
  ComparisonOptions bootstrap;
  bootstrap.method = IntervalMethod::Bootstrap;
  bootstrap.resamples = 400;
  for (int i = 0; i < kCases; ++i) {
    Rng rng = Rng::stream(7, "test/comparison", static_cast<std::uint32_t>(i));
    std::vector<double> blocks;
    for (int b = 0; b < 12; ++b) blocks.push_back(rng.normal(3, 2));
    const MeanInterval t = mean_of_blocks(blocks);
    held += t.low <= 3 && 3 <= t.high ? 1 : 0;
    const MeanInterval drawn = mean_of_blocks(blocks, bootstrap);
    held_by_bootstrap += drawn.low <= 3 && 3 <= drawn.high ? 1 : 0;
  }
  // Binomial: 95 % of 400 with a standard error of 1.1 %; the bootstrap of twelve blocks is known to be too narrow.
  CHECK(held >= kCases * 0.915);
  CHECK(held <= kCases * 0.985);
  CHECK(held_by_bootstrap >= kCases * 0.86);
  const MeanInterval again = mean_of_blocks(std::array<double, 3>{1, 2, 4}, bootstrap);
  const MeanInterval same = mean_of_blocks(std::array<double, 3>{1, 2, 4}, bootstrap);
  CHECK(again.low == same.low);
  CHECK(again.high == same.high);
}
