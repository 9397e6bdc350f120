#include "fleet/buying/rental_price.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "base/law.hpp"
#include "base/statistics.hpp"

using namespace orrery;

namespace {

DollarsPerSecond hourly(double dollars) {
  return DollarsPerSecond(dollars / 3600);
}
double per_hour(DollarsPerSecond rent) {
  return rent.raw() * 3600;
}
const RentCost kCost{hourly(0.4), hourly(1.6)};

/// The rent at which so much of the market is rented.
DollarsPerSecond rent_at(const RentModel& model, double utilisation) {
  return rent_of_premium(kCost, std::log((1 - model.balanced_utilisation) / (1 - utilisation)));
}

}  // namespace

TEST_CASE("rents: hand-computed, cost at 90 %, doubled capital at 95 %, the floor in an empty market") {
  const RentModel model;
  CHECK(per_hour(rent_at(model, 0.90)) == doctest::Approx(2.0));
  CHECK(per_hour(rent_at(model, 0.95)) == doctest::Approx(0.4 + 3.2));
  CHECK(per_hour(rent_at(model, 0.98)) == doctest::Approx(0.4 + 8.0));
  CHECK(per_hour(rent_at(model, 0.0)) == doctest::Approx(0.4 + 0.16));
  CHECK(per_hour(rent_at(model, 0.999999)) == doctest::Approx(0.4 + 16));  // Full is full.
  CHECK(per_hour(rent_of_premium(kCost, 0)) == doctest::Approx(2.0));
  CHECK(premium_of(kCost, hourly(3.6)) == doctest::Approx(std::numbers::ln2));
  CHECK(utilisation_of(model, std::numbers::ln2) == doctest::Approx(0.95));
  CHECK(premium_of(kCost, hourly(0.1)) == doctest::Approx(std::log(0.001)));
}

TEST_CASE("rents: law, a fuller market is never cheaper, and no rent is below operating cost") {
  const RentModel model;
  Rng rng = Rng::stream(1, "test/rents");
  for (int i = 0; i < 1000; ++i) {
    const double u = rng.uniform(0, 0.99), more = u + (1 - u) * rng.uniform01() * 0.999;
    CHECK(rent_at(model, more) >= rent_at(model, u));
    CHECK(rent_at(model, u) > kCost.operating);
    CHECK(utilisation_of(model, premium_of(kCost, rent_at(model, u))) == doctest::Approx(u).epsilon(1e-6));
  }
}

TEST_CASE("Student's t: published quantiles, Abramowitz and Stegun table 26.10") {
  CHECK(student_quantile(1, 0.9) == doctest::Approx(3.078).epsilon(2e-4));
  CHECK(student_quantile(2, 0.9) == doctest::Approx(1.886).epsilon(2e-4));
  CHECK(student_quantile(4, 0.9) == doctest::Approx(1.533).epsilon(3e-4));
  CHECK(student_quantile(8, 0.975) == doctest::Approx(2.306).epsilon(3e-4));
  CHECK(student_quantile(8, 0.025) == doctest::Approx(-2.306).epsilon(3e-4));
  CHECK(student_quantile(4000, 0.9) == doctest::Approx(normal_quantile(0.9)).epsilon(1e-3));
  CHECK(student_quantile(5, 0.5) == doctest::Approx(0));
}

TEST_CASE("premiums: oracle, paths follow the closed form") {
  RentModel model;
  model.volatility = 0.4;
  for (const int degrees : {0, 4}) {
    model.degrees = degrees;
    std::vector<double> ends;
    for (std::uint32_t i = 0; i < 4000; ++i) {
      Rng rng = Rng::stream(3, "test/premiums", i);
      ends.push_back(premium_path(model, 0.8, 0.25, 6, rng).back());
    }
    for (const double q : {0.1, 0.5, 0.9}) {
      CAPTURE(q);
      CHECK(quantile(ends, q) == doctest::Approx(premium_quantile(model, 0.8, 1.5, q)).epsilon(0.03).scale(1));
    }
  }
}

TEST_CASE("premiums: hand-computed, halved in a half-life") {
  RentModel model;
  model.half_life = 2;
  CHECK(premium_quantile(model, 0.8, 2, 0.5) == doctest::Approx(0.4));
  CHECK(premium_quantile(model, 0.8, 4, 0.5) == doctest::Approx(0.2));
}

TEST_CASE("premiums: oracle, a fit finds the volatility that made the history") {
  RentModel model;
  model.volatility = 0.6;
  Rng rng = Rng::stream(5, "test/premiums");
  std::vector<PremiumPoint> history = {{2000, 0.5}};
  for (const double v : premium_path(model, 0.5, 0.3, 5000, rng)) history.push_back({history.back().year + 0.3, v});
  const RentModel fitted = fitted_rent_model({}, history);
  CHECK(fitted.volatility == doctest::Approx(0.6).epsilon(0.03));
  CHECK(fitted.degrees == 5000);
  // Two points that follow the expected return have nothing left: 0.5 halves in 1.75 years.
  const std::array<PremiumPoint, 2> still = {{{2000, 0.5}, {2001.75, 0.25}}};
  CHECK(fitted_rent_model({}, still).volatility == doctest::Approx(0).scale(1));
}
