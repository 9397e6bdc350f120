#include "report/replay_document.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "report/run_charts.hpp"
#include "run/first_order.hpp"

namespace orrery {
namespace {

/// Nodes out of service from `at` on.
struct NodesDown {
  double at = 0;
  long long nodes = 0;
};

std::vector<NodesDown> nodes_down(const FaultTrace& trace) {
  std::map<double, long long> changes;
  for (const TraceFault& fault : trace.faults) {
    ++changes[fault.start.raw()];
    --changes[fault.end.raw()];
  }
  std::vector<NodesDown> steps = {{0, 0}};
  for (const auto& [at, change] : changes) {
    if (change != 0) steps.push_back({at, steps.back().nodes + change});
  }
  return steps;
}

/// [k]: share of the trace with exactly k nodes out of service.
std::vector<double> down_shares(const std::vector<NodesDown>& steps, Seconds length) {
  std::vector<double> shares;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const double end = std::min(i + 1 < steps.size() ? steps[i + 1].at : length.raw(), length.raw());
    const auto k = static_cast<std::size_t>(std::max(0LL, steps[i].nodes));
    if (shares.size() <= k) shares.resize(k + 1);
    shares[k] += std::max(0.0, end - steps[i].at) / length.raw();
  }
  return shares;
}

long long quantile_of(const std::vector<double>& shares, double q) {
  double below = 0;
  for (std::size_t k = 0; k < shares.size(); ++k) {
    below += shares[k];
    if (below >= q) return static_cast<long long>(k);
  }
  return static_cast<long long>(shares.size()) - 1;
}

Chart history_chart(const std::vector<NodesDown>& steps, Seconds length) {
  Chart chart;
  chart.key = "trace_history";
  chart.title = "nodes out of service in the trace";
  chart.x = {"time since its beginning", Figure::Kind::Quantity, Dimension::Time, ChartAxis::Scale::Linear};
  chart.y = {"nodes", Figure::Kind::Count, Dimension::None, ChartAxis::Scale::Linear};
  ChartSeries series{"", ChartSeries::Shape::Step, {}, -1};
  for (const NodesDown& step : steps) series.points.push_back({step.at, static_cast<double>(step.nodes)});
  series.points.push_back({length.raw(), static_cast<double>(steps.back().nodes)});
  chart.series.push_back(std::move(series));
  return chart;
}

/// Faults of the trace by kind, the most frequent first.
Table kind_table(const FaultTrace& trace) {
  struct Tally {
    long long faults = 0;
    double seconds = 0;
  };
  std::map<std::string, Tally> kinds;
  for (const TraceFault& fault : trace.faults) {
    Tally& tally = kinds[fault.kind];
    ++tally.faults;
    tally.seconds += (fault.end - fault.start).raw();
  }
  std::vector<std::pair<std::string, Tally>> order(kinds.begin(), kinds.end());
  std::stable_sort(order.begin(), order.end(),
                   [](const auto& a, const auto& b) { return a.second.faults > b.second.faults; });
  Table table{"trace_kinds",
              "faults of the trace",
              {{"kind", "kind"}, {"faults", "faults"}, {"share", "of all"}, {"mean_time_down", "mean time away"}},
              {},
              "",
              false};
  for (const auto& [kind, tally] : order) {
    const auto faults = static_cast<double>(tally.faults);
    table.rows.push_back({kind, count(tally.faults), fraction(faults / static_cast<double>(trace.faults.size())),
                          figure(Seconds(tally.seconds / faults))});
  }
  return table;
}

}  // namespace

void add_replay(const FaultTrace& trace, Document& document) {
  if (trace.length <= Seconds(0) || trace.node_count <= 0) return;
  const std::vector<NodesDown> steps = nodes_down(trace);
  const std::vector<double> shares = down_shares(steps, trace.length);
  const double mean = mean_nodes_away(shares), nodes = trace.node_count;
  const long long p95 = quantile_of(shares, 0.95), p99 = quantile_of(shares, 0.99);
  const long long poisson = poisson_quantile(mean, 0.99);
  Table table{"trace",
              fmt::format("nodes out of service in the trace, {} nodes for {}", format_count(trace.node_count),
                          format_time(trace.length)),
              {{"measure", ""}, {"", "in the trace"}, {"nodes", "nodes"}, {"share", "of all nodes"}},
              {},
              "",
              false};
  const auto row = [&](const char* key, const char* title, double value) {
    table.rows.push_back({std::string(key), std::string(title), number(value), fraction(value / nodes, 2)});
  };
  row("mean", "mean", mean);
  row("p95", "95 % of the time no more than", static_cast<double>(p95));
  row("p99", "99 % of the time no more than", static_cast<double>(p99));
  row("poisson_p99", "the same by a Poisson law of that mean", static_cast<double>(poisson));
  if (p99 > poisson) table.note = "faults of this machine cluster: spares chosen by a Poisson law would run out";
  document.notes.push_back(
      fmt::format("replayed: {} faults of {}", format_count(static_cast<long long>(trace.faults.size())), trace.name));
  document.tables.push_back(std::move(table));
  document.tables.push_back(kind_table(trace));
  document.charts.push_back(history_chart(steps, trace.length));
  Chart distribution = nodes_down_chart(shares, "trace", 0);
  distribution.key = "trace_nodes_down";
  distribution.title = "nodes out of service at once in the trace";
  document.charts.push_back(std::move(distribution));
}

}  // namespace orrery
