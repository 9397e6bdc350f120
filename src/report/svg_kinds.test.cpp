// Heat maps, Gantt charts, bars that lie and axes of dates.
#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <random>
#include <regex>
#include <string>
#include <vector>

#include "base/check.hpp"
#include "report/render.hpp"
#include "report/svg_axes.hpp"

using namespace orrery;

namespace {

using Scale = ChartAxis::Scale;
using Shape = ChartSeries::Shape;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
// Days since 1970-01-01, as `date -ud 2025-01-01 +%s` / 86400 has them.
constexpr double k2025 = 20089, k2026 = 20454, k2027 = 20819;

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

Document drawing(Chart chart) {
  Document document;
  document.command = "sample";
  if (chart.key.empty()) chart.key = "sample";
  document.charts = {std::move(chart)};
  return document;
}

std::string date_labels(double low, double high, int ticks) {
  AxisRange range(Scale::Date);
  range.add(low);
  range.add(high);
  std::string text;
  for (const Tick& tick :
       plan_axis({"", Figure::Kind::Number, Dimension::None, Scale::Date}, range, ticks, false).ticks)
    text += (text.empty() ? "" : "|") + tick.label;
  return text;
}

Chart heat_map() {
  Chart chart;
  chart.title = "days to train";
  chart.grid = ChartGrid{"model",
                         "fleet",
                         {"small", "la<rge"},
                         {"A", "B", "C"},
                         {"time", Figure::Kind::Quantity, Dimension::Time, Scale::Log},
                         {86400, 864000, 8640000, 1e7, 8640000, kNan}};
  return chart;
}

Chart gantt() {
  Chart chart;
  chart.title = "sites";
  chart.x = {"", Figure::Kind::Number, Dimension::None, Scale::Date};
  chart.spans =
      ChartSpans{{"ordered", "built"},
                 {{"hall 1", "Abilene", {{k2025, k2026, 0, "go", kNan, kNan}, {k2026, k2027, 1, "", 20700, 20900}}},
                  {"hall 2", "Abilene", {{k2025, k2026, 0, "", kNan, kNan}, {20200, k2027, 1, "", kNan, kNan}}}}};
  chart.marks = {{"today", 20300}};
  return chart;
}

std::vector<std::vector<double>> rectangles(const std::string& svg, const std::string& style) {
  const std::regex pattern("<rect class=\"" + style +
                           "\" x=\"([-0-9.]+)\" y=\"([-0-9.]+)\" width=\"([-0-9.]+)\" height=\"([-0-9.]+)\"");
  std::vector<std::vector<double>> all;
  for (std::sregex_iterator at(svg.begin(), svg.end(), pattern), end; at != end; ++at)
    all.push_back({std::stod((*at)[1]), std::stod((*at)[2]), std::stod((*at)[3]), std::stod((*at)[4])});
  return all;
}

}  // namespace

TEST_CASE("axes of dates: hand-computed ticks at years, quarters, months and days") {
  CHECK(date_text(0) == "1970-01-01");
  CHECK(date_text(19782) == "2024-02-29");
  CHECK(date_text(-1) == "1969-12-31");
  CHECK(date_labels(k2025, k2027, 8) == "2025-Q1|2025-Q2|2025-Q3|2025-Q4|2026-Q1|2026-Q2|2026-Q3|2026-Q4|2027-Q1");
  CHECK(date_labels(k2025, k2027, 7) == "2025-Q1|2025-Q3|2026-Q1|2026-Q3|2027-Q1");
  CHECK(date_labels(k2025 + 1, k2025 + 100, 4) == "2025-02|2025-03|2025-04");
  CHECK(date_labels(k2025, k2025 + 3653, 6) == "2026|2028|2030|2032|2034");
  CHECK(date_labels(k2025, k2025 + 5, 6) == "2025-01-01|2025-01-02|2025-01-03|2025-01-04|2025-01-05|2025-01-06");
  CHECK(date_labels(k2025, k2025 + 20, 4) == "2025-01-06|2025-01-13|2025-01-20");  // Mondays
}

TEST_CASE("axes of dates: law, two to fifteen ascending ticks on the axis for any two dates of a calendar") {
  std::mt19937 random(3);
  for (int trial = 0; trial < 20000; ++trial) {
    CAPTURE(trial);
    AxisRange range(Scale::Date);
    const double a = std::uniform_real_distribution<>(-719162, 2932896)(random);
    const double b = a + std::pow(10, std::uniform_real_distribution<>(-3, 6.4)(random));
    range.add(a);
    if (is_drawable(b, Scale::Date)) range.add(b);
    const int ticks = 2 + trial % 8;
    const AxisPlan plan = plan_axis({"", Figure::Kind::Number, Dimension::None, Scale::Date}, range, ticks, false);
    REQUIRE(plan.ticks.size() >= 1);
    REQUIRE(plan.ticks.size() <= 15);
    for (std::size_t i = 0; i < plan.ticks.size(); ++i) {
      REQUIRE(plan.place(plan.ticks[i].value) >= 0);
      REQUIRE(plan.place(plan.ticks[i].value) <= 1);
      REQUIRE((i == 0 || plan.ticks[i].value > plan.ticks[i - 1].value));
    }
  }
  CHECK_FALSE(is_drawable(3e6, Scale::Date));
  CHECK_FALSE(is_drawable(kNan, Scale::Date));
}

TEST_CASE("heat maps: hand-computed, colours by the logarithm, no answer is a dash, names are escaped") {
  const std::string svg = render_svg(drawing(heat_map()));
  // 1 to 115.7 days: ln 10 / ln 115.7 is 0.485 of 9 colours, so the fifth; 100 days 0.969, so the ninth.
  CHECK(rectangles(svg, "h0").size() == 1 + 1);  // the cell, and the strip that explains
  CHECK(rectangles(svg, "h4").size() == 1 + 1);
  CHECK(rectangles(svg, "h8").size() == 1 + 3);
  CHECK(rectangles(svg, "h2").size() == 1);
  CHECK(rectangles(svg, "none").size() == 1);
  CHECK(has(svg, "<title>small, B: 10.0 days</title>"));
  CHECK(has(svg, "<title>la&lt;rge, C: -</title>"));
  CHECK(has(svg, ">100 days</text>"));
  CHECK(svg == render_svg(drawing(heat_map())));
}

TEST_CASE("heat maps: hand-computed, narrow cells have short units, or numbers in one that the title names") {
  Chart chart = heat_map();
  // Cells of a page of 150 pixels: (130 - 72) / 3 = 19, in which "10" fits and "10 days" does not. Of 1 to 116 days the
  // middle is 10.8 days.
  const std::string svg = chart_svg(chart, 150, "small");
  CHECK(has(svg, ">time (days)</text>"));
  CHECK(has(svg, ">10</text>"));
  CHECK(has(svg, "<title>small, B: 10.0 days</title>"));
  CHECK(has(chart_svg(chart, 760, "large"), ">time</text>"));
  // On 200 pixels (180 - 68) / 3 = 37: "10 days" does not fit, "10 d" does.
  const std::string shorter = chart_svg(chart, 200, "small");
  CHECK(has(shorter, ">10 d</text>"));
  CHECK(has(shorter, ">time</text>"));
  // Hours and millennia have no unit in common: no number says more than the colour.
  chart.grid->values[0] = 3600;
  chart.grid->values[3] = 3e11;
  CHECK(has(chart_svg(chart, 150, "small"), ">time</text>"));
}

TEST_CASE("heat maps: hand-computed, columns narrower than their names have them at a slope, and empty ones say so") {
  Chart chart = heat_map();
  CHECK_FALSE(has(render_svg(drawing(chart)), "rotate"));
  for (std::string& name : chart.grid->columns) name += "-interconnected-supercomputer";
  CHECK(has(render_svg(drawing(chart)), "rotate(-45"));
  chart.grid = ChartGrid{};
  CHECK(has(render_svg(drawing(chart)), "no data"));
}

TEST_CASE("Gantt charts: hand-computed, bars from date to date, those that overlap below each other") {
  const std::string svg = render_svg(drawing(gantt()));
  const auto ordered = rectangles(svg, "f0 s0 span"), built = rectangles(svg, "f1 s1 span");
  REQUIRE(ordered.size() == 1 + 2);  // the legend first
  REQUIRE(built.size() == 1 + 2);
  // From 2025-01-01 to 2027-03-23 (20900): 365 of 811 days, on a plot that ends 20 pixels before the page does.
  const double left = ordered[1][0], width = 740 - left;
  CHECK(ordered[1][2] == doctest::Approx(width * 365 / 811).epsilon(1e-3));
  CHECK(built[1][0] == doctest::Approx(left + width * 365 / 811).epsilon(1e-3));
  CHECK(built[1][1] == ordered[1][1]);       // one after the other
  CHECK(built[2][1] == ordered[2][1] + 16);  // at once
  CHECK(has(svg, "<title>hall 1: built, 2026-01-01 to 2027-01-01 (2026-09-04 to 2027-03-23)</title>"));
  CHECK(has(svg, ">go</text>"));
  CHECK(has(svg, ">today</text>"));
  CHECK(has(svg, ">2025-Q3</text>"));
  // The group's name stands once.
  CHECK(svg.find(">Abilene<") == svg.rfind(">Abilene<"));
}

TEST_CASE("charts of many series: hand-computed, surfaces beyond the eight colours are paler") {
  Chart chart;
  chart.stacked = true;
  chart.categories = {"a"};
  for (int s = 0; s < 10; ++s) chart.series.push_back({std::to_string(s), Shape::Bars, {{0, 1}}});
  const std::string svg = render_svg(drawing(chart));
  CHECK(rectangles(svg, "f1 bar").size() == 2);  // with the legend
  CHECK(rectangles(svg, "f1 pale bar").size() == 2);
  CHECK(rectangles(svg, "f2 pale bar").empty());
}

TEST_CASE("bars that lie: hand-computed, a tornado goes both ways from zero, values at the ends") {
  Chart chart;
  chart.horizontal = true;
  chart.y = {"change", Figure::Kind::Signed, Dimension::None, Scale::Linear};
  chart.categories = {"faults of GPUs", "bandwidth"};
  chart.series = {{"half", Shape::Bars, {{0, -0.2}, {0, 0.1}}}, {"double", Shape::Bars, {{0, 0.4}, {0, -0.05}}}};
  const std::string svg = render_svg(drawing(chart));
  const auto half = rectangles(svg, "f0 bar"), twice = rectangles(svg, "f1 bar");
  REQUIRE(half.size() == 3);
  REQUIRE(twice.size() == 3);
  CHECK(half[1][0] + half[1][2] == doctest::Approx(twice[1][0]).epsilon(1e-4));  // they meet at zero
  CHECK(twice[1][2] == doctest::Approx(2 * half[1][2]).epsilon(1e-3));
  CHECK(twice[1][1] == half[1][1] + 14);
  CHECK(has(svg, ">+40 %</text>"));
  CHECK(has(svg, ">-5.0 %</text>"));
}

TEST_CASE("heat maps, Gantt charts and bars that lie: law, whatever is drawn stays on the page") {
  std::mt19937 random(5);
  const auto below = [&](std::size_t n) { return std::uniform_int_distribution<std::size_t>(0, n - 1)(random); };
  const std::vector<double> odd = {kNan, HUGE_VAL, -HUGE_VAL, 0, -1, 1e308, -1e308, 1e-320, 20000};
  const auto value = [&] {
    return below(3) == 0 ? odd[below(odd.size())] : std::pow(10, std::uniform_real_distribution<>(-3, 9)(random));
  };
  const auto name = [&] { return std::string(below(60), 'W') + (below(2) == 0 ? " \xff<&\"x" : ""); };
  int drawn = 0;
  for (int trial = 0; trial < 3000; ++trial) {
    CAPTURE(trial);
    Chart chart;
    chart.title = name();
    chart.x = {"x", Figure::Kind::Number, Dimension::None, static_cast<Scale>(below(4))};
    if (trial % 3 == 0) {
      ChartGrid grid{
          name(), name(), {}, {}, {"v", Figure::Kind::Quantity, Dimension::Money, static_cast<Scale>(below(2))}, {}};
      for (std::size_t i = below(8); i > 0; --i) grid.rows.push_back(name());
      for (std::size_t i = below(30); i > 0; --i) grid.columns.push_back(name());
      for (std::size_t i = grid.rows.size() * grid.columns.size(); i > 0; --i) grid.values.push_back(value());
      chart.grid = std::move(grid);
    } else if (trial % 3 == 1) {
      ChartSpans spans{{"a", name() + "b"}, {}};
      for (std::size_t i = below(8); i > 0; --i) {
        ChartSpanRow row{name(), below(2) == 0 ? "" : name(), {}};
        for (std::size_t k = below(5); k > 0; --k) {
          const double begin = value(), end = value();
          row.spans.push_back({begin, end < begin ? begin : end, below(2), name(), value(), value()});
        }
        spans.rows.push_back(std::move(row));
      }
      chart.spans = std::move(spans);
      for (std::size_t i = below(4); i > 0; --i) chart.marks.push_back({name(), value()});
    } else {
      chart.horizontal = true;
      chart.stacked = below(2) == 0;
      chart.y = {"y", Figure::Kind::Number, Dimension::None, static_cast<Scale>(below(3))};
      for (std::size_t i = 1 + below(20); i > 0; --i) chart.categories.push_back(name());
      for (std::size_t s = 0; s < 3; ++s) {
        ChartSeries series{std::to_string(s), Shape::Bars, {}};
        for (std::size_t i = 0; i < chart.categories.size(); ++i)
          series.points.push_back({0, value(), value(), value()});
        chart.series.push_back(std::move(series));
      }
    }
    const std::string svg = render_svg(drawing(chart));
    REQUIRE_FALSE(has(svg, "\"nan"));
    REQUIRE_FALSE(has(svg, "inf\""));
    REQUIRE_FALSE(has(svg, "<&"));
    for (const char* style : {"[^\"]*bar", "[^\"]*span", "h[0-8]", "none"}) {
      for (const auto& r : rectangles(svg, style)) {
        REQUIRE(r[0] >= 0);
        REQUIRE(r[2] >= 0);
        REQUIRE(r[0] + r[2] <= 760.01);
        REQUIRE(r[1] >= 0);
        ++drawn;
      }
    }
  }
  CHECK(drawn > 1000);
}

TEST_CASE("heat maps and Gantt charts in JSON: hand-computed, dates are texts") {
  const auto grid = nlohmann::json::parse(render_json(drawing(heat_map()))).at("charts").at("sample");
  CHECK(grid.at("columns") == nlohmann::json({"A", "B", "C"}));
  CHECK(grid.at("values").at(0) == nlohmann::json({86400.0, 864000.0, 8640000.0}));
  CHECK(grid.at("values").at(1).at(2).is_null());
  CHECK(grid.at("value").at("unit") == "seconds");
  CHECK_FALSE(grid.contains("series"));
  const auto spans = nlohmann::json::parse(render_json(drawing(gantt()))).at("charts").at("sample");
  CHECK(spans.at("rows").at(0).at("group") == "Abilene");
  CHECK(spans.at("rows").at(0).at("spans").at(1) == nlohmann::json({{"kind", "built"},
                                                                    {"begin", "2026-01-01"},
                                                                    {"end", "2027-01-01"},
                                                                    {"low", "2026-09-04"},
                                                                    {"high", "2027-03-23"}}));
  CHECK(spans.at("marks").at(0).at("x") == "2025-07-31");
}

TEST_CASE("charts: heat maps with cells missing, bars without a kind, or two charts in one are our bugs") {
  Chart cells = heat_map();
  cells.grid->values.pop_back();
  CHECK_THROWS_AS(render_svg(drawing(cells)), InternalError);
  Chart kinds = gantt();
  kinds.spans->kinds.pop_back();
  CHECK_THROWS_AS(render_svg(drawing(kinds)), InternalError);
  Chart backwards = gantt();
  backwards.spans->rows[0].spans[0].end = 0;
  CHECK_THROWS_AS(render_svg(drawing(backwards)), InternalError);
  Chart both = heat_map();
  both.spans = ChartSpans{};
  CHECK_THROWS_AS(render_svg(drawing(both)), InternalError);
}
