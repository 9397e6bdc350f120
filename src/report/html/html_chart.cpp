#include "report/html/html_chart.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>
#include <vector>

#include "base/unit_table.hpp"
#include "report/render.hpp"
#include "report/svg_axes.hpp"
#include "report/svg_curves.hpp"
#include "report/svg_marks.hpp"
#include "report/svg_text.hpp"

namespace orrery {
namespace {

using Json = nlohmann::ordered_json;
using Shape = ChartSeries::Shape;

constexpr double kWide = 860, kHalf = 520, kSmall = 350;
constexpr std::size_t kManyCategories = 10;

/// Six digits are more than a screen has pixels; dates and times need the days and seconds of years.
Json short_number(double value) {
  if (!std::isfinite(value)) return nullptr;
  return Json::parse(fmt::format("{:.9g}", value));
}

const char* kind_name(const ChartAxis& axis) {
  switch (axis.kind) {
    case Figure::Kind::Quantity:
      return axis.dimension == Dimension::None ? "number" : "quantity";
    case Figure::Kind::Count:
      return "count";
    case Figure::Kind::Fraction:
      return "fraction";
    case Figure::Kind::Signed:
      return "signed";
    case Figure::Kind::Number:
      return "number";
    case Figure::Kind::Large:
      return "large";
  }
  return "";
}

/// Units in which a value can be told, smallest first: [size, "name"]; of money, amounts behind a dollar sign.
Json units_of(const ChartAxis& axis) {
  Json units = Json::array();
  if (axis.kind != Figure::Kind::Quantity) return units;
  for (const Unit& unit : all_units()) {
    if (unit.dimension == axis.dimension && unit.print_from > 0)
      units.push_back({unit.print_from, unit.size, unit.name});
  }
  return units;
}

Json axis_data(const ChartAxis& axis, const AxisPlan& plan) {
  static constexpr std::array<const char*, 4> kScales = {"linear", "log", "log2", "date"};
  Json ticks = Json::array();
  for (const Tick& tick : plan.ticks) ticks.push_back({short_number(tick.value), tick.label});
  return {{"title", plan.title},
          {"name", axis.title},
          {"kind", kind_name(axis)},
          {"money", axis.dimension == Dimension::Money},
          {"scale", kScales.at(static_cast<std::size_t>(axis.scale))},
          {"units", units_of(axis)},
          {"low", short_number(plan.low)},
          {"high", short_number(plan.high)},
          {"ticks", std::move(ticks)}};
}

Json series_data(const Chart& chart, std::size_t s) {
  static constexpr std::array<const char*, 5> kShapes = {"line", "step", "markers", "area", "bars"};
  const ChartSeries& series = chart.series[s];
  Json x = Json::array(), y = Json::array(), low = Json::array(), high = Json::array();
  bool has_band = false;
  for (const ChartPoint& p : series.points) {
    if (!is_drawable(p.x, chart.x.scale)) continue;
    x.push_back(short_number(p.x));
    y.push_back(is_drawable(p.y, chart.y.scale) ? short_number(p.y) : Json());
    low.push_back(has_interval(p) ? short_number(p.low) : Json());
    high.push_back(has_interval(p) ? short_number(p.high) : Json());
    has_band |= has_interval(p);
  }
  Json json = {{"name", series.name},
               {"shape", kShapes.at(static_cast<std::size_t>(series.shape))},
               {"colour", colour_of(chart, s) % kSeriesColours},
               {"again", colour_of(chart, s) >= kSeriesColours},
               {"x", std::move(x)},
               {"y", std::move(y)}};
  if (has_band) {
    json["low"] = std::move(low);
    json["high"] = std::move(high);
  }
  return json;
}

/// The numbers of a chart of curves for the page's script; what could end the element that holds them is written so
/// that it cannot.
std::string curves_data(const Chart& chart) {
  const AxisPlan x = plan_axis(chart.x, horizontal_range(chart), 8, false);
  const AxisPlan y = plan_axis(chart.y, value_range(chart), 6, true);
  Json series = Json::array(), levels = Json::array(), marks = Json::array();
  for (std::size_t s = 0; s < chart.series.size(); ++s) series.push_back(series_data(chart, s));
  for (const ChartLevel& level : chart.levels) {
    if (is_drawable(level.y, chart.y.scale)) levels.push_back({level.label, short_number(level.y)});
  }
  for (const ChartMark& mark : chart.marks) {
    if (is_drawable(mark.x, chart.x.scale)) marks.push_back({mark.label, short_number(mark.x)});
  }
  const Json json = {{"x", axis_data(chart.x, x)},  {"y", axis_data(chart.y, y)},  {"stacked", chart.stacked},
                     {"series", std::move(series)}, {"levels", std::move(levels)}, {"marks", std::move(marks)}};
  std::string text;
  for (const char c : json.dump(-1, ' ', false, Json::error_handler_t::replace)) {
    if (c == '<') {
      text += "\\u003c";
    } else {
      text += c;
    }
  }
  return text;
}

/// Curves that the script can draw: something to see, and a place for each point; one without parts the bars of a
/// picture.
bool has_curves(const Chart& chart) {
  if (!chart.categories.empty() || chart.grid || chart.spans) return false;
  bool any = false;
  for (const ChartSeries& series : chart.series) {
    for (const ChartPoint& p : series.points) {
      if (!std::isfinite(p.x)) return false;
      any |= is_drawable(p.x, chart.x.scale) && is_drawable(p.y, chart.y.scale);
    }
  }
  return any;
}

/// Indices that show what a curve does: of each stretch the first, the lowest, the highest and the last.
std::vector<std::size_t> telling_points(const std::vector<ChartPoint>& points, std::size_t most) {
  const std::size_t stretches = std::max<std::size_t>(1, most / 4);
  std::vector<std::size_t> kept;
  for (std::size_t k = 0; k < stretches; ++k) {
    const std::size_t begin = k * points.size() / stretches, end = (k + 1) * points.size() / stretches;
    if (begin == end) continue;
    std::size_t lowest = begin, highest = begin;
    for (std::size_t i = begin; i < end; ++i) {
      if (points[i].y < points[lowest].y) lowest = i;
      if (points[i].y > points[highest].y) highest = i;
    }
    std::array<std::size_t, 4> four = {begin, lowest, highest, end - 1};
    std::sort(four.begin(), four.end());
    kept.insert(kept.end(), four.begin(), std::unique(four.begin(), four.end()));
  }
  return kept;
}

bool has_gaps(const ChartSeries& series) {
  return std::any_of(series.points.begin(), series.points.end(),
                     [](const ChartPoint& p) { return !std::isfinite(p.x) || !std::isfinite(p.y); });
}

/// Few upright bars have no room for their names there.
bool lies_on_small_screens(const Chart& chart) {
  const bool has_bars_only = std::all_of(chart.series.begin(), chart.series.end(),
                                         [](const ChartSeries& s) { return s.shape == Shape::Bars; });
  return chart.horizontal || (!chart.categories.empty() && has_bars_only && chart.levels.empty() &&
                              chart.categories.size() <= kManyCategories);
}

}  // namespace

bool needs_width(const Chart& chart) {
  if (chart.grid || chart.spans || chart.horizontal) return true;
  return chart.categories.size() > kManyCategories;
}

Chart thinned(const Chart& chart, std::size_t most) {
  Chart result = chart;
  if (!chart.categories.empty()) return result;
  std::vector<std::size_t> shared;
  for (ChartSeries& series : result.series) {
    if (series.points.size() <= most || has_gaps(series)) continue;
    const bool is_stacked = chart.stacked && series.shape == Shape::Area;
    std::vector<std::size_t> kept = is_stacked && !shared.empty() ? shared : telling_points(series.points, most);
    if (is_stacked) shared = kept;
    std::vector<ChartPoint> points;
    points.reserve(kept.size());
    for (const std::size_t i : kept) points.push_back(series.points[i]);
    series.points = std::move(points);
  }
  return result;
}

std::string html_chart(const Chart& chart, const std::string& id, bool is_wide, int heading) {
  const Chart drawn = thinned(chart, kMostHtmlPoints);
  Chart small = drawn;
  small.horizontal = lies_on_small_screens(chart);
  std::string text = fmt::format(
      "<figure class=\"chart{}\" id=\"{}\">\n<figcaption><h{}>{}</h{}></figcaption>\n<div class=\"plot\">\n",
      is_wide ? " wide" : "", id, heading, xml_escaped(chart.title), heading);
  text += chart_svg(drawn, is_wide ? kWide : kHalf, "large") + chart_svg(small, kSmall, "small") + "</div>\n";
  if (has_curves(drawn))
    text += fmt::format("<script type=\"application/json\" class=\"curves\">{}</script>\n", curves_data(drawn));
  return text + "</figure>\n";
}

}  // namespace orrery
