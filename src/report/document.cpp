#include "report/document.hpp"

#include <fmt/format.h>

#include <cmath>

namespace orrery {
namespace {

std::string figure_text(const Figure& f) {
  if (!std::isfinite(f.value)) return "-";
  switch (f.kind) {
    case Figure::Kind::Quantity:
      return format_quantity(f.value, f.dimension, f.digits);
    case Figure::Kind::Count:
      return format_count(static_cast<long long>(f.value));
    case Figure::Kind::Fraction:
      return format_percent(f.value, f.digits);
    case Figure::Kind::Signed:
      return fmt::format("{:+.{}f} %", 100 * f.value, f.digits);
    case Figure::Kind::Number:
      return format_significant(f.value, f.digits);
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

std::string cell_text(const Cell& cell) {
  if (const auto* text = std::get_if<std::string>(&cell)) return *text;
  if (const auto* truth = std::get_if<bool>(&cell)) return *truth ? "yes" : "no";
  if (const auto* f = std::get_if<Figure>(&cell)) return figure_text(*f);
  return "-";
}

}  // namespace orrery
