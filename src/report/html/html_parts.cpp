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
  const double a = climb.place(std::min(from, to)), b = climb.place(std::max(from, to));
  const double width = std::max(kThinnest, b - a);
  return fmt::format(
      "<svg class=\"orrery climb\" viewBox=\"0 0 {} {}\" preserveAspectRatio=\"none\" aria-hidden=\"true\"><rect "
      "class=\"{}\" x=\"{}\" y=\"0\" width=\"{}\" height=\"{}\"/></svg>",
      pixels(kBarWidth), pixels(kBarHeight), style, pixels(std::min(a, kBarWidth - width)), pixels(width),
      pixels(kBarHeight));
}

std::string row(const std::string& name, const Figure& figure, double total, const std::string& bar) {
  const bool has_share = std::isfinite(figure.value) && total > 0;
  return fmt::format("<td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"bar\">{}</td></tr>\n",
                     xml_escaped(cell_text(figure)), has_share ? format_percent(figure.value / total) : "-", bar)
      .insert(0, fmt::format("<tr><th scope=\"row\">{}</th>", xml_escaped(name)));
}

}  // namespace

std::string html_parts(const Parts& breakdown) {
  const Climb climb = climb_of(breakdown);
  const double total = breakdown.total.value;
  std::string rows;
  double sum = 0;
  for (const auto& [name, figure] : breakdown.parts) {
    const double before = sum;
    if (std::isfinite(figure.value)) sum += figure.value;
    rows += row(name, figure, total, bar(climb, before, sum, figure.value < 0 ? "f1" : "f0"));
  }
  const std::string title = breakdown.title.empty() ? breakdown.key : breakdown.title;
  return fmt::format(
      "<div class=\"table parts\">\n<table data-key=\"{}\">\n<caption>{}</caption>\n<thead>\n<tr><th "
      "scope=\"col\">part</th><th scope=\"col\" class=\"n\">value</th><th scope=\"col\" class=\"n\">share</th><td "
      "class=\"bar\"></td></tr>\n</thead>\n<tbody>\n{}</tbody>\n<tfoot>\n{}</tfoot>\n</table>\n</div>\n",
      breakdown.key, xml_escaped(title), rows,
      row("total", breakdown.total, total, bar(climb, 0, std::isfinite(total) ? total : 0, "f6")));
}

}  // namespace orrery
