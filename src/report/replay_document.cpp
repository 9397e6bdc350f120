#include "report/replay_document.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "report/run_charts.hpp"
#include "run/first_order.hpp"
#include "run/trace_statistics.hpp"

namespace orrery {
namespace {

/// Nodes away by day: the trace as a picture.
Chart history_chart(const FaultTrace& trace) {
  Chart chart;
  chart.key = "replay_history";
  chart.title = "nodes out of service in the trace";
  chart.x = {"time", Figure::Kind::Quantity, DimensionOf<Seconds>::value, ChartAxis::Scale::Linear};
  chart.y = {"nodes", Figure::Kind::Count, Dimension::None, ChartAxis::Scale::Linear};
  ChartSeries series{"", ChartSeries::Shape::Step, {}, -1};
  std::vector<std::pair<double, int>> changes;
  for (const TraceFault& fault : trace.faults) {
    changes.emplace_back(fault.start.raw(), 1);
    changes.emplace_back(fault.end.raw(), -1);
  }
  std::sort(changes.begin(), changes.end());
  int away = 0;
  series.points.push_back({0, 0});
  for (const auto& [at, change] : changes) {
    away += change;
    if (series.points.back().x == at) {
      series.points.back().y = away;
    } else {
      series.points.push_back({at, static_cast<double>(away)});
    }
  }
  chart.series.push_back(std::move(series));
  return chart;
}

Cell interval_cell(const Interval80& interval, int decimals) {
  return fmt::format("{:.{}f} to {:.{}f}", interval.low, decimals, interval.high, decimals);
}

}  // namespace

Seconds forecast_horizon(const FaultTrace& trace) {
  return trace.length / 3;
}

void add_forecast(const FaultTrace& trace, const Forecast& ahead, const ScoredForecast* scored, Document& document) {
  Table table{
      "forecast",
      fmt::format("the next {} by a model fitted to the trace, 80 % intervals", format_time(forecast_horizon(trace))),
      {{"what", "what"}, {"middle", "middle"}, {"interval", "interval"}},
      {},
      "",
      false};
  if (scored != nullptr) {
    table.columns.insert(table.columns.end(), {{"last_third", "the last third as it would have been said"},
                                               {"happened", "what happened"},
                                               {"independent", "by independent faults"}});
    table.note = "fitted to the first two thirds; docs/faults.md says how often such intervals held";
  }
  const auto add = [&](const char* what, auto member, double happened, int decimals) {
    std::vector<Cell> row = {std::string(what), number((ahead.*member).middle), interval_cell(ahead.*member, decimals)};
    if (scored != nullptr) {
      row.push_back(interval_cell(scored->ours.*member, decimals));
      row.push_back(number(happened));
      row.push_back(interval_cell(scored->poisson.*member, decimals));
    }
    table.rows.push_back(std::move(row));
  };
  const ScoredForecast none;
  const ScoredForecast& s = scored == nullptr ? none : *scored;
  add("faults", &Forecast::faults, s.faults, 0);
  add("nodes away, mean", &Forecast::mean_away, s.mean_away, 1);
  add("nodes away, 95 % of the time", &Forecast::p95_away, s.p95_away, 0);
  add("nodes away, 99 %", &Forecast::p99_away, s.p99_away, 0);
  document.tables.push_back(std::move(table));
}

void add_replay(const FaultTrace& trace, Document& document) {
  const TraceStatistics s = trace_statistics(trace);
  const NodesAway away = nodes_away(trace, Seconds(0), trace.length);
  const double nodes = trace.node_count;
  const long long poisson = poisson_quantile(away.mean(), 0.99);
  document.answer.push_back(fmt::format(
      "replayed: {} faults of {} of {} nodes in {}; {} of the nodes away on average, {} in 99 % of the time (a Poisson "
      "law would say {})",
      s.faults, s.nodes_hit, trace.node_count, format_time(trace.length), format_percent(away.mean() / nodes, 2),
      format_percent(away.quantile(0.99) / nodes, 2), format_percent(static_cast<double>(poisson) / nodes, 2)));
  Table table{"trace", "what the trace says", {{"what", "in the trace"}, {"value", "value"}}, {}, "", false};
  table.rows = {{std::string("faults per 1,000 node-days"), number(s.per_1000_node_days, 4)},
                {std::string("nodes away, mean"), fraction(away.mean() / nodes, 3)},
                {std::string("nodes away, 50 % of the time at most"), fraction(away.quantile(0.5) / nodes, 2)},
                {std::string("nodes away, 95 %"), fraction(away.quantile(0.95) / nodes, 2)},
                {std::string("nodes away, 99 %"), fraction(away.quantile(0.99) / nodes, 2)},
                {std::string("nodes away, most"), fraction(away.most() / nodes, 2)},
                {std::string("between starts, mean"), figure(s.between_mean)},
                {std::string("between starts, variation (Poisson: 1)"), number(s.between_cv)},
                {std::string("faults followed by another of the node in 7 days"), fraction(s.refail_7_days)},
                {std::string("in 30 days"), fraction(s.refail_30_days)},
                {std::string("faults that come with others"), fraction(s.burst_share)},
                {std::string("largest burst"), count(s.largest_burst)},
                {std::string("repair, median"), figure(s.repair_median)},
                {std::string("repair, mean"), figure(s.repair_mean)}};
  document.tables.push_back(std::move(table));
  Table kinds{"trace_kinds",
              "its faults by kind",
              {{"kind", "kind"},
               {"faults", "faults"},
               {"per_node_year", "a node and year"},
               {"repair_median", "median repair"}},
              {},
              "",
              true};
  for (const KindStatistics& kind : s.kinds) {
    kinds.rows.push_back({kind.kind, count(kind.faults), number(kind.per_node_year), figure(kind.repair_median)});
  }
  document.tables.push_back(std::move(kinds));
  document.notes.emplace_back(
      "each replication but the first begins at another time of the trace, which begins again where the run is longer, "
      "and "
      "its nodes are dealt to the machine's anew; hardware faults of the scenario are left out, those of the job's "
      "software go on");
  document.charts.push_back(history_chart(trace));
  std::vector<double> shares = away.seconds();
  for (double& share : shares) share /= trace.length.raw();
  Chart distribution = nodes_down_chart(shares, "trace", 0);
  distribution.key = "replay_nodes_down";
  distribution.title = "nodes out of service at once in the trace";
  document.charts.push_back(std::move(distribution));
}

}  // namespace orrery
