#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "report/fleet_training_document.hpp"

namespace orrery {
namespace {

using Scale = ChartAxis::Scale;
using Shape = ChartSeries::Shape;

ChartPoint banded(std::size_t i, const TrainingBand& band) {
  return {static_cast<double>(i), band.p50, band.p10, band.p90};
}

Chart days_chart(const RaceSpec& spec, const RaceResult& race) {
  Chart chart;
  chart.key = "days_to_train";
  chart.title = "time to train, by fleet";
  ChartGrid grid;
  grid.row_title = "training";
  grid.column_title = "fleet";
  grid.rows = spec.projects;
  for (const RaceFleet& fleet : spec.fleets) grid.columns.push_back(fleet.name);
  grid.value = {"time to train", Figure::Kind::Quantity, Dimension::Time, Scale::Log};
  for (const auto& row : race.cells)
    for (const RaceCell& cell : row)
      grid.values.push_back(cell.delivery ? cell.delivery->time.p50 : std::numeric_limits<double>::quiet_NaN());
  chart.grid = std::move(grid);
  return chart;
}

Chart growth_chart(const GrowthShares& growth) {
  Chart chart;
  chart.key = "growth_shares";
  chart.title = "growth of effective compute by what brought it";
  chart.y = {"share of the growth", Figure::Kind::Fraction, Dimension::None, Scale::Linear};
  chart.horizontal = true;
  ChartSeries shares{"share, 80 % interval", Shape::Bars, {}, -1};
  for (std::size_t i = 0; i < growth.causes.size(); ++i) {
    chart.categories.push_back(growth.causes[i].name);
    shares.points.push_back(banded(i, growth.causes[i].share));
  }
  chart.series = {std::move(shares)};
  return chart;
}

Chart cheapest_chart(const CheapestTraining& cheapest) {
  Chart chart;
  chart.key = "cheapest_ways";
  chart.title = "cost of the ways that are done in time";
  chart.y = {"cost", Figure::Kind::Quantity, Dimension::Money, Scale::Linear};
  chart.horizontal = true;
  ChartSeries costs{"cost, 80 % interval", Shape::Bars, {}, -1};
  for (std::size_t i = 0; i < cheapest.choices.size(); ++i) {
    const TrainingChoice& way = cheapest.choices[i];
    chart.categories.push_back(fmt::format("{} {}", tenure_name(way.tenure), way.offer));
    costs.points.push_back(banded(i, way.cost));
  }
  chart.series = {std::move(costs)};
  return chart;
}

}  // namespace

void add_training_charts(const RaceSpec& spec, const TrainingAnswer& answer, Document& document) {
  if (!spec.fleets.empty()) document.charts.push_back(days_chart(spec, answer.race));
  document.charts.push_back(growth_chart(answer.growth));
  if (answer.cheapest && !answer.cheapest->choices.empty()) document.charts.push_back(cheapest_chart(*answer.cheapest));
}

}  // namespace orrery
