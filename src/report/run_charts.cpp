#include "report/run_charts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "run/first_order.hpp"

namespace orrery {
namespace {

ChartAxis time_axis(const char* title, ChartAxis::Scale scale = ChartAxis::Scale::Linear) {
  return {title, Figure::Kind::Quantity, DimensionOf<Seconds>::value, scale};
}
ChartAxis share_axis(const char* title) {
  return {title, Figure::Kind::Fraction, Dimension::None, ChartAxis::Scale::Linear};
}

}  // namespace

Chart completion_chart(const RunSpec& spec, const RunResult& result) {
  Chart chart;
  chart.key = "completion";
  chart.title = "when the run is done";
  chart.x = time_axis("wall time");
  chart.y = share_axis("replications that are done");
  std::vector<double> walls;
  for (const Replication& run : result.replications) {
    if (run.finished) walls.push_back(run.wall.raw());
  }
  std::sort(walls.begin(), walls.end());
  ChartSeries done{"done", ChartSeries::Shape::Step, {}, -1};
  const auto all = static_cast<double>(result.replications.size());
  if (!walls.empty()) done.points.push_back({walls.front(), 0});
  for (std::size_t i = 0; i < walls.size(); ++i) done.points.push_back({walls[i], static_cast<double>(i + 1) / all});
  chart.series.push_back(std::move(done));
  if (spec.deadline > Seconds(0)) {
    chart.series.push_back(
        {"deadline", ChartSeries::Shape::Line, {{spec.deadline.raw(), 0}, {spec.deadline.raw(), 1}}, -1});
  }
  return chart;
}

Chart ledger_chart(const std::vector<std::pair<std::string, Ledger>>& ledgers) {
  Chart chart;
  chart.key = "ledger";
  chart.title = "where the GPU-time goes";
  chart.y = share_axis("of the GPU-time held");
  chart.stacked = true;
  for (const auto& [name, ledger] : ledgers) chart.categories.push_back(name);
  for (std::size_t i = 0; i < kGpuUses; ++i) {
    const auto use = static_cast<GpuUse>(i);
    ChartSeries series{gpu_use_name(use), ChartSeries::Shape::Bars, {}, static_cast<int>(i)};
    bool shows = false;
    for (std::size_t k = 0; k < ledgers.size(); ++k) {
      const Ledger& ledger = ledgers[k].second;
      const double share = ledger.total() > 0 ? std::max(0.0, ledger[use] / ledger.total()) : 0;
      shows = shows || share > 1e-6;
      series.points.push_back({static_cast<double>(k), share});
    }
    if (shows) chart.series.push_back(std::move(series));
  }
  return chart;
}

Chart nodes_away_chart(const RunResult& result) {
  Chart chart;
  chart.key = "nodes_away";
  chart.title = "nodes out of service at once";
  chart.x = {"nodes", Figure::Kind::Count, Dimension::None, ChartAxis::Scale::Linear};
  chart.y = share_axis("of the time at least so many");
  ChartSeries seen{"simulated", ChartSeries::Shape::Step, {}, -1},
      poisson{"Poisson of that mean", ChartSeries::Shape::Step, {}, -1};
  double above = 1, mean = 0;
  for (std::size_t k = 0; k < result.down_share.size(); ++k) mean += static_cast<double>(k) * result.down_share[k];
  for (std::size_t k = 0; k < result.down_share.size(); ++k) {
    const auto x = static_cast<double>(k);
    seen.points.push_back({x, above});
    poisson.points.push_back({x, k == 0 ? 1 : poisson_above(mean, static_cast<long long>(k) - 1)});
    above = std::max(0.0, above - result.down_share[k]);
  }
  chart.series = {std::move(seen), std::move(poisson)};
  return chart;
}

Chart interval_chart(const RunSpec& spec, const IntervalStudy& study) {
  Chart chart;
  chart.key = "interval";
  chart.title = fmt::format("goodput against the interval of checkpoints \"{}\"", spec.checkpoints[study.level].name);
  chart.x = time_axis("interval", ChartAxis::Scale::Log);
  chart.y = share_axis("goodput");
  ChartSeries events{"events", ChartSeries::Shape::Markers, {}, 0}, formula{"formula", ChartSeries::Shape::Line, {}, 0};
  double low = 1, high = 0;
  for (const DecisionPoint& point : study.points) {
    formula.points.push_back({point.value, point.closed_goodput});
    low = std::min(low, point.goodput.mean);
    high = std::max(high, point.goodput.mean);
    if (!point.finishes) continue;
    events.points.push_back({point.value, point.goodput.mean, point.goodput.mean - 2 * point.goodput.error,
                             point.goodput.mean + 2 * point.goodput.error});
  }
  chart.series = {std::move(formula), std::move(events)};
  chart.series.push_back(
      {"optimum by formula", ChartSeries::Shape::Line, {{study.optimal.raw(), low}, {study.optimal.raw(), high}}, -1});
  return chart;
}

Chart spares_chart(const SparesStudy& study) {
  Chart chart;
  chart.key = "spares";
  chart.title = "what a spare is worth";
  chart.x = {"spares", Figure::Kind::Count, Dimension::None, ChartAxis::Scale::Linear};
  chart.y = share_axis("useful");
  ChartSeries job{"of the job's GPU-time", ChartSeries::Shape::Line, {}, -1},
      held{"of all GPU-time held", ChartSeries::Shape::Line, {}, -1};
  for (const DecisionPoint& point : study.points) {
    if (!point.finishes) continue;
    job.points.push_back({point.value, point.goodput.mean, point.goodput.p10, point.goodput.p90});
    held.points.push_back({point.value, point.useful_share});
  }
  chart.series = {std::move(job), std::move(held)};
  return chart;
}

Chart tornado_chart(const std::vector<TornadoBar>& bars) {
  Chart chart;
  chart.key = "tornado";
  chart.title = "wall time when an input is halved or doubled";
  chart.y = {"change of the wall time", Figure::Kind::Signed, Dimension::None, ChartAxis::Scale::Linear};
  ChartSeries half{"halved", ChartSeries::Shape::Bars, {}, -1}, twice{"doubled", ChartSeries::Shape::Bars, {}, -1};
  for (const TornadoBar& bar : bars) {
    const auto x = static_cast<double>(chart.categories.size());
    chart.categories.push_back(bar.input);
    half.points.push_back({x, bar.at_half});
    twice.points.push_back({x, bar.at_double});
  }
  chart.series = {std::move(half), std::move(twice)};
  return chart;
}

}  // namespace orrery
