#include "report/fleet_plan_charts.hpp"

#include <utility>

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

ChartSeries bars(const std::string& name, const std::vector<double>& values) {
  ChartSeries series{name, Shape::Bars, {}, -1};
  for (std::size_t t = 0; t < values.size(); ++t) series.points.push_back({static_cast<double>(t), values[t]});
  return series;
}

std::vector<double> sum(const BuildoutPlan::Table& table, std::size_t steps) {
  std::vector<double> total(steps, 0.0);
  for (const BuildoutPlan::List& list : table) {
    for (std::size_t t = 0; t < steps; ++t) total[t] += list[t];
  }
  return total;
}

}  // namespace

Chart deliveries_chart(const BuildoutProblem& problem, const BuildoutPlan& plan) {
  Chart chart = by_step("deliveries", "chips delivered", problem, plan);
  chart.y = {"chips", Figure::Kind::Large, Dimension::None, Scale::Linear};
  chart.stacked = true;
  for (std::size_t c = 0; c < problem.chips.size(); ++c) {
    double all = 0;
    for (const double count : plan.delivered[c]) all += count;
    if (all > 0) chart.series.push_back(bars(problem.chips[c].name, plan.delivered[c]));
  }
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
