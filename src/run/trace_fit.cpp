#include "run/trace_fit.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <string>
#include <utility>

#include "run/trace_statistics.hpp"

namespace orrery {
namespace {

constexpr double kDay = 86400;
constexpr double kSoon = 30 * kDay;  // What counts as the same trouble again.
constexpr std::size_t kOwnLaw = 30;  // Faults from which a kind has a law of repair of its own.
constexpr int kQuantiles = 20;

/// Variance over mean, minus 1, of counts in windows of `width`.
double excess(const std::vector<double>& starts, double length, double width) {
  const auto windows = static_cast<std::size_t>(length / width);
  if (windows < 4) return 0;
  std::vector<double> counts(windows, 0.0);
  for (const double start : starts) {
    const auto window = static_cast<std::size_t>(start / width);
    if (window < windows) counts[window] += 1;
  }
  double mean = 0, variance = 0;
  for (const double count : counts) mean += count / static_cast<double>(windows);
  for (const double count : counts) variance += (count - mean) * (count - mean) / static_cast<double>(windows - 1);
  return mean > 0 ? variance / mean - 1 : 0;
}

/// The same of a swing of deviation 1 whose periods begin anywhere: the integral of the overlap of two times.
double unit_excess(double rate, double width, double period) {
  const double square =
      width <= period ? width * width * (1 - width / (3 * period)) : width * period * (1 - period / (3 * width));
  return rate * square / width;
}

Law law_of(const std::vector<const TraceFault*>& faults) {
  return Law::empirical(repair_quantiles(faults, kQuantiles));
}

/// Share of returned nodes that fail again soon, beyond what nodes do anyway, and after how long.
struct Again {
  double share = 0;   ///< Of returns.
  double faults = 0;  ///< That so came about.
  Law after;
};
Again fails_again(const FaultTrace& trace) {
  std::map<int, std::vector<const TraceFault*>> by_node;
  for (const TraceFault& fault : trace.faults) by_node[fault.node].push_back(&fault);
  double returned = 0, again = 0;
  std::vector<double> gaps;
  for (const auto& [node, faults] : by_node) {
    for (std::size_t i = 0; i < faults.size(); ++i) {
      const bool watched = !faults[i]->open && faults[i]->end.raw() + kSoon <= trace.length.raw();
      const double gap = i + 1 < faults.size() ? (faults[i + 1]->start - faults[i]->end).raw() : 2 * kSoon;
      if (!watched) continue;
      returned += 1;
      if (gap > kSoon) continue;
      again += 1;
      gaps.push_back(gap);
    }
  }
  if (returned == 0 || gaps.size() < 2) return {};
  const double anyway =
      1 - std::exp(-static_cast<double>(trace.faults.size()) / trace.node_count * (kSoon / trace.length.raw()));
  const double share = std::max(0.0, (again / returned - anyway) / (1 - anyway));
  std::sort(gaps.begin(), gaps.end());
  std::vector<double> quantiles;
  for (int k = 0; k <= kQuantiles; ++k) {
    quantiles.push_back(
        gaps[static_cast<std::size_t>(std::lround((static_cast<double>(gaps.size()) - 1) * k / kQuantiles))]);
  }
  return {share, share * returned, Law::empirical(std::move(quantiles))};
}

}  // namespace

Swing fit_swing(const std::vector<std::vector<double>>& groups, double length) {
  constexpr std::array<double, 6> kWidths = {1, 2, 4, 8, 16, 32};
  struct Seen {
    double width, excess, rate;
  };
  std::vector<Seen> seen;
  for (const std::vector<double>& starts : groups) {
    for (const double days : kWidths) {
      if (length / (days * kDay) < 4) continue;
      seen.push_back({days * kDay, excess(starts, length, days * kDay), static_cast<double>(starts.size()) / length});
    }
  }
  Swing best{0, Seconds(7 * kDay)};
  double best_error = 0;
  for (const Seen& one : seen) best_error += one.excess * one.excess / one.width;
  // Of each period the deviation by least squares, errors in proportion to the square root of the width.
  for (double period = kDay; period <= length / 4; period *= 1.1) {
    double product = 0, square = 0;
    for (const Seen& one : seen) {
      const double unit = unit_excess(one.rate, one.width, period);
      product += unit * one.excess / one.width;
      square += unit * unit / one.width;
    }
    const double variance = square > 0 ? std::max(0.0, product / square) : 0;
    double error = 0;
    for (const Seen& one : seen) {
      const double miss = one.excess - variance * unit_excess(one.rate, one.width, period);
      error += miss * miss / one.width;
    }
    if (error < best_error) {
      best_error = error;
      best = {std::sqrt(variance), Seconds(period)};
    }
  }
  return best;
}

FaultModel fit_fault_model(const FaultTrace& trace) {
  FaultModel model;
  model.name = trace.name;
  std::map<std::string, std::vector<const TraceFault*>> by_kind;
  std::vector<const TraceFault*> all;
  for (const TraceFault& fault : trace.faults) {
    by_kind[fault.kind].push_back(&fault);
    all.push_back(&fault);
  }
  if (all.empty()) return model;
  // Kinds that are too rare for a law of their own share one.
  std::vector<const TraceFault*> rare;
  for (const auto& [kind, faults] : by_kind) {
    if (faults.size() < kOwnLaw) rare.insert(rare.end(), faults.begin(), faults.end());
  }
  const Law of_rare = rare.empty() ? Law() : law_of(rare);
  const std::vector<Burst> bursts = bursts_of(trace);
  std::map<std::string, std::vector<double>> starts;  // Of instants, by the kind of their first fault.
  std::vector<double> more;
  for (const Burst& burst : bursts) {
    const TraceFault& first = trace.faults[burst.first];
    starts[first.kind].push_back(first.start.raw());
    if (burst.behind - burst.first > 1) more.push_back(static_cast<double>(burst.behind - burst.first - 1));
  }
  std::sort(more.begin(), more.end());
  const auto instants = static_cast<double>(bursts.size());
  const Again again = fails_again(trace);
  // Of the faults those are new that neither join a burst nor follow a repair that did not last.
  const double in_bursts = static_cast<double>(all.size()) - instants;
  const double fresh =
      std::max(0.1, (1 - again.faults / static_cast<double>(all.size())) * instants / (instants + in_bursts));
  for (const auto& [kind, faults] : by_kind) {
    FaultClass c;
    c.name = kind;
    c.rate = Hertz(fresh * static_cast<double>(faults.size()) / trace.node_count / trace.length.raw());
    c.repair = faults.size() >= kOwnLaw ? law_of(faults) : of_rare;
    if (!more.empty()) {
      c.burst = static_cast<double>(more.size()) / instants;
      std::vector<double> sizes;
      for (int k = 0; k <= kQuantiles; ++k) {
        sizes.push_back(
            more[static_cast<std::size_t>(std::lround((static_cast<double>(more.size()) - 1) * k / kQuantiles))]);
      }
      c.burst_nodes = Law::empirical(std::move(sizes));
    }
    c.refail = std::min(0.9, again.share);
    c.refail_after = again.after;
    model.classes.push_back(std::move(c));
  }
  std::vector<std::vector<double>> groups;
  double spread = 0;  // Variance of the mean of all kinds' factors, for one of each.
  for (const auto& [kind, of_kind] : starts) {
    groups.push_back(of_kind);
    spread += std::pow(static_cast<double>(of_kind.size()) / instants, 2);
  }
  const Swing swing = fit_swing(groups, trace.length.raw());
  for (FaultClass& c : model.classes) c.swing = swing;
  const double periods = std::max(1.0, trace.length / swing.period);
  const double counted = 1 / std::sqrt(instants);
  const double deviation = std::hypot(swing.deviation * std::sqrt(spread / periods), counted);
  model.scale = Law::lognormal(std::exp(-0.5 * deviation * deviation), deviation);  // Of mean 1.
  return model;
}

}  // namespace orrery
