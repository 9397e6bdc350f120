#include "fleet/dated_series.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "base/check.hpp"

namespace orrery {
namespace {

double between(double a, double b, double share) {
  if (a > 0 && b > 0) return a * std::pow(b / a, share);
  return a + share * (b - a);
}

/// Mean of an exponential over an interval, from its values at the ends.
double exponential_mean(double first, double last) {
  if (first <= 0 || last <= 0 || std::abs(last / first - 1) < 1e-6) return (first + last) / 2;
  return (last - first) / std::log(last / first);
}

/// The last step holds for a year.
Date first_day_of_growth(Date last_step) {
  return Date(last_step.days() + 366);  // The first day that is 365.25 days later.
}

/// Mean of a series over a piece that no date of it cuts.
double mean_of_piece(const DatedSeries& series, Date from, Date until, double level, double growth_level) {
  const std::vector<DatedValue>& points = series.points;
  const double first = series.at(from, level, growth_level);
  const bool steps = series.shape == DatedSeries::Shape::Steps;
  if ((steps ? first_day_of_growth(points.back().date) : points.back().date) <= from)
    return exponential_mean(first, first * std::pow(series.growth.quantile(growth_level), years_between(from, until)));
  const auto after = std::find_if(points.begin(), points.end(), [&](const DatedValue& p) { return from < p.date; });
  if (steps || after == points.begin()) return first;
  const double last = series.at(until, level, growth_level);
  const bool curved = (after - 1)->value.quantile(level) > 0 && after->value.quantile(level) > 0;
  return curved ? exponential_mean(first, last) : (first + last) / 2;
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
  if (points.empty()) return 0;
  // Pieces of one smooth law each.
  std::vector<Date> ends;
  for (const DatedValue& point : points) ends.push_back(point.date);
  if (shape == Shape::Steps) ends.push_back(first_day_of_growth(points.back().date));
  std::erase_if(ends, [&](Date end) { return end <= from || until <= end; });
  ends.push_back(until);
  double sum = 0;
  for (Date begin = from; const Date end : ends) {
    sum += mean_of_piece(*this, begin, end, level, growth_level) * (end - begin).raw();
    begin = end;
  }
  return sum / (until - from).raw();
}

}  // namespace orrery
