#include "report/fleet_charts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "report/fleet_text.hpp"

namespace orrery {
namespace {

using Scale = ChartAxis::Scale;
using Shape = ChartSeries::Shape;
using Kind = Figure::Kind;

constexpr std::size_t kMostBars = 12;  ///< Of a tornado.

ChartAxis date_axis() {
  return {"", Kind::Number, Dimension::None, Scale::Date};
}

double day_of(Date date) {
  return date.days();
}

/// A series over the steps with its 80 % band, from nothing at the start.
ChartSeries fan(const std::string& name, const FleetCase& c, FleetSeries series, bool band) {
  ChartSeries line{name, Shape::Line, {}, -1};
  line.points.push_back({day_of(c.plan.start), 0});
  for (std::size_t t = 0; t < c.result.ends.size(); ++t) {
    const FleetBand& b = c.result.of(series)[t];
    ChartPoint point{day_of(c.result.ends[t]), b.p50};
    if (band) {
      point.low = b.p10;
      point.high = b.p90;
    }
    line.points.push_back(point);
  }
  return line;
}

Chart fan_chart(const char* key, const char* title, const char* axis, Kind kind, Dimension dimension,
                const FleetCase& main, const std::vector<FleetCase>& variants, FleetSeries series) {
  Chart chart;
  chart.key = key;
  chart.title = title;
  chart.x = date_axis();
  chart.y = {axis, kind, dimension, Scale::Linear};
  chart.series.push_back(fan(variants.empty() ? "median and 80 % band" : "the plan", main, series, true));
  for (const FleetCase& variant : variants) chart.series.push_back(fan(variant.name, variant, series, false));
  return chart;
}

Chart binding_chart(const FleetCase& c) {
  Chart chart;
  chart.key = "binding";
  chart.title = "what binds, by share of the futures";
  chart.y = {"share of the futures", Kind::Fraction, Dimension::None, Scale::Linear};
  chart.stacked = true;
  for (const Date end : c.result.ends) chart.categories.push_back(fleet_step_name(c.plan, end));
  for (std::size_t l = 0; l < kFleetLimits; ++l) {
    ChartSeries bars{fleet_limit_name(static_cast<FleetLimit>(l)), Shape::Bars, {}, -1};
    double most = 0;
    for (std::size_t t = 0; t < c.result.ends.size(); ++t) {
      bars.points.push_back({static_cast<double>(t), c.result.binding[t][l]});
      most = std::max(most, c.result.binding[t][l]);
    }
    if (most > 0) chart.series.push_back(std::move(bars));
  }
  return chart;
}

Chart money_chart(const FleetCase& c) {
  Chart chart;
  chart.key = "money";
  chart.title = "money";
  chart.x = date_axis();
  chart.y = {"dollars", Kind::Quantity, Dimension::Money, Scale::Linear};
  chart.series.push_back(fan("cash", c, FleetSeries::Cash, true));
  chart.series.push_back(fan("spent on halls and chips", c, FleetSeries::Spent, true));
  if (c.result.of(FleetSeries::Debt).back().p90 > 0) chart.series.push_back(fan("debt", c, FleetSeries::Debt, true));
  return chart;
}

/// What H100-equivalents at the end are where an input lies in its lowest and in its highest third.
Chart tornado_chart(const FleetCase& c) {
  Chart chart;
  chart.key = "tornado";
  chart.title = "what moves the H100-equivalents at the end: mean where an input is low or high, against that of all";
  chart.y = {"H100-equivalents more or less", Kind::Large, Dimension::None, Scale::Linear};
  chart.horizontal = true;
  const double mean = c.result.of(FleetSeries::H100e).back().mean;
  ChartSeries low{"where it is low", Shape::Bars, {}, -1}, high{"where it is high", Shape::Bars, {}, -1};
  for (const Sensitivity& s : c.result.sensitivities) {
    if (chart.categories.size() == kMostBars) break;
    const auto at = static_cast<double>(chart.categories.size());
    low.points.push_back({at, s.low - mean});
    high.points.push_back({at, s.high - mean});
    chart.categories.push_back(fleet_input_name(c.result.inputs[static_cast<std::size_t>(s.input)].name));
  }
  chart.series = {std::move(low), std::move(high)};
  return chart;
}

/// Place of what goes on among those that the chart has so far.
std::size_t kind_of(FleetSpanResult::Kind kind, std::vector<std::string>& kinds) {
  constexpr std::array<const char*, 3> kNames = {"built", "waits for the grid", "waits for generators"};
  const std::string name = kNames[static_cast<std::size_t>(kind)];
  const auto found = std::find(kinds.begin(), kinds.end(), name);
  if (found != kinds.end()) return static_cast<std::size_t>(found - kinds.begin());
  kinds.push_back(name);
  return kinds.size() - 1;
}

/// Sites in time, each phase and line from its start to the median of its end.
Chart site_chart(const FleetCase& c) {
  Chart chart;
  chart.key = "sites";
  chart.title = "sites: from the start of work to the median of the end, with its 80 % band";
  chart.x = date_axis();
  ChartSpans spans;
  const Date last = c.result.ends.back();
  for (const FleetSpanResult& s : c.result.spans) {
    ChartSpan bar;
    bar.begin = day_of(s.start);
    bar.end = std::max(bar.begin, day_of(s.p50.value_or(last)));
    bar.kind = kind_of(s.kind, spans.kinds);
    bar.label = format_quantity(s.power, Dimension::Power, 3);
    bar.low = std::max(bar.begin, day_of(s.p10.value_or(last)));
    bar.high = std::max(bar.begin, day_of(s.p90.value_or(last)));
    spans.rows.push_back({s.name.empty() ? "all of it" : s.name, s.site, {bar}});
  }
  // Rows of a site together, sites by their first row.
  std::stable_sort(spans.rows.begin(), spans.rows.end(), [&](const ChartSpanRow& a, const ChartSpanRow& b) {
    const auto first = [&](const std::string& site) {
      return std::find_if(c.plan.sites.begin(), c.plan.sites.end(),
                          [&](const FleetSite& s) { return s.name == site; }) -
             c.plan.sites.begin();
    };
    return first(a.group) < first(b.group);
  });
  chart.spans = std::move(spans);
  return chart;
}

}  // namespace

std::vector<Chart> fleet_charts(const FleetCase& main, const std::vector<FleetCase>& variants) {
  std::vector<Chart> charts;
  charts.push_back(fan_chart("h100e", "H100-equivalents that are on", "H100-equivalents", Kind::Large, Dimension::None,
                             main, variants, FleetSeries::H100e));
  charts.push_back(fan_chart("power", "halls with power", "power", Kind::Quantity, Dimension::Power, main, variants,
                             FleetSeries::Energised));
  charts.push_back(binding_chart(main));
  charts.push_back(money_chart(main));
  if (!main.result.sensitivities.empty()) charts.push_back(tornado_chart(main));
  charts.push_back(site_chart(main));
  return charts;
}

}  // namespace orrery
