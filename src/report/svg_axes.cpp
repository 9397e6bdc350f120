#include "report/svg_axes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>

#include "base/date.hpp"
#include "base/unit_table.hpp"

namespace orrery {
namespace {

using Scale = ChartAxis::Scale;

constexpr double kLargest = 1e100;  // Sums, differences and powers of what is drawn stay finite.
constexpr double kSlack = 1e-9;     // Of a step: a tick that rounding pushed over the end counts.

bool is_logarithmic(Scale scale) {
  return scale == Scale::Log || scale == Scale::Log2;
}

bool has_unit(const ChartAxis& axis) {
  return axis.kind == Figure::Kind::Quantity && axis.dimension != Dimension::None && !is_money(axis.dimension);
}

/// In which a price is round: dollars an hour, dollars a kWh.
double round_size(const ChartAxis& axis) {
  if (axis.kind != Figure::Kind::Quantity) return 1;
  if (axis.dimension == Dimension::MoneyRate) return 1 / kHour;
  return axis.dimension == Dimension::EnergyPrice ? 1 / 3.6e6 : 1;
}

/// "$8.00M" as "$8M".
std::string without_trailing_zeros(std::string text) {
  const std::size_t point = text.find('.');
  if (point == std::string::npos || text.find('e') != std::string::npos) return text;
  const std::size_t end = std::min(text.find_first_not_of("0123456789", point + 1), text.size());
  const std::size_t last = text.find_last_not_of('0', end - 1);
  return text.erase(last == point ? point : last + 1, end - (last == point ? point : last + 1));
}

/// A value of a linear axis, in `unit`, to the decimals that its step needs.
std::string linear_label(const ChartAxis& axis, double value, double step, double unit) {
  if (axis.kind == Figure::Kind::Quantity && !has_unit(axis) && axis.dimension != Dimension::None)
    return without_trailing_zeros(cell_text(Figure{value, axis.kind, axis.dimension, 4}));
  if (axis.kind == Figure::Kind::Large) return without_trailing_zeros(cell_text(large(value, 4)));
  const double percent = axis.kind == Figure::Kind::Fraction || axis.kind == Figure::Kind::Signed ? 100 : 1;
  const double shown = value / unit * percent;
  const int decimals = std::max(0, -static_cast<int>(std::floor(std::log10(step / unit * percent) + kSlack)));
  std::string text;
  if (std::abs(shown) >= 1e15 || decimals > 6) {
    text = fmt::format("{:.4g}", shown);
  } else if (axis.kind == Figure::Kind::Signed && value != 0) {
    text = fmt::format("{:+.{}f}", shown, decimals);
  } else {
    text = decimals == 0 ? format_count(std::llround(shown)) : fmt::format("{:.{}f}", shown, decimals);
  }
  return percent == 1 ? text : text + " %";
}

/// A value of a logarithmic axis, with its unit: "32 KiB".
std::string log_label(const ChartAxis& axis, double value) {
  if (axis.kind == Figure::Kind::Fraction || axis.kind == Figure::Kind::Signed)
    return fmt::format("{:.4g} %", 100 * value);
  if (axis.kind == Figure::Kind::Large || (axis.kind == Figure::Kind::Quantity && !has_unit(axis)))
    return without_trailing_zeros(cell_text(Figure{value, axis.kind, axis.dimension, 4}));
  if (!has_unit(axis)) {
    const bool is_whole = value >= 1 && value < 1e9 && value == std::floor(value);
    return is_whole ? format_count(std::llround(value)) : fmt::format("{:.4g}", value);
  }
  // 1 h and not 60 min, but 100 s and not 1.667 min.
  const Unit* best = &fitting_unit(value, axis.dimension, 4);
  for (const Unit& unit : all_units()) {
    const double number = value / unit.size;
    const bool is_whole = number >= 1 && number == std::floor(number);
    if (unit.dimension == axis.dimension && unit.print_from > 0 && is_whole && unit.size > best->size) best = &unit;
  }
  std::string name = best->name;
  if (name.ends_with("ys") || name.ends_with("rs")) name.resize(name.size() - (value == best->size ? 1 : 0));
  return fmt::format("{:.4g} {}", value / best->size, name);
}

/// The smallest of 1, 2, 5, 10, 20, ... that is at least `wanted`.
double round_step(double wanted) {
  const double power = std::pow(10.0, std::floor(std::log10(wanted)));
  for (const double digit : {1.0, 2.0, 5.0}) {
    if (digit * power >= wanted * (1 - kSlack)) return digit * power;
  }
  return 10 * power;
}

void plan_linear(const ChartAxis& axis, AxisPlan& plan, int ticks, bool whole) {
  // A single value, or a few roundings of it, gets room.
  if (const double size = std::max(std::abs(plan.low), std::abs(plan.high)); plan.high - plan.low <= 1e-9 * size) {
    plan.low -= size / 2;
    plan.high += size == 0 ? 1 : size / 2;
  }
  const double widest = std::max(std::abs(plan.low), std::abs(plan.high));
  const Unit* unit = has_unit(axis) ? &fitting_unit(widest, axis.dimension, 3) : nullptr;
  const double size = unit == nullptr ? round_size(axis) : unit->size;
  if (unit != nullptr) plan.title += fmt::format("{}({})", plan.title.empty() ? "" : " ", unit->name);
  const double span = (plan.high - plan.low) / size;
  double step = round_step(span / ticks) * size;
  if (axis.kind == Figure::Kind::Count) step = std::max(1.0, step);
  double first = std::floor(plan.low / step + kSlack), last = std::ceil(plan.high / step - kSlack);
  if (whole || last - first < 3) {
    plan.low = std::min(plan.low, first * step);
    plan.high = std::max(plan.high, last * step);
  } else {
    first = std::ceil(plan.low / step - kSlack);
    last = std::floor(plan.high / step + kSlack);
  }
  for (double k = first; k <= last; ++k) {
    const double value = k == 0 ? 0 : k * step;
    plan.ticks.push_back({std::clamp(value, plan.low, plan.high), linear_label(axis, value, step, size)});
  }
}

/// Powers of two whose exponents are multiples of a step that divides ten: they hit 1 KiB, 1 MiB and 1 GiB.
std::vector<double> powers_of_two(double low, double high, int ticks) {
  const double first = std::floor(std::log2(low)), last = std::ceil(std::log2(high));
  double step = 1;
  for (const double wider : {2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0}) {
    if ((last - first) / step > ticks) step = wider;
  }
  std::vector<double> all;
  for (double e = std::floor(first / step) * step; e <= last + step; e += step) all.push_back(std::exp2(e));
  return all;
}

/// Powers of ten; with 2 and 5 times them where there is room, and only each second, third, ... where there is not.
std::vector<double> powers_of_ten(double low, double high, int ticks) {
  const double first = std::floor(std::log10(low) + kSlack), last = std::ceil(std::log10(high) - kSlack);
  const bool has_room = 3 * std::log10(high / low) <= ticks + 3;
  const double every = std::max(1.0, std::ceil((last - first) / ticks));
  std::vector<double> all;
  for (double e = std::floor(first / every) * every; e < last + every; e += every) {
    const double power = std::pow(10.0, e);
    all.push_back(power);
    if (has_room) all.insert(all.end(), {2 * power, 5 * power});
  }
  return all;
}

/// Times as people count them, from seconds up to years.
std::vector<double> round_times(double low, double high) {
  std::vector<double> all = {1e-9};
  while (all.back() < 5) all.push_back(std::pow(10.0, static_cast<double>(all.size()) - 9));
  all.insert(all.end(), {kMinute, 10 * kMinute, kHour, 10 * kHour, kDay, 10 * kDay, 100 * kDay});
  for (double years = 1; years <= 1e6; years *= 10) all.push_back(years * kYear);
  const auto first = std::prev(std::upper_bound(all.begin() + 1, all.end(), low * (1 + kSlack)));
  const auto last = std::lower_bound(first, all.end() - 1, high * (1 - kSlack));
  return {first, last + 1};
}

/// Where a logarithmic axis may have ticks, from `low` or below to `high` or above.
std::vector<double> log_candidates(const ChartAxis& axis, double low, double high, int ticks) {
  if (axis.scale == Scale::Log2) return powers_of_two(low, high, ticks);
  // Beyond minutes powers of ten are no times that people know.
  const bool is_long = has_unit(axis) && axis.dimension == Dimension::Time && high > 2 * kMinute;
  if (is_long && low >= 1e-9 && high <= 1e6 * kYear && high / low > 100 && high / low < 1e10)
    return round_times(low, high);
  const double unit = is_long && low >= kDay ? kDay : is_long && low >= kHour ? kHour : 1;
  std::vector<double> all = powers_of_ten(low / unit, high / unit, ticks);
  for (double& value : all) value *= unit;
  return all;
}

void plan_log(const ChartAxis& axis, AxisPlan& plan, int ticks, bool whole) {
  if (plan.high <= plan.low * (1 + kSlack)) {
    plan.low /= 2;
    plan.high *= 2;
  }
  const std::vector<double> all = log_candidates(axis, plan.low, plan.high, ticks);
  const auto inside = std::count_if(all.begin(), all.end(), [&](double v) { return plan.low <= v && v <= plan.high; });
  if (whole || inside < 2) {
    const double low = plan.low * (1 + kSlack), high = plan.high * (1 - kSlack);
    plan.low = std::min(plan.low, *std::prev(std::upper_bound(all.begin() + 1, all.end(), low)));
    plan.high = std::max(plan.high, *std::lower_bound(all.begin(), all.end() - 1, high));
  }
  for (const double v : all) {
    if (v >= plan.low && v <= plan.high) plan.ticks.push_back({v, log_label(axis, v)});
  }
}

// Days since 1970 of 0001-01-01 and of 9999-12-31: what a calendar of four digits has.
constexpr double kFirstDate = -719162, kLastDate = 2932896;

/// From one tick of dates to the next: so many days, or so many months.
struct DateStep {
  int days = 0, months = 0;
  double length() const { return days > 0 ? days : months * 30.436875; }
};
constexpr std::array<DateStep, 18> kDateSteps = {{{1, 0},
                                                  {2, 0},
                                                  {7, 0},
                                                  {14, 0},
                                                  {0, 1},
                                                  {0, 3},
                                                  {0, 6},
                                                  {0, 12},
                                                  {0, 24},
                                                  {0, 60},
                                                  {0, 120},
                                                  {0, 240},
                                                  {0, 600},
                                                  {0, 1200},
                                                  {0, 2400},
                                                  {0, 6000},
                                                  {0, 12000},
                                                  {0, 24000}}};

Date date_of(double day) {
  return Date(static_cast<int>(std::floor(day)));
}

/// Months since the year 0.
int month_number(double day) {
  const Date date = date_of(day);
  return 12 * date.year() + date.month() - 1;
}

/// As exactly as the ticks need it: "2025", "2025-Q3", "2025-03", "2025-03-14".
std::string date_label(Date date, const DateStep& step) {
  if (step.days > 0) return date_text(date);
  if (step.months % 12 == 0) return fmt::format("{:04}", date.year());
  return step.months % 3 == 0 ? quarter_text(date) : month_text(date);
}

std::vector<Tick> date_ticks(double low, double high, const DateStep& step) {
  std::vector<Tick> ticks;
  const auto add = [&](double day) {
    if (day >= low && day <= high) ticks.push_back({day, date_label(date_of(day), step)});
  };
  if (step.days > 0) {
    const double monday = step.days % 7 == 0 ? 4 : 0;  // 1970-01-05 was one.
    for (double k = std::floor((low - monday) / step.days); monday + k * step.days <= high; ++k)
      add(monday + k * step.days);
    return ticks;
  }
  const int last = month_number(high);
  for (int month = month_number(low) / step.months * step.months; month <= last; month += step.months) {
    if (month >= 12) add(Date::of(month / 12, month % 12 + 1, 1).days());
  }
  return ticks;
}

void plan_dates(AxisPlan& plan, int ticks) {
  if (plan.high - plan.low < 2) {
    plan.low = std::max(kFirstDate, std::floor(plan.low) - 1);
    plan.high = std::min(kLastDate, std::ceil(plan.high) + 1);
  }
  std::size_t step = 0;
  while (step + 1 < kDateSteps.size() && (plan.high - plan.low) / kDateSteps[step].length() > ticks) ++step;
  plan.ticks = date_ticks(plan.low, plan.high, kDateSteps[step]);
  if (plan.ticks.size() < 2 && step > 0) plan.ticks = date_ticks(plan.low, plan.high, kDateSteps[step - 1]);
}

}  // namespace

std::string date_text(double day) {
  return date_text(date_of(day));
}

bool is_drawable(double value, Scale scale) {
  if (scale == Scale::Date) return value >= kFirstDate && value <= kLastDate;
  if (!(std::abs(value) <= kLargest)) return false;
  return scale == Scale::Linear || value >= 1 / kLargest;
}

void AxisRange::add(double value) {
  if (std::abs(value) < 1 / kLargest) value = 0;
  if (!std::isfinite(value) || (is_logarithmic(scale_) && value <= 0)) return;
  low_ = std::min(low_, value);
  high_ = std::max(high_, value);
}

double AxisPlan::place(double value) const {
  if (!is_logarithmic(scale)) return (value - low) / (high - low);
  return value <= low ? 0 : std::log(value / low) / std::log(high / low);
}

AxisPlan plan_axis(const ChartAxis& axis, const AxisRange& range, int ticks, bool whole) {
  AxisPlan plan;
  plan.scale = axis.scale;
  plan.title = axis.title;
  if (range.empty()) {
    plan.low = is_logarithmic(axis.scale) ? 1 : 0;
    plan.high = plan.low + 1;
    return plan;
  }
  plan.low = range.low();
  plan.high = range.high();
  if (axis.scale == Scale::Linear) {
    plan_linear(axis, plan, ticks, whole);
  } else if (axis.scale == Scale::Date) {
    plan_dates(plan, ticks);
  } else {
    plan_log(axis, plan, ticks, whole);
  }
  return plan;
}

}  // namespace orrery
