#include "fleet/uncertainty/correlation.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

namespace orrery {

TEST_CASE("correlation: hand-computed, Spearman's rho of a Gaussian copula") {
  CHECK(copula_correlation(1) == doctest::Approx(1));
  CHECK(copula_correlation(0.5) == doctest::Approx(0.517638));  // 2 sin(15 degrees)
}

TEST_CASE("correlation: hand-computed, the factor of two inputs") {
  const auto factor = copula_factor(2, std::vector<RankCorrelation>{{0, 1, 0.5}});
  REQUIRE(factor);
  CHECK(factor->at(0, 0) == doctest::Approx(1));
  CHECK(factor->at(1, 0) == doctest::Approx(0.517638));
  CHECK(factor->at(1, 1) == doctest::Approx(std::sqrt(1 - 0.517638 * 0.517638)));
}

TEST_CASE("correlation: hand-computed, pairs that contradict each other have no factor, tied ones have") {
  using Pairs = std::vector<RankCorrelation>;
  CHECK(copula_factor(4, Pairs{{0, 1, 1}, {1, 2, 1}, {0, 2, 1}}));
  // Of the copula 0.9 is 0.907981 and -0.1 is -0.104672. Given the other two, the first two may have
  // -0.104672 x 0.907981 + sqrt((1 - 0.104672^2)(1 - 0.907981^2)) = 0.321674, which is rho 0.3085.
  CHECK_FALSE(copula_factor(4, Pairs{{0, 1, 0.309}, {1, 2, 0.9}, {0, 2, -0.1}}));
  CHECK(copula_factor(4, Pairs{{0, 1, 0.308}, {1, 2, 0.9}, {0, 2, -0.1}}));
  // A pair that is not named is 0: sqrt(1 - 0.716736^2) = 0.697344 is rho 0.6803.
  CHECK_FALSE(copula_factor(4, Pairs{{0, 1, 0.681}, {1, 2, 0.7}}));
  CHECK(copula_factor(4, Pairs{{0, 1, 0.68}, {1, 2, 0.7}}));
}

}  // namespace orrery
