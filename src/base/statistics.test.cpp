#include "base/statistics.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "base/check.hpp"
#include "base/random.hpp"

namespace orrery {
namespace {

using Sample = std::vector<double>;

int sign(double v) {
  return v > 0 ? 1 : v < 0 ? -1 : 0;
}

/// Tau-b by its definition, over all pairs.
double slow_tau(const Sample& x, const Sample& y) {
  double s = 0, not_tied_x = 0, not_tied_y = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      s += sign(x[i] - x[j]) * sign(y[i] - y[j]);
      not_tied_x += x[i] != x[j] ? 1 : 0;
      not_tied_y += y[i] != y[j] ? 1 : 0;
    }
  }
  return not_tied_x == 0 || not_tied_y == 0 ? 0 : s / std::sqrt(not_tied_x * not_tied_y);
}

}  // namespace

TEST_CASE("statistics: hand-computed medians") {
  CHECK(median(Sample{5, 1, 3}) == 3);
  CHECK(median(Sample{4, 1, 3, 2}) == doctest::Approx(2.5));
}

TEST_CASE("statistics: hand-computed quantiles of type 7") {
  // (5 - 1) x 0.1 = 0.4: four tenths of the way from 10 to 20.
  const Sample x{50, 10, 40, 20, 30};
  CHECK(quantile(x, 0.1) == doctest::Approx(14));
  CHECK(quantile(x, 0.9) == doctest::Approx(46));
  CHECK(quantile(x, 0) == 10);
  CHECK(quantile(x, 1) == 50);
  CHECK(quantile(Sample{3}, 0.7) == 3);
}

TEST_CASE("statistics: hand-computed interval scores") {
  CHECK(winkler_score(8, 12, 10, 0.8) == doctest::Approx(4));
  // One above the end: 4 + 2 / 0.2 x 1 = 14.
  CHECK(winkler_score(8, 12, 13, 0.8) == doctest::Approx(14));
  CHECK(winkler_score(8, 12, 7.5, 0.8) == doctest::Approx(9));
}

TEST_CASE("statistics: hand-computed ranks") {
  CHECK(kendall_tau_b(Sample{1, 2, 3}, Sample{10, 20, 30}) == doctest::Approx(1));
  CHECK(kendall_tau_b(Sample{1, 2, 3}, Sample{3, 2, 1}) == doctest::Approx(-1));
  // Pairs (1,2) and (1,3) agree, (2,3) does not: (2 - 1) / 3.
  CHECK(kendall_tau_b(Sample{1, 2, 3}, Sample{1, 3, 2}) == doctest::Approx(1.0 / 3));
  // x ties one of three pairs; the other two agree: 2 / sqrt(2 x 3).
  CHECK(kendall_tau_b(Sample{1, 1, 2}, Sample{1, 2, 3}) == doctest::Approx(2 / std::sqrt(6.0)));
  CHECK(kendall_tau_b(Sample{1, 1}, Sample{1, 2}) == 0);
  // One of six pairs is out of order: (5 - 1) / 6.
  CHECK(kendall_tau_b(Sample{1, 2, 3, 4}, Sample{1, 3, 2, 4}) == doctest::Approx(4.0 / 6));
}

TEST_CASE("statistics: oracle, tau-b equals its definition on random samples with ties") {
  for (std::uint32_t trial = 0; trial < 200; ++trial) {
    Rng rng = Rng::stream(5, "test/tau", trial);
    const std::size_t n = 1 + rng.below(40);
    const std::uint64_t values = 1 + rng.below(20);
    Sample x(n), y(n);
    for (double& v : x) v = static_cast<double>(rng.below(values));
    for (double& v : y) v = static_cast<double>(rng.below(values));
    CAPTURE(trial);
    CHECK(kendall_tau_b(x, y) == doctest::Approx(slow_tau(x, y)));
  }
}

TEST_CASE("statistics: law, ranks do not change under a rising function") {
  Rng rng = Rng::stream(6, "test/ranks");
  Sample x(100), y(100), z(100);
  for (std::size_t i = 0; i < x.size(); ++i) {
    x[i] = rng.normal();
    y[i] = x[i] + rng.normal();
    z[i] = std::exp(y[i]);
  }
  CHECK(kendall_tau_b(x, y) == doctest::Approx(kendall_tau_b(x, z)));
}

TEST_CASE("statistics: law, misuse is our bug") {
  CHECK_THROWS_AS(median(Sample{}), InternalError);
  CHECK_THROWS_AS(median(Sample{std::numeric_limits<double>::quiet_NaN()}), InternalError);
  CHECK_THROWS_AS(kendall_tau_b(Sample{0}, Sample{1, 2}), InternalError);
  CHECK_THROWS_AS(winkler_score(2, 1, 1, 0.8), InternalError);
}

}  // namespace orrery
