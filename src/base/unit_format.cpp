#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <utility>

#include "base/unit_table.hpp"
#include "base/unit_text.hpp"

namespace orrery {
namespace {

/// The value rounded to that many significant digits, so that the unit is chosen for what will be printed:
/// 999.96 GB/s in four digits is 1.000 TB/s.
double rounded(double value, int digits) {
  if (value == 0 || !std::isfinite(value)) return value;
  const std::string text = fmt::format("{:.{}e}", value, std::max(0, digits - 1));
  double result = value;
  std::from_chars(text.data(), text.data() + text.size(), result);
  return result;
}

std::string format_amount(double amount, int digits, const char* period) {
  const double size = std::abs(rounded(amount, digits));
  const MoneyScale* best = nullptr;
  // Thousands stay in full: "$30000" is how the price of a chip is written.
  for (const MoneyScale& scale : money_scales()) {
    if (scale.size >= 1e6 && size >= scale.size) best = &scale;
  }
  return fmt::format("{}${}{}{}", amount < 0 ? "-" : "", format_significant(size / (best ? best->size : 1), digits),
                     best ? best->letter : "", period);
}

/// Ranks the ways to write a number: by length, and of those as long the one whose number is from 1 to 1,000.
std::pair<std::size_t, bool> awkwardness(const std::string& text, double number) {
  return {text.size(), number != 0 && (std::abs(number) < 1 || std::abs(number) >= 1000)};
}

}  // namespace

std::string format_significant(double value, int digits) {
  if (value == 0 || !std::isfinite(value)) return value == 0 ? "0" : fmt::format("{}", value);
  const double shown = rounded(value, digits);
  const double size = std::abs(shown);
  if (size >= 1e15 || size < 1e-6) return fmt::format("{:.{}e}", value, std::max(0, digits - 1));
  const int magnitude = static_cast<int>(std::floor(std::log10(size) + 1e-12)) + 1;
  return fmt::format("{:.{}f}", shown, std::max(0, digits - magnitude));
}

const Unit& fitting_unit(double base_units, Dimension dimension, int digits) {
  const Unit* best = nullptr;
  for (const Unit& unit : all_units()) {
    if (unit.dimension != dimension || unit.print_from == 0) continue;
    // Zero takes the base unit.
    const double shown = std::abs(rounded(base_units / unit.size, digits)) * unit.size;
    const bool reached = base_units == 0 ? unit.size == 1 : shown >= unit.print_from;
    if (best == nullptr || (reached && unit.size > best->size)) best = &unit;
  }
  return *best;
}

std::string format_quantity(double base_units, Dimension dimension, int digits) {
  if (dimension == Dimension::None) return format_significant(base_units, digits);
  if (dimension == Dimension::Money) return format_amount(base_units, digits, "");
  if (is_money(dimension)) {
    const PricedUnit& unit = usual_priced_unit(dimension);
    return format_amount(base_units * unit.size, digits, unit.text);
  }
  const Unit& unit = fitting_unit(base_units, dimension, digits);
  return fmt::format("{} {}", format_significant(base_units / unit.size, digits), unit.name);
}

std::string exact_quantity(double base_units, Dimension dimension) {
  const auto reads_back = [&](const std::string& text) {
    const auto value = parse_quantity(text, dimension);
    return value && *value == base_units;
  };
  std::string best;
  double best_number = 0;
  const auto consider = [&](std::string text, double number) {
    if (!reads_back(text)) return;
    if (!best.empty() && awkwardness(best, best_number) <= awkwardness(text, number)) return;
    best = std::move(text);
    best_number = number;
  };
  const auto consider_money = [&](double amount, const char* period) {
    const char* const sign = std::signbit(amount) ? "-" : "";
    consider(fmt::format("{}${}{}", sign, std::abs(amount), period), amount);
    for (const MoneyScale& scale : money_scales()) {
      consider(fmt::format("{}${}{}{}", sign, std::abs(amount) / scale.size, scale.letter, period),
               amount / scale.size);
    }
  };
  if (dimension == Dimension::Money) {
    consider_money(base_units, "");
  } else if (is_money(dimension)) {
    for (const PricedUnit& unit : priced_units()) {
      if (unit.dimension == dimension) consider_money(base_units * unit.size, unit.text);
    }
  } else if (dimension == Dimension::None) {
    return fmt::format("{}", base_units);
  }
  for (const Unit& unit : all_units()) {
    const double number = base_units / unit.size;
    if (unit.dimension == dimension) consider(fmt::format("{} {}", number, unit.name), number);
  }
  return best;
}

std::string format_time(Seconds time) {
  return format_quantity(time.raw(), Dimension::Time, 3);
}
std::string format_bytes(Bytes size) {
  return format_quantity(size.raw(), Dimension::Size, 3);
}
std::string format_bandwidth(BytesPerSecond rate) {
  return format_quantity(rate.raw(), Dimension::Bandwidth, 3);
}
std::string format_flop_rate(FlopsPerSecond rate) {
  return format_quantity(rate.raw(), Dimension::FlopRate, 3);
}
std::string format_money(Dollars amount) {
  return format_quantity(amount.raw(), Dimension::Money, 3);
}

std::string format_count(long long n) {
  std::string digits = std::to_string(n);
  for (std::size_t place = digits.size(); place > (n < 0 ? 4U : 3U);) {
    place -= 3;
    digits.insert(place, ",");
  }
  return digits;
}

std::string format_percent(double fraction, int decimals) {
  return fmt::format("{:.{}f} %", 100 * fraction, decimals);
}

}  // namespace orrery
