#include "report/run_charts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "run/first_order.hpp"

namespace orrery {
namespace {

using Scale = ChartAxis::Scale;
using Shape = ChartSeries::Shape;

ChartAxis share_axis(const char* title) {
  return {title, Figure::Kind::Fraction, Dimension::None, Scale::Linear};
}

/// A vertical line at `x`.
ChartSeries mark(const std::string& name, double x) {
  return {name, Shape::Line, {{x, 0}, {x, 1}}, -1};
}

/// Share of the replications that are done by a time.
Chart completion_chart(const RunSpec& spec, const RunResult& result) {
  Chart chart;
  chart.key = "completion";
  chart.title = "when the run is done";
  chart.x = {"time since its start", Figure::Kind::Quantity, Dimension::Time, Scale::Linear};
  chart.y = share_axis("share of the replications that are done");
  std::vector<double> walls;
  for (const Replication& run : result.replications) {
    if (run.finished) walls.push_back(run.wall.raw());
  }
  std::sort(walls.begin(), walls.end());
  ChartSeries done{"done", Shape::Step, {}, -1};
  const auto all = static_cast<double>(result.replications.size());
  done.points.push_back({walls.front(), 0});
  for (std::size_t i = 0; i < walls.size(); ++i) done.points.push_back({walls[i], static_cast<double>(i + 1) / all});
  chart.series.push_back(std::move(done));
  if (std::isfinite(result.closed.wall.raw()))
    chart.series.push_back(mark("mean by the closed form", result.closed.wall.raw()));
  if (spec.deadline.raw() > 0) chart.series.push_back(mark("deadline", spec.deadline.raw()));
  return chart;
}

/// What the GPU-time goes to that is not useful, largest first.
Chart loss_chart(const RunResult& result) {
  const double held = result.ledger.total();
  std::vector<std::pair<double, std::string>> losses;
  for (std::size_t i = 0; i < kGpuUses; ++i) {
    const auto use = static_cast<GpuUse>(i);
    const double share = result.ledger[use] / held;
    if (use != GpuUse::Useful && share >= 1e-4) losses.emplace_back(share, gpu_use_name(use));
  }
  std::stable_sort(losses.begin(), losses.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
  Chart chart;
  chart.key = "losses";
  chart.title = fmt::format("{} of the GPU-time held is useful; the rest by what it goes to",
                            format_percent(result.ledger[GpuUse::Useful] / held));
  chart.y = share_axis("share of the GPU-time held");
  ChartSeries bars{"", Shape::Bars, {}, -1};
  for (const auto& [share, name] : losses) {
    bars.points.push_back({static_cast<double>(chart.categories.size()), share});
    chart.categories.push_back(name);
  }
  chart.series.push_back(std::move(bars));
  return chart;
}

}  // namespace

double mean_nodes_away(const std::vector<double>& down_share) {
  double mean = 0;
  for (std::size_t k = 0; k < down_share.size(); ++k) mean += static_cast<double>(k) * down_share[k];
  return mean;
}

Chart nodes_down_chart(const std::vector<double>& down_share, const std::string& who, long long spares) {
  Chart chart;
  chart.key = "nodes_down";
  chart.title = "nodes out of service at once";
  chart.x = {"nodes", Figure::Kind::Count, Dimension::None, Scale::Linear};
  chart.y = share_axis("share of the time with more of them out of service");
  const double mean = mean_nodes_away(down_share);
  ChartSeries seen{who, Shape::Step, {}, -1}, poisson{"Poisson law of the same mean", Shape::Step, {}, -1};
  double below = 0;
  for (std::size_t k = 0; k < down_share.size(); ++k) {
    below += down_share[k];
    const auto x = static_cast<double>(k);
    seen.points.push_back({x, std::max(0.0, 1 - below)});
    if (mean > 0) poisson.points.push_back({x, poisson_above(mean, static_cast<long long>(k))});
  }
  chart.series.push_back(std::move(seen));
  if (mean > 0) chart.series.push_back(std::move(poisson));
  if (spares > 0 && spares <= 2 * static_cast<long long>(down_share.size()))
    chart.series.push_back(mark("spares held", static_cast<double>(spares)));
  return chart;
}

std::vector<Chart> run_charts(const RunSpec& spec, const RunResult& result) {
  std::vector<Chart> charts;
  if (result.finished > 0) charts.push_back(completion_chart(spec, result));
  if (result.ledger.total() > 0) {
    Chart losses = loss_chart(result);
    if (!losses.categories.empty()) charts.push_back(std::move(losses));
  }
  if (result.down_share.size() > 1)
    charts.push_back(nodes_down_chart(result.down_share, "simulated", spec.policy.spares));
  return charts;
}

}  // namespace orrery
