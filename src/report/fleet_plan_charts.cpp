#include "report/fleet_plan_charts.hpp"

#include <limits>
#include <string>
#include <utility>

#include "base/date.hpp"

namespace orrery {
namespace {

using Scale = ChartAxis::Scale;
using Shape = ChartSeries::Shape;

Chart by_step(const char* key, const char* title, const BuildoutProblem& problem, const BuildoutPlan& plan) {
  Chart chart;
  chart.key = key;
  chart.title = title;
  for (std::size_t t = 0; t < plan.h100e.size(); ++t) chart.categories.push_back(problem.steps[t]);
  return chart;
}

/// Bars by step; where there is nothing, no bar and no label.
ChartSeries bars(const std::string& name, const std::vector<double>& values) {
  ChartSeries series{name, Shape::Bars, {}, -1};
  for (std::size_t t = 0; t < values.size(); ++t) {
    const double drawn = values[t] > 0 ? values[t] : std::numeric_limits<double>::quiet_NaN();
    series.points.push_back({static_cast<double>(t), drawn});
  }
  return series;
}

std::vector<double> sum(const BuildoutPlan::Table& table, std::size_t steps) {
  std::vector<double> total(steps, 0.0);
  for (const BuildoutPlan::List& list : table) {
    for (std::size_t t = 0; t < steps; ++t) total[t] += list[t];
  }
  return total;
}

constexpr double kSliver = 1e-4;  // Of a phase: less is the solver's rounding.

/// Days since 1970 of a step that is called "2026-Q1" or "2026-03".
double first_day(const std::string& step) {
  return parse_date(step).value_or(Date()).days();
}
double day_after(const std::string& step) {
  const Date first = parse_date(step).value_or(Date());
  return (step.find('Q') != std::string::npos ? next_quarter(first) : next_month(first)).days();
}

}  // namespace

Chart deliveries_chart(const BuildoutProblem& problem, const BuildoutPlan& plan) {
  Chart chart = by_step("deliveries", "chips delivered", problem, plan);
  chart.y = {"chips", Figure::Kind::Large, Dimension::None, Scale::Linear};
  chart.stacked = true;
  for (std::size_t c = 0; c < problem.chips.size(); ++c) {
    double all = 0;
    for (const double count : plan.delivered[c]) all += count;
    if (all <= 0) continue;
    ChartSeries series{problem.chips[c].name, Shape::Bars, {}, -1};
    for (std::size_t t = 0; t < plan.delivered[c].size(); ++t)
      series.points.push_back({static_cast<double>(t), plan.delivered[c][t]});
    chart.series.push_back(std::move(series));
  }
  return chart;
}

Chart works_chart(const BuildoutProblem& problem, const BuildoutPlan& plan) {
  Chart chart;
  chart.key = "works";
  chart.title = "works";
  chart.x = {"", Figure::Kind::Number, Dimension::None, Scale::Date};
  ChartSpans spans{{"built"}, {}};
  for (const BuildoutPlan::Start& start : plan.starts) {
    if (start.share < kSliver) continue;
    const BuildoutSite& site = problem.sites[static_cast<std::size_t>(start.site)];
    const BuildoutPhase& phase = site.phases[static_cast<std::size_t>(start.phase)];
    const std::string name = phase.name.empty() ? site.name : phase.name;
    if (spans.rows.empty() || spans.rows.back().name != name || spans.rows.back().group != site.name)
      spans.rows.push_back({name, site.name, {}});
    const double begin = first_day(problem.steps[static_cast<std::size_t>(start.begin)]);
    const double end = day_after(problem.steps[static_cast<std::size_t>(start.stands)]);
    spans.rows.back().spans.push_back({begin, end, 0, cell_text(figure(phase.power * start.share))});
  }
  chart.spans = std::move(spans);
  return chart;
}

Chart plan_power_chart(const BuildoutProblem& problem, const BuildoutPlan& plan) {
  Chart chart = by_step("power", "power of halls, and of the chips in them", problem, plan);
  chart.y = {"facility power", Figure::Kind::Quantity, Dimension::Power, Scale::Linear};
  chart.series.push_back(bars("halls", sum(plan.halls, plan.h100e.size())));
  chart.series.push_back(bars("chips", sum(plan.used, plan.h100e.size())));
  return chart;
}

Chart plan_money_chart(const BuildoutProblem& problem, const BuildoutPlan& plan) {
  Chart chart = by_step("money", "money spent, and held", problem, plan);
  chart.y = {"dollars", Figure::Kind::Quantity, Dimension::Money, Scale::Linear};
  chart.series.push_back(bars("halls and chips", plan.capital));
  chart.series.push_back(bars("running and renting", plan.running));
  chart.series.push_back(bars("cash at the end", plan.cash));
  return chart;
}

}  // namespace orrery
