#include "fleet/uncertainty/correlation.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <string>
#include <vector>

#include "base/random.hpp"

namespace orrery {
namespace {

const std::vector<std::string> kNames{"price", "demand", "rate", "delay"};

std::string message(const std::vector<RankCorrelation>& pairs) {
  const auto problem = correlation_problem(kNames, pairs);
  return problem ? problem->message + "; " + problem->hint : "";
}

}  // namespace

TEST_CASE("correlation: hand-computed, Spearman's rho of a Gaussian copula") {
  CHECK(copula_correlation(1) == doctest::Approx(1));
  CHECK(copula_correlation(0.5) == doctest::Approx(0.517638));  // 2 sin(15 degrees)
  CHECK(spearman_of_copula(copula_correlation(-0.37)) == doctest::Approx(-0.37));
}

TEST_CASE("correlation: hand-computed, the factor of two inputs") {
  const auto factor = copula_factor(2, std::vector<RankCorrelation>{{0, 1, 0.5}});
  REQUIRE(factor);
  CHECK(factor->at(0, 0) == doctest::Approx(1));
  CHECK(factor->at(1, 0) == doctest::Approx(0.517638));
  CHECK(factor->at(1, 1) == doctest::Approx(std::sqrt(1 - 0.517638 * 0.517638)));
}

TEST_CASE("correlation: mistakes are named with what would be possible") {
  CHECK(message({{0, 1, 0.5}}) == "");
  CHECK(message({{0, 1, 1}, {1, 2, 1}, {0, 2, 1}}) == "");
  CHECK(message({{1, 1, 0.5}}) == "`demand` cannot be correlated with itself; ");
  CHECK(message({{0, 1, 1.2}}) == "a rank correlation of 1.2 is impossible; from -1 to 1");
  CHECK(message({{0, 1, std::nan("")}}).substr(0, 25) == "a rank correlation of nan");
  CHECK(message({{0, 1, 0.2}, {1, 0, 0.3}}) ==
        "the correlation of `demand` and `price` is given twice; leave one of them out");
  // Of the copula 0.9 is 0.907981 and -0.1 is -0.104672. Given the other two, price and demand may have
  // -0.104672 x 0.907981 + sqrt((1 - 0.104672^2)(1 - 0.907981^2)) = 0.321674, which is rho 0.3085.
  CHECK(
      message({{0, 1, 0.9}, {1, 2, 0.9}, {0, 2, -0.1}}) ==
      "`price` and `demand` cannot have a rank correlation of 0.9 beside the other pairs; at most 0.308 all pairs are "
      "possible together");
  // A pair that is not named is 0: sqrt(1 - 0.716736^2) = 0.697344 is rho 0.6803.
  CHECK(
      message({{0, 1, 0.7}, {1, 2, 0.7}}) ==
      "`price` and `demand` cannot have a rank correlation of 0.7 beside the other pairs; at most 0.680 all pairs are "
      "possible together");
}

TEST_CASE("correlation: law, what a hint names works, and a little more does not") {
  int contradictions = 0;
  for (std::uint32_t seed = 0; seed < 300; ++seed) {
    CAPTURE(seed);
    Rng rng = Rng::stream(1, "correlations", seed);
    std::vector<RankCorrelation> pairs;
    for (int a = 0; a < 4; ++a)
      for (int b = a + 1; b < 4; ++b) pairs.push_back({a, b, rng.uniform(-1, 1)});
    const auto problem = correlation_problem(kNames, pairs);
    CHECK(problem.has_value() == !copula_factor(4, pairs).has_value());
    if (!problem) continue;
    ++contradictions;
    std::vector<RankCorrelation> changed = pairs;
    if (const auto at = problem->hint.find("at "); at == 0) {
      const double to = std::stod(problem->hint.substr(problem->hint.find_first_of("-0123456789")));
      RankCorrelation& pair = changed[problem->pair];
      const double step = to > pair.rho ? -0.003 : 0.003;
      pair.rho = to;
      CHECK(copula_factor(4, changed).has_value());
      pair.rho = to + step;
      CHECK_FALSE(copula_factor(4, changed).has_value());
    } else {
      const double share = std::stod(problem->hint.substr(problem->hint.find("to ") + 3)) / 100;
      for (RankCorrelation& pair : changed) pair.rho *= share;
      CHECK(copula_factor(4, changed).has_value());
    }
  }
  CHECK(contradictions > 100);
}

}  // namespace orrery
