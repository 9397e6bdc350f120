#include "report/html/html_parts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "report/svg_text.hpp"

namespace orrery {
namespace {

constexpr double kBarWidth = 200, kBarHeight = 12;
constexpr double kThinnest = 1;  // So that a part of nearly nothing can be seen.

/// From the lowest to the highest sum on the way to the total.
struct Climb {
  double low = 0, high = 0;
  double place(double value) const { return high > low ? kBarWidth * (value - low) / (high - low) : 0; }
};

Climb climb_of(const Parts& breakdown) {
  Climb climb;
  double sum = 0;
  for (const auto& [name, figure] : breakdown.parts) {
    if (!std::isfinite(figure.value)) continue;
    sum += figure.value;
    climb.low = std::min(climb.low, sum);
    climb.high = std::max(climb.high, sum);
  }
  return climb;
}

std::string bar(const Climb& climb, double from, double to, const char* style) {
  if (from == to) return "";
  const double a = climb.place(std::min(from, to)), b = climb.place(std::max(from, to));
  const double width = std::max(kThinnest, b - a);
  return fmt::format(
      "<svg class=\"orrery climb\" viewBox=\"0 0 {} {}\" preserveAspectRatio=\"none\" aria-hidden=\"true\"><rect "
      "class=\"{}\" x=\"{}\" y=\"0\" width=\"{}\" height=\"{}\"/></svg>",
      pixels(kBarWidth), pixels(kBarHeight), style, pixels(std::min(a, kBarWidth - width)), pixels(width),
      pixels(kBarHeight));
}

/// Where the parts are shares themselves, a column of shares would say nothing new.
bool has_shares(const Parts& breakdown) {
  return breakdown.total.kind != Figure::Kind::Fraction && breakdown.total.value > 0;
}

std::string row(const std::string& name, const Figure& figure, const Parts& breakdown, const std::string& bar) {
  std::string text = fmt::format("<tr><th scope=\"row\">{}</th><td class=\"n\">{}</td>", xml_escaped(name),
                                 xml_escaped(cell_text(figure)));
  if (has_shares(breakdown)) {
    text += fmt::format("<td class=\"n\">{}</td>",
                        std::isfinite(figure.value) ? format_percent(figure.value / breakdown.total.value) : "-");
  }
  return text + fmt::format("<td class=\"climbs\">{}</td></tr>\n", bar);
}

}  // namespace

std::string html_parts(const Parts& breakdown) {
  const Climb climb = climb_of(breakdown);
  std::string rows;
  double sum = 0;
  for (const auto& [name, figure] : breakdown.parts) {
    if (figure.value == 0) continue;
    const double before = sum;
    if (std::isfinite(figure.value)) sum += figure.value;
    rows += row(name, figure, breakdown, bar(climb, before, sum, figure.value < 0 ? "f1" : "f0"));
  }
  const double total = std::isfinite(breakdown.total.value) ? breakdown.total.value : 0;
  const std::string title = breakdown.title.empty() ? breakdown.key : breakdown.title;
  return fmt::format(
      "<div class=\"table parts\">\n<table data-key=\"{}\">\n<caption>{}</caption>\n<thead>\n<tr><th "
      "scope=\"col\">part</th><th scope=\"col\" class=\"n\">value</th>{}<td "
      "class=\"climbs\"></td></tr>\n</thead>\n<tbody>\n{}</tbody>\n<tfoot>\n{}</tfoot>\n</table>\n</div>\n",
      breakdown.key, xml_escaped(title), has_shares(breakdown) ? "<th scope=\"col\" class=\"n\">share</th>" : "", rows,
      row("total", breakdown.total, breakdown, bar(climb, 0, total, "f6")));
}

}  // namespace orrery
