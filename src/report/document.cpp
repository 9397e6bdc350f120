#include "report/document.hpp"

#include <fmt/format.h>

#include <algorithm>
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

void check_grid(const std::string& key, const ChartGrid& grid) {
  ORRERY_CHECK(grid.values.size() == grid.rows.size() * grid.columns.size(),
               "the heat map " + key + " has a number for each cell");
  ORRERY_CHECK(grid.value.scale == ChartAxis::Scale::Linear || grid.value.scale == ChartAxis::Scale::Log,
               "the colours of " + key + " are linear or logarithmic");
}

void check_spans(const std::string& key, const ChartSpans& spans) {
  for (const ChartSpanRow& row : spans.rows) {
    for (const ChartSpan& span : row.spans) {
      ORRERY_CHECK(span.kind < spans.kinds.size(), "bars of " + key + " have kinds");
      ORRERY_CHECK(!(span.end < span.begin), "bars of " + key + " end no sooner than they begin");
    }
  }
}

void check_chart(const Chart& chart) {
  if (chart.grid) check_grid(chart.key, *chart.grid);
  if (chart.spans) check_spans(chart.key, *chart.spans);
  ORRERY_CHECK((chart.grid ? 1 : 0) + (chart.spans ? 1 : 0) + (chart.series.empty() ? 0 : 1) <= 1,
               "chart " + chart.key + " is one of curves, heat map and Gantt chart");
  ORRERY_CHECK(chart.y.scale != ChartAxis::Scale::Date, "dates of " + chart.key + " are on its x axis");
  ORRERY_CHECK(!chart.horizontal || !chart.categories.empty(), "bars of " + chart.key + " that lie have categories");
  std::set<std::string> names;
  const ChartSeries* below = nullptr;
  for (const ChartSeries& series : chart.series) {
    using Shape = ChartSeries::Shape;
    ORRERY_CHECK(names.insert(series.name).second, "series of " + chart.key + " have names that differ");
    ORRERY_CHECK(series.shape != Shape::Bars || !chart.categories.empty(), "bars of " + chart.key + " have categories");
    ORRERY_CHECK(chart.categories.empty() || series.points.size() <= chart.categories.size(),
                 "points of " + chart.key + " have categories");
    if (!chart.stacked || series.shape != Shape::Area) continue;
    const auto same_x = [](const ChartPoint& a, const ChartPoint& b) { return a.x == b.x; };
    ORRERY_CHECK(below == nullptr || std::equal(series.points.begin(), series.points.end(), below->points.begin(),
                                                below->points.end(), same_x),
                 "areas of " + chart.key + " that are stacked have the same x");
    below = &series;
  }
}

/// "-0.0 %" and "+0.0 %" are zero.
std::string without_signed_zero(std::string text) {
  const bool is_signed = text.starts_with('-') || text.starts_with('+');
  return is_signed && text.find_first_of("123456789") == std::string::npos ? text.substr(1) : text;
}

std::string figure_text(const Figure& f) {
  if (!std::isfinite(f.value)) return "-";
  switch (f.kind) {
    case Figure::Kind::Quantity:
      return format_quantity(f.value, f.dimension, f.digits);
    case Figure::Kind::Count:
      return format_count(static_cast<long long>(f.value));
    case Figure::Kind::Fraction:
      return without_signed_zero(format_percent(f.value, f.digits));
    case Figure::Kind::Signed:
      return without_signed_zero(fmt::format("{:+.{}f} %", 100 * f.value, f.digits));
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

std::vector<const Chart*> all_charts(const Document& document) {
  std::vector<const Chart*> charts;
  for (const Chart& chart : document.charts) charts.push_back(&chart);
  for (const Document& level : document.levels) {
    for (const Chart* chart : all_charts(level)) charts.push_back(chart);
  }
  return charts;
}

std::string cell_text(const Cell& cell) {
  if (const auto* text = std::get_if<std::string>(&cell)) return *text;
  if (const auto* truth = std::get_if<bool>(&cell)) return *truth ? "yes" : "no";
  if (const auto* f = std::get_if<Figure>(&cell)) return figure_text(*f);
  return "-";
}

void check_document(const Document& document) {
  std::set<std::string> keys = {"schema",   "version", "command", "answer", "notes",
                                "warnings", "error",   "charts",  "levels"};
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
  std::set<std::string> charts;
  for (const Chart& chart : document.charts) {
    ORRERY_CHECK(is_key(chart.key) && charts.insert(chart.key).second, "keys of charts differ: " + chart.key);
    check_chart(chart);
  }
  for (const Document& level : document.levels) {
    ORRERY_CHECK(!level.command.empty(), "a level is called after its command");
    check_document(level);
  }
}

}  // namespace orrery
