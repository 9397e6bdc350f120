#include "base/unit_text.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cmath>

#include "base/diagnostic.hpp"
#include "base/unit_table.hpp"

namespace orrery {
namespace {

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

/// The user's text in a message, cut where it is long.
std::string quoted(std::string_view text) {
  if (text.size() <= 40) return fmt::format("`{}`", text);
  std::size_t end = 37;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  return fmt::format("`{}...`", text.substr(0, end));
}

Unexpected<UnitError> refused(std::string message, std::string hint) {
  return Unexpected<UnitError>(UnitError{std::move(message), std::move(hint)});
}

Unexpected<UnitError> not_of(std::string_view text, Dimension dimension) {
  return refused(fmt::format("{} is not {}", quoted(text), dimension_name(dimension)), dimension_hint(dimension));
}

Unexpected<UnitError> too_large(std::string_view text) {
  return refused(fmt::format("{} is too large", quoted(text)), "a finite number below 1e308 in base units");
}

/// The number at the start of `text`, which moves behind it; or why there is none.
Expected<double, UnitError> take_number(std::string_view& text, std::string_view whole, Dimension dimension) {
  if (text.size() > 1 && text[0] == '+' && text[1] != '-') text.remove_prefix(1);
  double number = 0;
  // Independent of the locale, unlike strtod and streams.
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc::result_out_of_range) {
    return refused(fmt::format("{} is too large or too small for a number", quoted(whole)), dimension_hint(dimension));
  }
  if (error != std::errc{} || !std::isfinite(number)) return not_of(whole, dimension);
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  if (text.size() > 1 && (text[0] == ',' || text[0] == '_' || text[0] == '\'') && is_digit(text[1])) {
    return refused(fmt::format("{} has `{}` inside its number", quoted(whole), text[0]),
                   "digits with a point and no separators, for example 16384 or 2.5");
  }
  return number;
}

/// "$2.10", "$3M", "$2.10/h".
Expected<double, UnitError> parse_money(const std::string_view whole, Dimension dimension) {
  std::string_view text = whole;
  const double sign = text.starts_with('-') ? -1 : 1;
  if (sign < 0) text.remove_prefix(1);
  if (!text.starts_with('$')) {
    // Digits, a scale and what it is for, or the sign or name of another currency.
    const bool names_one = text.substr(0, text.find('/')).find_first_not_of("0123456789.+-eE kMBT") != text.npos;
    return refused(fmt::format("{} {}", quoted(whole), names_one ? "is not in dollars" : "has no currency"),
                   dimension_hint(dimension));
  }
  text = trimmed(text.substr(1));
  const auto number = take_number(text, whole, dimension);
  if (!number) return number;
  double amount = sign * *number;
  text = trimmed(text);
  for (const MoneyScale& scale : money_scales()) {
    if (!text.starts_with(scale.letter)) continue;
    amount *= scale.size;
    text = trimmed(text.substr(1));
    break;
  }
  if (!std::isfinite(amount)) return too_large(whole);
  if (text.empty()) {
    if (dimension == Dimension::Money) return amount;
    return refused(
        fmt::format("{} has no {}", quoted(whole), dimension == Dimension::MoneyRate ? "period" : "unit behind it"),
        dimension_hint(dimension));
  }
  for (const PricedUnit& unit : priced_units()) {
    if (text != unit.text) continue;
    if (dimension == unit.dimension) return amount / unit.size;
    return refused(
        fmt::format("{} is {}, not {}", quoted(whole), dimension_name(unit.dimension), dimension_name(dimension)),
        dimension_hint(dimension));
  }
  std::vector<std::string> known;
  for (const PricedUnit& unit : priced_units()) {
    if (unit.dimension == dimension) known.emplace_back(unit.text);
  }
  return refused(fmt::format("unknown unit {} behind an amount", quoted(text)),
                 fmt::format("k, M, B or T for the size{}{}", known.empty() ? "" : ", then ", fmt::join(known, ", ")));
}

/// Units of the dimension that differ from `unit` in case only: "`GB/s` (bytes) or `Gb/s` (bits)"; or the nearest one.
std::string suggestion(std::string_view unit, Dimension dimension) {
  if (std::string usual = usual_name(unit, dimension); !usual.empty()) return fmt::format("did you mean `{}`?", usual);
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  std::string same;
  int count = 0;
  for (const Unit& candidate : all_units()) {
    if (candidate.dimension != dimension || candidate.name.size() != unit.size()) continue;
    bool equal = true;
    for (std::size_t i = 0; i < unit.size(); ++i) equal = equal && lower(unit[i]) == lower(candidate.name[i]);
    if (!equal) continue;
    const bool has_bits = dimension == Dimension::Size || dimension == Dimension::Bandwidth;
    const char* kind = !has_bits ? "" : candidate.name.find('B') == std::string::npos ? " (bits)" : " (bytes)";
    same += fmt::format("{}`{}`{}", count++ > 0 ? " or " : "", candidate.name, kind);
  }
  if (count == 1) same = same.substr(0, same.find('`', 1) + 1);
  if (!same.empty()) return fmt::format("did you mean {}?", same);
  const std::string near = did_you_mean(unit, unit_names(dimension));
  return near.empty() ? dimension_hint(dimension) : fmt::format("did you mean `{}`?", near);
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
    case Dimension::PowerPrice:
      return "a price per power";
    case Dimension::EnergyPrice:
      return "a price of energy";
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
    case Dimension::PowerPrice:
      example = "$9.3M/MW";
      break;
    case Dimension::EnergyPrice:
      example = "$0.08/kWh";
      break;
    case Dimension::Frequency:
      example = "0.11 /year";
      break;
  }
  return fmt::format("{}, for example \"{}\"", dimension_name(dimension), example);
}

std::vector<std::string> unit_names(Dimension dimension) {
  std::vector<std::string> names;
  for (const Unit& unit : all_units()) {
    if (unit.dimension == dimension) names.push_back(unit.name);
  }
  return names;
}

Expected<double, UnitError> parse_quantity(std::string_view text, Dimension dimension) {
  const std::string_view whole = trimmed(text);
  if (is_money(dimension)) return parse_money(whole, dimension);
  std::string_view rest = whole;
  const auto number = take_number(rest, whole, dimension);
  if (!number) return number;
  const std::string_view unit = trimmed(rest);
  if (dimension == Dimension::None) {
    if (unit == "%") return *number / 100;
    if (unit.empty()) return *number;
    return refused(fmt::format("{} has a unit", quoted(whole)), dimension_hint(dimension));
  }
  if (unit.empty()) {
    return refused(fmt::format("{} has no unit", quoted(whole)), dimension_hint(dimension));
  }
  const Unit* other = nullptr;
  for (const Unit& candidate : all_units()) {
    if (candidate.name != unit) continue;
    if (candidate.dimension != dimension) {
      other = &candidate;
      continue;
    }
    const double value = *number * candidate.size;
    if (!std::isfinite(value)) return too_large(whole);
    return value;
  }
  if (other != nullptr) {
    return refused(
        fmt::format("{} is {}, not {}", quoted(whole), dimension_name(other->dimension), dimension_name(dimension)),
        dimension_hint(dimension));
  }
  return refused(fmt::format("unknown unit {}", quoted(unit)), suggestion(unit, dimension));
}

}  // namespace orrery
