#include <doctest/doctest.h>

#include <algorithm>
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
#include "report/svg_marks.hpp"
#include "report/svg_text.hpp"

using namespace orrery;

namespace {

using Scale = ChartAxis::Scale;
using Shape = ChartSeries::Shape;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

ChartAxis axis(Scale scale, Dimension dimension = Dimension::None) {
  return {"a", dimension == Dimension::None ? Figure::Kind::Number : Figure::Kind::Quantity, dimension, scale};
}

AxisPlan planned(const ChartAxis& of, std::initializer_list<double> values, bool whole, int ticks = 6) {
  AxisRange range(of.scale);
  for (const double v : values) range.add(v);
  return plan_axis(of, range, ticks, whole);
}

std::string labels(const AxisPlan& plan) {
  std::string text;
  for (const Tick& tick : plan.ticks) text += (text.empty() ? "" : "|") + tick.label;
  return text;
}

Document drawing(Chart chart) {
  Document document;
  document.command = "sample";
  if (chart.key.empty()) chart.key = "sample";
  document.charts = {std::move(chart)};
  return document;
}

/// Numbers of all attributes of that name.
std::vector<double> attributes(const std::string& svg, const std::string& name) {
  std::vector<double> all;
  const std::regex pattern(" " + name + "=\"([-0-9.e]+)\"");
  for (std::sregex_iterator at(svg.begin(), svg.end(), pattern), end; at != end; ++at)
    all.push_back(std::stod((*at)[1]));
  return all;
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("axes: hand-computed linear ticks, in a unit that the title names") {
  // 430 GB/s over 6 ticks is 71.7 GB/s: the next of 1, 2, 5 is 100.
  const AxisPlan plan = planned(axis(Scale::Linear, Dimension::Bandwidth), {0, 430e9}, true);
  CHECK(plan.title == "a (GB/s)");
  CHECK(labels(plan) == "0|100|200|300|400|500");
  CHECK(plan.high == 500e9);
  CHECK(plan.place(250e9) == 0.5);
  // 90 days over 8: 11.25 days, so 20; the axis ends where the values do.
  const AxisPlan days = planned(axis(Scale::Linear, Dimension::Time), {0, 90 * 86400.0}, false, 8);
  CHECK(days.title == "a (days)");
  CHECK(labels(days) == "0|20|40|60|80");
  CHECK(days.high == 90 * 86400.0);
  CHECK(labels(planned(axis(Scale::Linear), {0, 0.7}, true)) == "0.0|0.2|0.4|0.6|0.8");
  CHECK(labels(planned(axis(Scale::Linear), {0, 52000}, true)) == "0|10,000|20,000|30,000|40,000|50,000|60,000");
  CHECK(labels(planned(axis(Scale::Linear, Dimension::Money), {-1e6, 2e6}, true)) ==
        "-$1M|-$500000|$0|$500000|$1M|$1.5M|$2M");
  // Round an hour, not a second.
  CHECK(labels(planned(axis(Scale::Linear, Dimension::MoneyRate), {0, 12.0 / 3600}, true)) ==
        "$0/h|$2/h|$4/h|$6/h|$8/h|$10/h|$12/h");
}

TEST_CASE("axes: hand-computed kinds without a unit") {
  ChartAxis share{"load", Figure::Kind::Fraction, Dimension::None, Scale::Linear};
  CHECK(labels(planned(share, {0, 1}, true)) == "0 %|20 %|40 %|60 %|80 %|100 %");
  ChartAxis error{"error", Figure::Kind::Signed, Dimension::None, Scale::Linear};
  CHECK(labels(planned(error, {-0.1, 0.1}, true, 4)) == "-10 %|-5 %|0 %|+5 %|+10 %");
  ChartAxis chips{"chips", Figure::Kind::Count, Dimension::None, Scale::Log2};
  CHECK(labels(planned(chips, {8, 64}, false)) == "8|16|32|64");
  ChartAxis few{"chips", Figure::Kind::Count, Dimension::None, Scale::Linear};
  CHECK(labels(planned(few, {0, 2}, true)) == "0|1|2");  // no half chips
}

TEST_CASE("axes: hand-computed logarithmic ticks") {
  // 2^14 to 2^34 bytes are 20 doublings; at most 8 ticks: every fifth power.
  const AxisPlan sizes = planned(axis(Scale::Log2, Dimension::Size), {16384, 17179869184.0}, false, 8);
  CHECK(labels(sizes) == "32 KiB|1 MiB|32 MiB|1 GiB");
  CHECK(sizes.low == 16384);
  CHECK(sizes.title == "a");
  CHECK(sizes.place(1048576) == doctest::Approx(6.0 / 20));
  CHECK(labels(planned(axis(Scale::Log, Dimension::Bandwidth), {3e6, 40e9}, true)) ==
        "1 MB/s|10 MB/s|100 MB/s|1 GB/s|10 GB/s|100 GB/s");
  CHECK(labels(planned(axis(Scale::Log), {3, 40}, true)) == "2|5|10|20|50");
  CHECK(labels(planned(axis(Scale::Log, Dimension::Time), {1, 100000}, true)) ==
        "1 s|10 s|1 min|10 min|1 h|10 h|1 day|10 days");
  CHECK(labels(planned(axis(Scale::Log, Dimension::Time), {2, 90}, true)) == "2 s|5 s|10 s|20 s|50 s|100 s");
  CHECK(labels(planned(axis(Scale::Log, Dimension::Time), {12 * 86400.0, 400 * 86400.0}, true)) ==
        "10 days|20 days|50 days|100 days|200 days|500 days");
}

TEST_CASE("axes: law, random ranges have two to fifteen ascending ticks that lie on the axis") {
  std::mt19937 random(7);
  std::uniform_real_distribution<double> magnitude(-99, 99), unit(0, 1);
  const std::vector<Dimension> dimensions = {Dimension::None, Dimension::Size, Dimension::Time, Dimension::Money,
                                             Dimension::Bandwidth};
  for (int trial = 0; trial < 20000; ++trial) {
    const Scale scale = static_cast<Scale>(trial % 3);
    double a = std::pow(10, magnitude(random)),
           b = trial % 5 == 0 ? a * (1 + unit(random)) : std::pow(10, magnitude(random));
    if (trial % 7 == 0) b = a;
    if (scale == Scale::Linear && trial % 2 == 0) a = -a;
    if (trial % 11 == 0) a = 0;
    CAPTURE(trial);
    CAPTURE(a);
    CAPTURE(b);
    const ChartAxis of = axis(scale, dimensions[static_cast<std::size_t>(trial / 3) % dimensions.size()]);
    const AxisPlan plan = planned(of, {a, b}, trial % 4 < 2, 4 + trial % 6);
    REQUIRE(plan.ticks.size() >= 2);
    REQUIRE(plan.ticks.size() <= 15);
    REQUIRE(plan.low < plan.high);
    for (std::size_t i = 0; i < plan.ticks.size(); ++i) {
      const double place = plan.place(plan.ticks[i].value);
      REQUIRE(place >= -1e-9);
      REQUIRE(place <= 1 + 1e-9);
      REQUIRE((i == 0 || plan.ticks[i].value > plan.ticks[i - 1].value));
    }
    for (const double v : {a, b}) {
      if (!is_drawable(v, scale)) continue;
      REQUIRE(plan.place(v) >= -1e-9);
      REQUIRE(plan.place(v) <= 1 + 1e-9);
    }
  }
}

TEST_CASE("SVG text: hand-computed escapes and lengths") {
  CHECK(xml_escaped("a<b> & \"c\"") == "a&lt;b&gt; &amp; &quot;c&quot;");
  CHECK(xml_escaped("x\x01y\xff"
                    "z\n") == "x y?z ");
  CHECK(xml_escaped("\xef\xbf\xbf") == "?");  // U+FFFF is no XML character
  CHECK(xml_escaped("gr\xc3\xbc\xc3\x9f") == "gr\xc3\xbc\xc3\x9f");
  CHECK(pixels(12.5) == "12.5");
  CHECK(pixels(100) == "100");
  CHECK(pixels(-0.001) == "0");
  CHECK(pixels(1.0 / 3) == "0.33");
  CHECK(fitting("a long name of a series", 60, 12) == "a lo...");  // 60 / (0.68 x 12) = 7.4 columns
}

TEST_CASE("SVG: hand-computed, stacked bars stand on each other and hang below zero") {
  Chart chart;
  chart.stacked = true;
  chart.categories = {"a", "b"};
  chart.series = {{"one", Shape::Bars, {{0, 2}, {0, -1}}},
                  {"two", Shape::Bars, {{0, 3}, {0, 4}}},
                  {"three", Shape::Bars, {{0, kNan}, {0, -2}}}};
  CHECK(extent_of(chart, 1, 0).foot == 2);
  CHECK(extent_of(chart, 1, 0).top == 5);
  CHECK(extent_of(chart, 1, 1).foot == 0);
  CHECK(extent_of(chart, 2, 1).foot == -1);
  CHECK(extent_of(chart, 2, 1).top == -3);
  // From -3 to 5 in 6 ticks: steps of 2, from -4 to 6. 280 pixels: 28 a unit.
  const std::vector<double> heights = attributes(render_svg(drawing(chart)), "height");
  const std::vector<double> expected = {2 * 28, 28, 3 * 28, 4 * 28, 2 * 28};
  for (const double h : expected) CHECK(std::count(heights.begin(), heights.end(), h) >= 1);
}

TEST_CASE("SVG: transcript, a small picture") {
  Chart chart;
  chart.title = "Busy & idle";
  chart.x = {"size", Figure::Kind::Quantity, Dimension::Size, Scale::Log2};
  chart.y = {"bus bandwidth", Figure::Kind::Quantity, Dimension::Bandwidth, Scale::Linear};
  chart.series = {{"predicted", Shape::Line, {{1024, 1e9, 5e8, 2e9}, {2048, 3e9, 2e9, 4e9}}, 0},
                  {"measured", Shape::Markers, {{2048, 2e9}}, 0}};
  chart.levels = {{"line rate", 4e9}};
  const std::string svg = render_svg(drawing(chart));
  // 4 GB/s over 6 ticks: steps of 1. Left: 20 + one digit of 6.72 + 8 = 34.72. Right: 760 - 20 - 8 - 9 x 6.72 = 671.52,
  // less 2.42 for half of "2 KiB" (with two capitals), of which 20 + 68.48 are free: none.
  CHECK(has(svg, "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"orrery\" role=\"img\" width=\"760\" height=\""));
  CHECK(has(svg, "<title>Busy &amp; idle</title>"));
  CHECK(has(svg, "<text class=\"title\" x=\"20\" y=\"35\">Busy &amp; idle</text>"));
  CHECK(has(svg, ">bus bandwidth (GB/s)</text>"));
  // Title 22, legend 22, axis title 24 below 20: the plot goes from 88 to 368.
  CHECK(has(svg, "<path class=\"s0 line\" d=\"M34.72,298L671.52,158\"/>"));
  CHECK(has(svg, "<path class=\"f0 band\" d=\"M34.72,228L671.52,88L671.52,228L34.72,333z\"/>"));
  CHECK(has(svg, "<circle class=\"f0 dot\" cx=\"671.52\" cy=\"228\" r=\"4\"/>"));
  CHECK(has(svg, "<path class=\"level\" d=\"M34.72,88h636.8\"/>"));
  CHECK(has(svg, "<text class=\"quiet\" x=\"34.72\" y=\"386\" text-anchor=\"middle\">1 KiB</text>"));
  CHECK(svg == render_svg(drawing(chart)));
  CHECK_FALSE(has(svg, "<script"));
  CHECK_FALSE(has(svg, "href"));
}

TEST_CASE("SVG: law, random charts keep their marks inside the plot and name no number that is none") {
  std::mt19937 random(11);
  const auto below = [&](std::size_t n) { return std::uniform_int_distribution<std::size_t>(0, n - 1)(random); };
  const std::vector<double> odd = {kNan, kInfinity, -kInfinity, 0, -1, 1e308, -1e308, 1e-320, 5e99};
  const auto value = [&] {
    return below(4) == 0 ? odd[below(odd.size())] : std::pow(10, std::uniform_real_distribution<>(-3, 9)(random));
  };
  int checked = 0;
  for (int trial = 0; trial < 3000; ++trial) {
    CAPTURE(trial);
    Chart chart;
    chart.title = std::string(below(200), 'M');
    chart.x = axis(static_cast<Scale>(below(3)), below(2) == 0 ? Dimension::Size : Dimension::None);
    chart.y = axis(static_cast<Scale>(below(3)), below(2) == 0 ? Dimension::Time : Dimension::Money);
    chart.stacked = below(2) == 0;
    const std::size_t categories = below(3) == 0 ? 1 + below(90) : 0;
    for (std::size_t i = 0; i < categories; ++i) chart.categories.push_back(std::string(below(30), 'x') + " y");
    const std::size_t points = categories > 0 ? categories : below(6);
    std::vector<double> xs;
    for (std::size_t i = 0; i < points; ++i) xs.push_back(std::isnan(value()) ? 1 : value());
    for (double& x : xs) x = std::isnan(x) ? 2 : x;
    const std::size_t series = below(5);
    for (std::size_t s = 0; s < series; ++s) {
      ChartSeries one{"series " + std::to_string(s), static_cast<Shape>(below(categories > 0 ? 5 : 4)), {}};
      for (std::size_t i = 0; i < points; ++i) one.points.push_back({xs[i], value(), value(), value()});
      chart.series.push_back(std::move(one));
    }
    for (std::size_t i = below(4); i > 0; --i) chart.levels.push_back({std::string(below(60), 'l'), value()});
    const std::string svg = render_svg(drawing(chart));
    REQUIRE_FALSE(has(svg, "nan"));
    REQUIRE_FALSE(has(svg, "inf"));
    const double page = attributes(svg, "height").front();
    for (const char* name : {"x", "cx"}) {
      for (const double x : attributes(svg, name)) {
        REQUIRE(x >= 0);
        REQUIRE(x <= 760);
      }
    }
    for (const char* name : {"y", "cy"}) {
      for (const double y : attributes(svg, name)) {
        REQUIRE(y >= 0);
        REQUIRE(y <= page);
      }
    }
    // The grid spans the plot.
    const std::regex grid("grid\" d=\"M([-0-9.]+),([-0-9.]+)h([-0-9.]+)\"");
    double left = 760, right = 0, top = page, bottom = 0;
    for (std::sregex_iterator at(svg.begin(), svg.end(), grid), end; at != end; ++at) {
      left = std::stod((*at)[1]);
      right = left + std::stod((*at)[3]);
      top = std::min(top, std::stod((*at)[2]));
      bottom = std::max(bottom, std::stod((*at)[2]));
    }
    const std::regex paths("(?: line|band|area|stack)\" d=\"([^\"]*[0-9z])\"/>\n");
    const std::regex pair("[ML]([-0-9.]+),([-0-9.]+)");
    const std::string marks = svg.substr(svg.find("class=\"axis\""));  // behind the legend
    for (std::sregex_iterator path(marks.begin(), marks.end(), paths), end; path != end; ++path) {
      const std::string d = (*path)[1];
      for (std::sregex_iterator at(d.begin(), d.end(), pair); at != end; ++at) {
        REQUIRE(std::stod((*at)[1]) >= left - 0.01);
        REQUIRE(std::stod((*at)[1]) <= right + 0.01);
        REQUIRE(std::stod((*at)[2]) >= top - 0.01);
        REQUIRE(std::stod((*at)[2]) <= bottom + 0.01);
        ++checked;
      }
    }
  }
  CHECK(checked > 1000);
}

TEST_CASE("SVG: hand-computed, charts without a value say so and stand one below the other") {
  Document document = drawing({"empty", "Nothing", {}, {}, {}, {}, {}, false});
  document.charts.push_back({"nan", "Nothing either", {}, {}, {}, {{"a", Shape::Line, {{1, kNan}}}}, {}, false});
  const std::string svg = render_svg(document);
  const std::size_t first = svg.find("no data");
  REQUIRE(first != std::string::npos);
  CHECK(svg.find("no data", first + 1) != std::string::npos);
  CHECK(has(svg, "<title>Nothing; Nothing either</title>"));
}

TEST_CASE("charts in JSON: hand-computed, points in base units, and no key where there is no chart") {
  Chart chart;
  chart.key = "load";
  chart.y = {"load", Figure::Kind::Quantity, Dimension::Bandwidth, Scale::Log};
  chart.categories = {"leaf", "spine"};
  chart.series = {{"mean", Shape::Bars, {{0, 1e9, 5e8, 2e9}, {0, kNan}}}};
  chart.levels = {{"line", 4e9}};
  const auto json = nlohmann::json::parse(render_json(drawing(chart))).at("charts").at("load");
  CHECK(json.at("y").at("unit") == "bytes_per_second");
  CHECK(json.at("y").at("scale") == "log");
  CHECK_FALSE(json.contains("x"));
  const auto& points = json.at("series").at(0).at("points");
  CHECK(points.at(0) == nlohmann::json({{"category", "leaf"}, {"y", 1e9}, {"low", 5e8}, {"high", 2e9}}));
  CHECK(points.at(1).at("y").is_null());
  CHECK(json.at("levels").at(0).at("label") == "line");
  chart.categories.clear();
  chart.series[0].shape = Shape::Line;
  const auto curve = nlohmann::json::parse(render_json(drawing(chart))).at("charts").at("load");
  CHECK(curve.at("x").at("unit").is_null());
  CHECK(curve.at("series").at(0).at("points").at(0).at("x") == 0);
  CHECK_FALSE(nlohmann::json::parse(render_json(Document{})).contains("charts"));
}

TEST_CASE("charts: series of one name, bars without categories and points beyond them are our bugs") {
  Chart twice;
  twice.series = {{"a", Shape::Line, {}}, {"a", Shape::Line, {}}};
  CHECK_THROWS_AS(render_svg(drawing(twice)), InternalError);
  Chart bars;
  bars.series = {{"a", Shape::Bars, {{1, 1}}}};
  CHECK_THROWS_AS(render_svg(drawing(bars)), InternalError);
  bars.categories = {"one"};
  CHECK_NOTHROW(render_svg(drawing(bars)));
  bars.series[0].points.push_back({2, 2});
  CHECK_THROWS_AS(render_json(drawing(bars)), InternalError);
  Chart areas;
  areas.stacked = true;
  areas.series = {{"a", Shape::Area, {{1, 1}}}, {"b", Shape::Area, {{2, 1}}}};
  CHECK_THROWS_AS(render_svg(drawing(areas)), InternalError);
}
