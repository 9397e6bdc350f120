#include "run/trace_statistics.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <utility>

namespace orrery {
namespace {

constexpr double kDay = 86400;
constexpr double kAtOnce = 60;  // Seconds between starts that count as one instant.

}  // namespace

double NodesAway::mean() const {
  double sum = 0, all = 0;
  for (std::size_t k = 0; k < seconds_.size(); ++k) {
    sum += static_cast<double>(k) * seconds_[k];
    all += seconds_[k];
  }
  return all > 0 ? sum / all : 0;
}

int NodesAway::quantile(double q) const {
  double all = 0, below = 0;
  for (const double part : seconds_) all += part;
  for (std::size_t k = 0; k < seconds_.size(); ++k) {
    below += seconds_[k];
    if (below >= q * all) return static_cast<int>(k);
  }
  return most();
}

NodesAway nodes_away(const FaultTrace& trace, Seconds from, Seconds to) {
  std::vector<std::pair<double, int>> changes;
  for (const TraceFault& fault : trace.faults) {
    const double start = std::max(fault.start.raw(), from.raw()), end = std::min(fault.end.raw(), to.raw());
    if (end <= start) continue;
    changes.emplace_back(start, 1);
    changes.emplace_back(end, -1);
  }
  std::sort(changes.begin(), changes.end());
  std::vector<double> seconds(1, 0.0);
  double now = from.raw();
  std::size_t away = 0;
  const auto pass = [&](double until) {
    if (seconds.size() <= away) seconds.resize(away + 1);
    seconds[away] += until - now;
    now = until;
  };
  for (const auto& [at, change] : changes) {
    pass(at);
    away = change > 0 ? away + 1 : away - 1;
  }
  pass(to.raw());
  return NodesAway(std::move(seconds));
}

FaultTrace cut(const FaultTrace& trace, Seconds from, Seconds to) {
  FaultTrace part;
  part.name = trace.name;
  part.nodes = trace.nodes;
  part.node_count = trace.node_count;
  part.length = to - from;
  for (TraceFault fault : trace.faults) {
    if (fault.start < from || fault.start >= to) continue;
    fault.start -= from;
    fault.end -= from;
    if (fault.end > part.length) {
      fault.end = part.length;
      fault.open = true;
    }
    part.faults.push_back(std::move(fault));
  }
  return part;
}

std::vector<Burst> bursts_of(const FaultTrace& trace) {
  std::vector<Burst> bursts;
  for (std::size_t i = 0; i < trace.faults.size(); ++i) {
    const bool joins = i > 0 && (trace.faults[i].start - trace.faults[i - 1].start).raw() <= kAtOnce;
    if (!joins) bursts.push_back({i, i});
    bursts.back().behind = i + 1;
  }
  return bursts;
}

std::vector<double> repair_quantiles(const std::vector<const TraceFault*>& faults, int n) {
  std::vector<std::pair<double, bool>> stays;  // Length, and whether its end was seen; ends before open ones.
  for (const TraceFault* fault : faults) stays.emplace_back((fault->end - fault->start).raw(), fault->open);
  std::sort(stays.begin(), stays.end());
  // Points (share mended, length) of the product-limit estimate.
  std::vector<std::pair<double, double>> curve;
  double left = 1;
  for (std::size_t i = 0; i < stays.size(); ++i) {
    if (stays[i].second) continue;
    curve.emplace_back(1 - left, stays[i].first);
    left *= 1 - 1 / static_cast<double>(stays.size() - i);
  }
  if (curve.empty()) curve.emplace_back(0, stays.back().first);
  curve.emplace_back(1, std::max(curve.back().second, stays.back().first));
  std::vector<double> quantiles;
  for (int k = 0; k <= n; ++k) {
    const double share = static_cast<double>(k) / n;
    const auto above =
        std::find_if(curve.begin(), curve.end(), [&](const auto& point) { return point.first >= share; });
    if (above == curve.begin()) {
      quantiles.push_back(above->second);
      continue;
    }
    const auto& [x1, y1] = *above;
    const auto& [x0, y0] = *(above - 1);
    quantiles.push_back(x1 > x0 ? y0 + (share - x0) / (x1 - x0) * (y1 - y0) : y1);
  }
  return quantiles;
}

TraceStatistics trace_statistics(const FaultTrace& trace) {
  TraceStatistics s;
  s.faults = static_cast<int>(trace.faults.size());
  if (trace.faults.empty()) return s;
  std::map<std::string, std::vector<const TraceFault*>> by_kind;
  std::map<int, std::vector<double>> by_node;
  std::vector<const TraceFault*> all;
  std::vector<double> gaps;
  for (const TraceFault& fault : trace.faults) {
    by_kind[fault.kind].push_back(&fault);
    by_node[fault.node].push_back(fault.start.raw());
    if (!all.empty()) gaps.push_back((fault.start - all.back()->start).raw());
    all.push_back(&fault);
  }
  const double node_days = trace.node_count * trace.length.raw() / kDay;
  s.nodes_hit = static_cast<int>(by_node.size());
  s.per_1000_node_days = 1000 * s.faults / node_days;
  double sum = 0, squares = 0;
  for (const double gap : gaps) sum += gap;
  if (!gaps.empty()) {
    const double mean = sum / static_cast<double>(gaps.size());
    for (const double gap : gaps) squares += (gap - mean) * (gap - mean);
    s.between_mean = Seconds(mean);
    s.between_cv = mean > 0 ? std::sqrt(squares / static_cast<double>(gaps.size())) / mean : 0;
  }
  for (const auto& [node, starts] : by_node) {
    for (std::size_t i = 1; i < starts.size(); ++i) {
      s.refail_7_days += starts[i] - starts[i - 1] <= 7 * kDay ? 1.0 / s.faults : 0;
      s.refail_30_days += starts[i] - starts[i - 1] <= 30 * kDay ? 1.0 / s.faults : 0;
    }
  }
  for (const Burst& burst : bursts_of(trace)) {
    const auto size = static_cast<int>(burst.behind - burst.first);
    s.largest_burst = std::max(s.largest_burst, size);
    if (size > 1) s.burst_share += static_cast<double>(size) / s.faults;
  }
  const std::vector<double> repair = repair_quantiles(all, 20);
  s.repair_median = Seconds(repair[10]);
  for (std::size_t i = 1; i < repair.size(); ++i) s.repair_mean += Seconds((repair[i - 1] + repair[i]) / 40);
  for (const auto& [kind, faults] : by_kind) {
    s.kinds.push_back({kind, static_cast<int>(faults.size()), static_cast<double>(faults.size()) / node_days * 365.25,
                       Seconds(repair_quantiles(faults, 20)[10])});
  }
  std::stable_sort(s.kinds.begin(), s.kinds.end(),
                   [](const KindStatistics& a, const KindStatistics& b) { return a.faults > b.faults; });
  return s;
}

}  // namespace orrery
