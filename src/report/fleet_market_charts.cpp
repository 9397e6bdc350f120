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
  chart.y = {"dollars an H100 equivalent", Figure::Kind::Quantity, Dimension::Money, ChartAxis::Scale::Log};
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
  chart.y = {"of what is for sale", Figure::Kind::Fraction, Dimension::None, ChartAxis::Scale::Linear};
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

/// Chips of a buyer with goals at the ends of years, against what it wants.
Chart goal_chart(const MarketSpec& spec, const MarketStudy& study, const MarketHoldings& its) {
  const MarketBuyer& buyer = spec.input.buyers[its.buyer];
  Chart chart;
  chart.key = fmt::format("goals_{}", its.buyer);
  chart.title = fmt::format("{}: chips that it has bought, and its goals", buyer.name);
  chart.x = date_axis();
  chart.y = {"chips", Figure::Kind::Large, Dimension::None, ChartAxis::Scale::Linear};
  ChartSeries has, wants;
  has.name = "has";
  wants.name = "goals";
  wants.shape = ChartSeries::Shape::Markers;
  for (std::size_t y = 0; y < study.years.size(); ++y)
    has.points.push_back(banded(Date::of(study.years[y].year(), 12, 31).days(), its.by_year[y]));
  for (const MarketGoal& goal : buyer.goals) {
    if (goal.by < spec.input.until) wants.points.push_back({static_cast<double>(goal.by.days()), goal.chips});
  }
  chart.series = {std::move(has), std::move(wants)};
  return chart;
}

/// Firms of a nation that lack compute with what it gets.
Chart nation_chart(const MarketSpec& spec, const NationOfBuyer& nation) {
  Chart chart;
  chart.key = fmt::format("nation_{}", nation.buyer);
  chart.title = fmt::format("{}: firms that lack compute with what it gets", spec.input.buyers[nation.buyer].name);
  chart.x = date_axis();
  chart.y = {"of all firms", Figure::Kind::Fraction, Dimension::None, ChartAxis::Scale::Linear};
  const auto add = [&](NationPolicy policy, NationBand NationQuarter::*what) {
    ChartSeries series;
    series.name = nation_policy_name(policy);
    for (const NationQuarter& its : nation.studies.front()) {
      const NationBand& band = its.*what;
      series.points.push_back({static_cast<double>(its.date.days()), band.p50, band.p10, band.p90});
    }
    chart.series.push_back(std::move(series));
  };
  add(nation.spec.reference, &NationQuarter::before);
  if (nation.spec.policy != nation.spec.reference) add(nation.spec.policy, &NationQuarter::after);
  chart.levels = {{"target", nation.spec.target}};
  return chart;
}

}  // namespace

void add_market_charts(const MarketAnswers& answers, Document& document) {
  const MarketSpec& spec = answers.spec;
  const MarketStudy& study = answers.base();
  document.charts.push_back(price_chart(study));
  document.charts.push_back(share_chart(spec, study));
  document.charts.push_back(displaced_chart(spec, study));
  for (const MarketHoldings& its : study.held) document.charts.push_back(goal_chart(spec, study, its));
  for (const NationOfBuyer& nation : answers.nations) {
    if (nation.fitting > 0) document.charts.push_back(nation_chart(spec, nation));
  }
}

}  // namespace orrery
