#include "report/fleet_nation_charts.hpp"

#include <fmt/format.h>

#include <utility>

namespace orrery {
namespace {

ChartPoint point_of(double x, const NationBand& band) {
  return {x, band.p50, band.p10, band.p90};
}

/// As axes of dates count.
double on_axis(Date date) {
  return date.days();
}

ChartAxis date_axis() {
  ChartAxis axis;
  axis.title = "date";
  axis.scale = ChartAxis::Scale::Date;
  return axis;
}

ChartAxis share_axis(const char* title) {
  ChartAxis axis;
  axis.title = title;
  axis.kind = Figure::Kind::Fraction;
  return axis;
}

ChartAxis gpu_axis(const char* title) {
  ChartAxis axis;
  axis.title = title;
  axis.scale = ChartAxis::Scale::Log;
  return axis;
}

Chart short_by_gpus(const NationSpec& spec, const NationResult& result) {
  Chart chart;
  chart.key = "short_by_gpus";
  chart.title = "firms that lack compute, by GPUs, with the needs of the last survey";
  chart.x = gpu_axis("H100-equivalents");
  chart.y = share_axis("of all firms");
  const NationCurve& curve = result.curve;
  for (std::size_t p = 0; p < curve.policies.size(); ++p) {
    ChartSeries series;
    series.name = nation_policy_name(curve.policies[p]);
    for (std::size_t k = 0; k < curve.gpus.size(); ++k)
      series.points.push_back(point_of(curve.gpus[k], curve.short_share[p][k]));
    chart.series.push_back(std::move(series));
  }
  chart.levels = {{"target", spec.target}};
  chart.marks = {{"last survey", result.central->gpus}};
  return chart;
}

Chart lorenz(const NationResult& result) {
  Chart chart;
  chart.key = "lorenz";
  chart.title = "who gets the GPU-time: firms with need, least first";
  chart.x = share_axis("firms with need");
  chart.y = share_axis("GPU-time");
  for (const auto& [policy, curve] : result.lorenz) {
    ChartSeries series;
    series.name = nation_policy_name(policy);
    for (std::size_t k = 0; k < curve.firms.size(); ++k) series.points.push_back({curve.firms[k], curve.gpu_time[k]});
    chart.series.push_back(std::move(series));
  }
  return chart;
}

Chart supply_and_need(const NationResult& result) {
  Chart chart;
  chart.key = "supply_and_need";
  chart.title = "GPUs of use to the firms, and what they need";
  chart.x = date_axis();
  chart.y = gpu_axis("H100-equivalents");
  ChartSeries supply{"GPUs", ChartSeries::Shape::Line, {}}, need{"needs", ChartSeries::Shape::Line, {}};
  for (const NationQuarter& quarter : result.quarters) {
    supply.points.push_back(point_of(on_axis(quarter.date), quarter.gpus));
    need.points.push_back(point_of(on_axis(quarter.date), quarter.need));
  }
  chart.series = {std::move(supply), std::move(need)};
  return chart;
}

Chart short_over_time(const NationSpec& spec, const NationResult& result) {
  Chart chart;
  chart.key = "short_over_time";
  chart.title = "firms that lack compute";
  chart.x = date_axis();
  chart.y = share_axis("of all firms");
  ChartSeries before{nation_policy_name(spec.reference), ChartSeries::Shape::Line, {}};
  ChartSeries after{nation_policy_name(spec.policy), ChartSeries::Shape::Line, {}};
  for (const NationQuarter& quarter : result.quarters) {
    before.points.push_back(point_of(on_axis(quarter.date), quarter.before));
    after.points.push_back(point_of(on_axis(quarter.date), quarter.after));
  }
  chart.series.push_back(std::move(before));
  if (spec.policy != spec.reference) chart.series.push_back(std::move(after));
  chart.levels = {{"target", spec.target}};
  return chart;
}

Chart arrivals(const NationSpec& spec, const NationResult& result) {
  Chart chart;
  chart.key = "arrivals";
  chart.title = "when GPUs arrive: from the announced date to the median, with 10 and 90 %";
  chart.x = date_axis();
  ChartSpans spans;
  spans.kinds = {"confirmed", "estimate", "forecast", "plan"};
  for (std::size_t k = 0; k < result.milestones.size(); ++k) {
    const NationMilestone& its = result.milestones[k];
    ChartSpan bar;
    bar.begin = on_axis(spec.supply[k].date);
    bar.end = on_axis(its.p50);
    bar.low = on_axis(its.p10);
    bar.high = on_axis(its.p90);
    bar.kind = static_cast<std::size_t>(spec.supply[k].status);
    spans.rows.push_back({its.name, "", {bar}});
  }
  chart.spans = std::move(spans);
  return chart;
}

}  // namespace

std::vector<FirmNeed> equal_needs(std::size_t firms) {
  FirmNeed need;
  need.gpus = 1;
  return std::vector<FirmNeed>(firms, need);
}

std::vector<Chart> nation_charts(const NationSpec& spec, const NationResult& result) {
  std::vector<Chart> charts = {short_by_gpus(spec, result), lorenz(result)};
  if (result.quarters.size() > 1) {
    charts.push_back(supply_and_need(result));
    charts.push_back(short_over_time(spec, result));
  }
  if (!result.milestones.empty()) charts.push_back(arrivals(spec, result));
  return charts;
}

}  // namespace orrery
