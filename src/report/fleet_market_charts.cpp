#include "report/fleet_market_charts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace orrery {
namespace {

double day_of(const MarketQuarter& quarter) {
  return quarter.start.days();
}
ChartAxis date_axis() {
  return {"", Figure::Kind::Number, Dimension::None, ChartAxis::Scale::Date};
}
ChartPoint banded(double x, const MarketBand& band) {
  // A band that ends nowhere cannot be drawn.
  return std::isfinite(band.p90) ? ChartPoint{x, band.p50, band.p10, band.p90} : ChartPoint{x, band.p50};
}

Chart price_chart(const MarketStudy& study) {
  Chart chart;
  chart.key = "prices";
  chart.title = "price of an H100 equivalent: the list, and where an auction would clear";
  chart.x = date_axis();
  chart.y = {"price", Figure::Kind::Quantity, Dimension::Money, ChartAxis::Scale::Log};
  ChartSeries clearing, list;
  clearing.name = "clears an auction";
  list.name = "list";
  for (std::size_t q = 0; q < study.median.size(); ++q) {
    clearing.points.push_back(banded(day_of(study.median[q]), study.clearing[0][q]));
    list.points.push_back(banded(day_of(study.median[q]), study.list[0][q]));
  }
  chart.series = {std::move(clearing), std::move(list)};
  return chart;
}

/// Shares of the first pool's output by quarter, at medians.
Chart share_chart(const MarketSpec& spec, const MarketStudy& study) {
  Chart chart;
  chart.key = "shares";
  chart.title =
      fmt::format("who gets the chips that are for sale ({}), all inputs at their medians", spec.pools().front());
  chart.x = date_axis();
  chart.y = {"share", Figure::Kind::Fraction, Dimension::None, ChartAxis::Scale::Linear};
  chart.stacked = true;
  for (std::size_t b = 0; b < spec.input.buyers.size(); ++b) {
    if (spec.input.buyers[b].pool != spec.pools().front()) continue;
    ChartSeries series;
    series.name = spec.input.buyers[b].name;
    series.shape = ChartSeries::Shape::Area;
    for (const MarketQuarter& quarter : study.median) {
      const double all = quarter.pools[0].h100e;
      series.points.push_back({day_of(quarter), all > 0 ? quarter.purchases[b].got / all : 0});
    }
    chart.series.push_back(std::move(series));
  }
  return chart;
}

/// H100 equivalents that were asked for at the list price and not got, by buyer, over the years compared.
Chart displaced_chart(const MarketSpec& spec, const MarketStudy& study) {
  Chart chart;
  chart.key = "displaced";
  chart.title = "not got of what new money asks for at list prices, by year";
  chart.x = {"", Figure::Kind::Number, Dimension::None, ChartAxis::Scale::Linear};
  chart.y = {"H100 equivalents", Figure::Kind::Large, Dimension::None, ChartAxis::Scale::Linear};
  chart.stacked = true;
  for (const Date year : study.years) chart.categories.push_back(std::to_string(year.year()));
  for (std::size_t b = 0; b < spec.input.buyers.size(); ++b) {
    ChartSeries series;
    series.name = spec.input.buyers[b].name;
    series.shape = ChartSeries::Shape::Bars;
    for (std::size_t y = 0; y < study.years.size(); ++y)
      series.points.push_back({static_cast<double>(y), study.buyers[b][y].displaced.p50});
    chart.series.push_back(std::move(series));
  }
  return chart;
}

/// Chips of a buyer with goals, in all, against what it wants.
Chart goal_chart(const MarketSpec& spec, const MarketStudy& study, std::size_t b) {
  const MarketBuyer& buyer = spec.input.buyers[b];
  Chart chart;
  chart.key = fmt::format("goals_{}", b);
  chart.title = fmt::format("{}: chips that it has by the dates of its goals", buyer.name);
  chart.x = date_axis();
  chart.y = {"chips", Figure::Kind::Large, Dimension::None, ChartAxis::Scale::Linear};
  ChartSeries has, wants;
  has.name = "has";
  wants.name = "goals";
  wants.shape = ChartSeries::Shape::Markers;
  for (const MarketGoalAnswer& answer : study.goals) {
    if (answer.buyer != b) continue;
    const MarketGoal& goal = buyer.goals[answer.goal];
    has.points.push_back(banded(goal.by.days(), answer.chips_then));
    wants.points.push_back({static_cast<double>(goal.by.days()), goal.chips});
  }
  chart.series = {std::move(has), std::move(wants)};
  return chart;
}

}  // namespace

void add_market_charts(const MarketSpec& spec, const MarketStudy& study, Document& document) {
  document.charts.push_back(price_chart(study));
  document.charts.push_back(share_chart(spec, study));
  document.charts.push_back(displaced_chart(spec, study));
  for (std::size_t b = 0; b < spec.input.buyers.size(); ++b) {
    if (!spec.input.buyers[b].goals.empty()) document.charts.push_back(goal_chart(spec, study, b));
  }
}

}  // namespace orrery
