#include "report/document.hpp"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <set>

#include "base/check.hpp"

namespace orrery {
namespace {

/// Whole parts may leave this share of the total unexplained: rounding of sums.
constexpr double kRounding = 1e-9;

std::string large_text(double value, int digits) {
  constexpr std::array<const char*, 5> kSuffixes = {"", " K", " M", " B", " T"};
  std::size_t step = 0;
  // 999.96 rounds to 1000, which is the next suffix's 1.
  while (step + 1 < kSuffixes.size() && std::abs(value) >= 1000 - 500 * std::pow(10.0, -digits)) {
    value /= 1000;
    ++step;
  }
  return format_significant(value, digits) + kSuffixes[step];
}

bool is_key(const std::string& key) {
  return !key.empty() && key.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == std::string::npos;
}

void check_parts(const Parts& breakdown) {
  if (breakdown.parts.empty()) return;
  double sum = 0, size = std::abs(breakdown.total.value);
  for (const auto& [name, figure] : breakdown.parts) {
    ORRERY_CHECK(figure.kind == breakdown.total.kind && figure.dimension == breakdown.total.dimension,
                 "parts of " + breakdown.key + " have the unit of the total: " + name);
    sum += figure.value;
    size += std::abs(figure.value);
  }
  ORRERY_CHECK(
      !std::isfinite(sum) || std::abs(sum - breakdown.total.value) <= kRounding * size,
      fmt::format("parts of {} add up to the total: {} against {}", breakdown.key, sum, breakdown.total.value));
}

void check_table(const Table& table) {
  std::set<std::string> keys;
  for (const Column& column : table.columns) {
    ORRERY_CHECK(column.key.empty() ? !column.title.empty() : is_key(column.key) && keys.insert(column.key).second,
                 "columns of " + table.key + " have keys that differ: " + column.key);
  }
  for (const auto& row : table.rows) {
    ORRERY_CHECK(row.size() <= table.columns.size(), "rows of " + table.key + " are no longer than the header");
  }
}

/// "-0.0 %" is zero.
std::string without_negative_zero(std::string text) {
  return text.starts_with('-') && text.find_first_of("123456789") == std::string::npos ? text.substr(1) : text;
}

std::string figure_text(const Figure& f) {
  if (!std::isfinite(f.value)) return "-";
  switch (f.kind) {
    case Figure::Kind::Quantity:
      return format_quantity(f.value, f.dimension, f.digits);
    case Figure::Kind::Count:
      return format_count(static_cast<long long>(f.value));
    case Figure::Kind::Fraction:
      return without_negative_zero(format_percent(f.value, f.digits));
    case Figure::Kind::Signed:
      return fmt::format("{:+.{}f} %", 100 * f.value, f.digits);
    case Figure::Kind::Number:
      return format_significant(f.value, f.digits);
    case Figure::Kind::Large:
      return large_text(f.value, f.digits);
  }
  return "";
}

}  // namespace

Figure count(long long n) {
  return {static_cast<double>(n), Figure::Kind::Count, Dimension::None, 0};
}
Figure fraction(double share, int decimals) {
  return {share, Figure::Kind::Fraction, Dimension::None, decimals};
}
Figure signed_fraction(double error, int decimals) {
  return {error, Figure::Kind::Signed, Dimension::None, decimals};
}
Figure number(double value, int digits) {
  return {value, Figure::Kind::Number, Dimension::None, digits};
}

Figure large(double value, int digits) {
  return {value, Figure::Kind::Large, Dimension::None, digits};
}

std::string cell_text(const Cell& cell) {
  if (const auto* text = std::get_if<std::string>(&cell)) return *text;
  if (const auto* truth = std::get_if<bool>(&cell)) return *truth ? "yes" : "no";
  if (const auto* f = std::get_if<Figure>(&cell)) return figure_text(*f);
  return "-";
}

void check_document(const Document& document) {
  std::set<std::string> keys = {"schema", "version", "command", "answer", "notes", "warnings", "error"};
  const auto check_key = [&](const std::string& key) {
    ORRERY_CHECK(is_key(key), "a key is in snake_case: `" + key + "`");
    ORRERY_CHECK(keys.insert(key).second, "keys of a document differ: " + key);
  };
  for (const Field& field : document.fields) check_key(field.key);
  for (const Literal& literal : document.literals) check_key(literal.key);
  for (const Parts& breakdown : document.breakdowns) {
    check_key(breakdown.key);
    check_parts(breakdown);
  }
  for (const Table& table : document.tables) {
    check_key(table.key);
    check_table(table);
  }
}

}  // namespace orrery
