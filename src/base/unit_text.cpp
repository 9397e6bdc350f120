#include "base/unit_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>

#include "base/diagnostic.hpp"

namespace orrery {
namespace {

struct Unit {
  std::string name;
  Dimension dimension;
  double size;            ///< In base units.
  bool preferred = true;  ///< Used for printing.
};

constexpr double kMinute = 60, kHour = 3600, kDay = 86400, kYear = 365.25 * kDay;

void add_prefixed(std::vector<Unit>& units, const char* name, Dimension dimension, double size, const char* prefixes,
                  bool preferred) {
  for (const char* p = prefixes; *p != '\0'; ++p) {
    static constexpr std::string_view kPrefixes = "kMGTPE";
    const auto power = static_cast<double>(kPrefixes.find(*p) + 1);
    units.push_back({std::string(1, *p) + name, dimension, size * std::pow(1000.0, power), preferred});
  }
}

void add_binary(std::vector<Unit>& units, const char* name, Dimension dimension, bool preferred) {
  double size = 1024;
  for (const char* prefix : {"Ki", "Mi", "Gi", "Ti", "Pi"}) {
    units.push_back({std::string(prefix) + name, dimension, size, preferred});
    size *= 1024;
  }
}

std::vector<Unit> make_units() {
  std::vector<Unit> u = {{"ns", Dimension::Time, 1e-9},
                         {"us", Dimension::Time, 1e-6},
                         {"ms", Dimension::Time, 1e-3},
                         {"s", Dimension::Time, 1},
                         {"min", Dimension::Time, kMinute},
                         {"h", Dimension::Time, kHour},
                         {"days", Dimension::Time, kDay},
                         {"d", Dimension::Time, kDay, false},
                         {"day", Dimension::Time, kDay, false},
                         {"weeks", Dimension::Time, 7 * kDay, false},
                         {"week", Dimension::Time, 7 * kDay, false},
                         {"years", Dimension::Time, kYear},
                         {"year", Dimension::Time, kYear, false}};
  u.push_back({"B", Dimension::Size, 1});
  add_prefixed(u, "B", Dimension::Size, 1, "kMGTPE", false);
  add_binary(u, "B", Dimension::Size, true);
  u.push_back({"bit", Dimension::Size, 0.125, false});
  add_prefixed(u, "bit", Dimension::Size, 0.125, "kMGTP", false);
  u.push_back({"B/s", Dimension::Bandwidth, 1});
  add_prefixed(u, "B/s", Dimension::Bandwidth, 1, "kMGTP", true);
  add_binary(u, "B/s", Dimension::Bandwidth, false);
  for (const char* bit : {"bit/s", "b/s"}) {
    u.push_back({bit, Dimension::Bandwidth, 0.125, false});
    add_prefixed(u, bit, Dimension::Bandwidth, 0.125, "kMGTP", false);
  }
  u.push_back({"FLOP", Dimension::Operations, 1});
  add_prefixed(u, "FLOP", Dimension::Operations, 1, "kMGTPE", true);
  u.push_back({"FLOP/s", Dimension::FlopRate, 1});
  add_prefixed(u, "FLOP/s", Dimension::FlopRate, 1, "kMGTPE", true);
  u.push_back({"W", Dimension::Power, 1});
  add_prefixed(u, "W", Dimension::Power, 1, "kMG", true);
  u.push_back({"J", Dimension::Energy, 1});
  add_prefixed(u, "J", Dimension::Energy, 1, "kMGT", true);
  u.push_back({"Wh", Dimension::Energy, kHour, false});
  add_prefixed(u, "Wh", Dimension::Energy, kHour, "kMGT", false);
  u.push_back({"Hz", Dimension::Frequency, 1});
  add_prefixed(u, "Hz", Dimension::Frequency, 1, "kMG", true);
  return u;
}

const std::vector<Unit>& units() {
  static const std::vector<Unit> all = make_units();
  return all;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

UnitError not_a_number(std::string_view text, Dimension dimension) {
  return {fmt::format("`{}` is not {}", text.substr(0, 40), dimension_name(dimension)), dimension_hint(dimension)};
}

/// The number at the start of `text`, which moves behind it.
bool take_number(std::string_view& text, double& number) {
  if (!text.empty() && text.front() == '+') text.remove_prefix(1);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || !std::isfinite(number)) return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return true;
}

/// "$2.10", "$3M", "$2.10/h".
Expected<double, UnitError> parse_money(std::string_view text, Dimension dimension) {
  const std::string_view whole = text;
  const auto fail = [&] { return Unexpected<UnitError>(not_a_number(whole, dimension)); };
  double sign = 1;
  if (!text.empty() && text.front() == '-') sign = -1, text.remove_prefix(1);
  if (text.empty() || text.front() != '$') {
    return Unexpected<UnitError>(
        UnitError{fmt::format("`{}` has no currency", whole.substr(0, 40)), dimension_hint(dimension)});
  }
  text.remove_prefix(1);
  double number = 0;
  if (!take_number(text, number)) return fail();
  text = trimmed(text);
  static constexpr std::array<std::pair<char, double>, 4> kScales = {{{'k', 1e3}, {'M', 1e6}, {'B', 1e9}, {'T', 1e12}}};
  for (const auto& [letter, scale] : kScales) {
    if (text.empty() || text.front() != letter) continue;
    number *= scale;
    text.remove_prefix(1);
    break;
  }
  if (dimension == Dimension::Money) {
    if (!text.empty()) return fail();
    return sign * number;
  }
  static constexpr std::array<std::pair<std::string_view, double>, 6> kPeriods = {
      {{"/s", 1}, {"/h", kHour}, {"/hour", kHour}, {"/day", kDay}, {"/month", kYear / 12}, {"/year", kYear}}};
  for (const auto& [period, seconds] : kPeriods) {
    if (text == period) return sign * number / seconds;
  }
  return fail();
}

std::string suggested_unit(std::string_view unit, Dimension dimension) {
  return did_you_mean(unit, unit_names(dimension));
}

}  // namespace

const char* dimension_name(Dimension dimension) {
  switch (dimension) {
    case Dimension::None:
      return "a number";
    case Dimension::Time:
      return "a time";
    case Dimension::Size:
      return "a size";
    case Dimension::Bandwidth:
      return "a bandwidth";
    case Dimension::Operations:
      return "a count of operations";
    case Dimension::FlopRate:
      return "a rate of operations";
    case Dimension::Power:
      return "a power";
    case Dimension::Energy:
      return "an energy";
    case Dimension::Money:
      return "an amount of money";
    case Dimension::MoneyRate:
      return "a price per time";
    case Dimension::Frequency:
      return "a frequency";
  }
  return "";
}

std::string dimension_hint(Dimension dimension) {
  const char* example = "";
  switch (dimension) {
    case Dimension::None:
      return "a number, for example 0.5";
    case Dimension::Time:
      example = "2 us";
      break;
    case Dimension::Size:
      example = "80 GiB";
      break;
    case Dimension::Bandwidth:
      example = "400 Gbit/s";
      break;
    case Dimension::Operations:
      example = "3 EFLOP";
      break;
    case Dimension::FlopRate:
      example = "989 TFLOP/s";
      break;
    case Dimension::Power:
      example = "10 MW";
      break;
    case Dimension::Energy:
      example = "5 MWh";
      break;
    case Dimension::Money:
      example = "$30k";
      break;
    case Dimension::MoneyRate:
      example = "$2.10/h";
      break;
    case Dimension::Frequency:
      example = "1.98 GHz";
      break;
  }
  return fmt::format("{}, for example \"{}\"", dimension_name(dimension), example);
}

std::vector<std::string> unit_names(Dimension dimension) {
  std::vector<std::string> names;
  for (const Unit& unit : units()) {
    if (unit.dimension == dimension) names.push_back(unit.name);
  }
  return names;
}

Expected<double, UnitError> parse_quantity(std::string_view text, Dimension dimension) {
  const std::string_view whole = trimmed(text);
  if (dimension == Dimension::Money || dimension == Dimension::MoneyRate) return parse_money(whole, dimension);
  std::string_view rest = whole;
  double number = 0;
  if (!take_number(rest, number)) return Unexpected<UnitError>(not_a_number(whole, dimension));
  const std::string_view unit = trimmed(rest);
  if (dimension == Dimension::None) {
    if (unit == "%") return number / 100;
    if (unit.empty()) return number;
    return Unexpected<UnitError>(not_a_number(whole, dimension));
  }
  if (unit.empty()) {
    return Unexpected<UnitError>(UnitError{fmt::format("`{}` has no unit", whole), dimension_hint(dimension)});
  }
  const Unit* other = nullptr;
  for (const Unit& candidate : units()) {
    if (candidate.name != unit) continue;
    if (candidate.dimension != dimension) {
      other = &candidate;
      continue;
    }
    const double value = number * candidate.size;
    if (!std::isfinite(value)) return Unexpected<UnitError>(not_a_number(whole, dimension));
    return value;
  }
  const std::string near = suggested_unit(unit, dimension);
  if (other != nullptr) {
    const std::string hint = near.empty() ? dimension_hint(dimension) : fmt::format("did you mean `{}`?", near);
    return Unexpected<UnitError>(UnitError{
        fmt::format("`{}` is {}, not {}", whole, dimension_name(other->dimension), dimension_name(dimension)), hint});
  }
  return Unexpected<UnitError>(
      UnitError{fmt::format("unknown unit `{}`", unit.substr(0, 24)),
                near.empty() ? dimension_hint(dimension) : fmt::format("did you mean `{}`?", near)});
}

std::string format_significant(double value, int digits) {
  if (value == 0 || !std::isfinite(value)) return value == 0 ? "0" : fmt::format("{}", value);
  const int magnitude = static_cast<int>(std::floor(std::log10(std::abs(value)))) + 1;
  return fmt::format("{:.{}f}", value, std::max(0, digits - magnitude));
}

std::string format_quantity(double base_units, Dimension dimension, int digits) {
  if (dimension == Dimension::Money || dimension == Dimension::MoneyRate) {
    const double amount = dimension == Dimension::Money ? base_units : base_units * kHour;
    const double size = std::abs(amount);
    const auto scaled = [&](double scale, const char* letter) {
      return fmt::format("{}${}{}{}", amount < 0 ? "-" : "", format_significant(size / scale, digits), letter,
                         dimension == Dimension::Money ? "" : "/h");
    };
    if (size >= 1e12) return scaled(1e12, "T");
    if (size >= 1e9) return scaled(1e9, "B");
    if (size >= 1e6) return scaled(1e6, "M");
    return scaled(1, "");
  }
  if (dimension == Dimension::None) return format_significant(base_units, digits);
  const Unit* best = nullptr;
  for (const Unit& unit : units()) {
    if (unit.dimension != dimension || !unit.preferred) continue;
    // The largest unit that leaves at least one whole, or the smallest there is; zero takes the base unit.
    const bool fits = base_units == 0 ? unit.size == 1 : std::abs(base_units) >= unit.size * (1 - 1e-12);
    if (best == nullptr || (fits && unit.size > best->size)) best = &unit;
  }
  return fmt::format("{} {}", format_significant(base_units / best->size, digits), best->name);
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
