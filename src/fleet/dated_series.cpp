#include "fleet/dated_series.hpp"

#include <algorithm>
#include <cmath>

#include "base/check.hpp"

namespace orrery {
namespace {

constexpr double kMonth = 365.25 / 12;  // Days.

double between(double a, double b, double share) {
  if (a > 0 && b > 0) return a * std::pow(b / a, share);
  return a + share * (b - a);
}

}  // namespace

double DatedSeries::at(Date date, double level, double growth_level) const {
  if (points.empty()) return 0;
  const auto after =
      std::find_if(points.begin(), points.end(), [&](const DatedValue& point) { return date < point.date; });
  if (after == points.begin()) return shape == Shape::Steps ? 0 : points.front().value.quantile(level);
  const DatedValue& before = *(after - 1);
  const double value = before.value.quantile(level);
  if (shape == Shape::Steps) {
    const double years = years_between(before.date, date);
    if (after != points.end() || years < 1) return value;
    return value * std::pow(growth.quantile(growth_level), years - 0.5);
  }
  if (after == points.end()) return value * std::pow(growth.quantile(growth_level), years_between(before.date, date));
  return between(value, after->value.quantile(level), (date - before.date) / (after->date - before.date));
}

double DatedSeries::mean(Date from, Date until, double level, double growth_level) const {
  ORRERY_CHECK(from < until, "a mean is over some time");
  const int days = until.days() - from.days();
  const int steps = std::max(1, static_cast<int>(std::ceil(days / kMonth)));
  double sum = 0;
  for (int i = 0; i < steps; ++i) {
    // In the middle of each part: at its end a step may already be the next one.
    const Date date(from.days() + static_cast<int>(days * (i + 0.5) / steps));
    sum += at(date, level, growth_level);
  }
  return sum / steps;
}

}  // namespace orrery
