#include "fleet/buying/rental_price.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "base/check.hpp"
#include "base/law.hpp"

namespace orrery {
namespace {

constexpr double kLeastPremium = -6.907755278982137;  // ln(1 / 1000)
constexpr double kMostPremium = 2.302585092994046;    // ln(10): a market that is 99 % full.

double return_rate(const RentModel& model) {
  return std::numbers::ln2 / model.half_life;
}

/// Variance of the premium after `years`, for a volatility of 1.
double unit_variance(const RentModel& model, double years) {
  const double rate = return_rate(model);
  return (1 - std::exp(-2 * rate * years)) / (2 * rate);
}

}  // namespace

DollarsPerSecond rent_of_premium(RentCost cost, double premium) {
  return cost.operating + cost.capital * std::exp(std::min(premium, kMostPremium));
}

double premium_of(RentCost cost, DollarsPerSecond rent) {
  ORRERY_CHECK(cost.capital > DollarsPerSecond(0), "the capital of a chip-hour costs something");
  const double factor = (rent - cost.operating) / cost.capital;
  return factor > 0 ? std::max(kLeastPremium, std::log(factor)) : kLeastPremium;
}

double utilisation_of(const RentModel& model, double premium) {
  return std::max(0.0, 1 - (1 - model.balanced_utilisation) * std::exp(-premium));
}

double student_quantile(int degrees, double q) {
  ORRERY_CHECK(degrees >= 1 && q > 0 && q < 1, "a law of Student has degrees and quantiles inside");
  if (degrees == 1) return std::tan(std::numbers::pi * (q - 0.5));
  if (degrees == 2) return (2 * q - 1) * std::sqrt(2 / (4 * q * (1 - q)));
  // Newton's method on the distribution function, from the normal quantile; the density never vanishes, and the
  // function is concave above its middle, so that from below the root it converges.
  const double upper = std::max(q, 1 - q);
  const auto n = static_cast<double>(degrees);
  const double scale = std::exp(std::lgamma((n + 1) / 2) - std::lgamma(n / 2)) / std::sqrt(n * std::numbers::pi);
  const auto density = [&](double t) { return scale * std::pow(1 + t * t / n, -(n + 1) / 2); };
  double t = normal_quantile(upper), below = 0;
  for (int round = 0; round < 60; ++round) {
    // Simpson's rule on the smooth density from 0 to t.
    constexpr int kParts = 200;
    double sum = density(0) + density(t);
    for (int i = 1; i < kParts; ++i) sum += (i % 2 == 1 ? 4 : 2) * density(t * i / kParts);
    below = 0.5 + sum * t / (3 * kParts);
    const double step = (upper - below) / density(t);
    t += step;
    if (std::abs(step) < 1e-12 * std::max(1.0, t)) break;
  }
  return q < 0.5 ? -t : t;
}

double premium_quantile(const RentModel& model, double premium, double years, double q) {
  const double deviation = model.volatility * std::sqrt(unit_variance(model, years));
  const double z = model.degrees > 0 ? student_quantile(model.degrees, q) : normal_quantile(q);
  return premium * std::exp(-return_rate(model) * years) + z * deviation;
}

std::vector<double> premium_path(const RentModel& model, double premium, double years, int steps, Rng& rng) {
  double volatility = model.volatility;
  if (model.degrees > 0) {
    // A chi-squared variable of n degrees is a gamma variable of shape n / 2 and scale 2.
    const double chi = rng.gamma(model.degrees / 2.0, 2.0);
    volatility *= std::sqrt(model.degrees / std::max(chi, 1e-3));
  }
  const double keep = std::exp(-return_rate(model) * years);
  const double deviation = volatility * std::sqrt(unit_variance(model, years));
  std::vector<double> path;
  path.reserve(static_cast<std::size_t>(steps));
  for (int i = 0; i < steps; ++i) {
    premium = premium * keep + deviation * rng.normal();
    path.push_back(premium);
  }
  return path;
}

RentModel fitted_rent_model(RentModel model, std::span<const PremiumPoint> history) {
  double sum = 0;
  int transitions = 0;
  for (std::size_t i = 1; i < history.size(); ++i) {
    const double years = history[i].year - history[i - 1].year;
    ORRERY_CHECK(years > 0, "a history of premiums is in order of time");
    const double left = history[i].premium - history[i - 1].premium * std::exp(-return_rate(model) * years);
    sum += left * left / unit_variance(model, years);
    ++transitions;
  }
  if (transitions == 0) return model;
  model.volatility = std::sqrt(sum / transitions);
  model.degrees = transitions;
  return model;
}

}  // namespace orrery
