#include "run/first_order.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <utility>

#include "run/fault_stream.hpp"

namespace orrery {
namespace {

/// E[min(X, Y)], where a law that is zero stands for what never comes.
double mean_of_first(const Law& x, const Law& y) {
  if (x.is_zero()) return y.mean();
  if (y.is_zero()) return x.mean();
  constexpr int kLevels = 100;
  double sum = 0;
  for (int i = 0; i < kLevels; ++i) {
    for (int j = 0; j < kLevels; ++j) {
      sum += std::min(x.quantile((i + 0.5) / kLevels), y.quantile((j + 0.5) / kLevels));
    }
  }
  return sum / kLevels / kLevels;
}

double class_rate(const RunSpec& spec, const FaultClass& fault) {
  const double scale = fault.unit == "job" ? 1 : spec.faults.scale.mean();
  return fault.rate.raw() * units_of_job(spec, fault) * scale;
}

double save_time(const RunSpec& spec) {
  return spec.checkpoints.empty() ? 0 : (spec.checkpoints.back().blocking + spec.checkpoints.back().lag).raw();
}

bool has_groups(const RunSpec& spec) {
  return spec.policy.recovery == Recovery::ReplicaDrop || spec.policy.recovery == Recovery::Shrink;
}

/// Share of the time that slow parts cost. Of those at once the slowest counts: each class is a Poisson number of slow
/// parts, whatever the law of how long they last, and the slowest class that has any sets the speed.
double slowed(const RunSpec& spec) {
  std::vector<std::pair<double, double>> parts;  // Factor, mean number.
  for (const FaultClass& c : spec.faults.classes) {
    if (c.effect != Effect::Slow) continue;
    parts.emplace_back(c.slow_factor, class_rate(spec, c) * mean_of_first(c.lasts, c.detection));
  }
  std::sort(parts.begin(), parts.end(), std::greater<>());
  double share = 0, slower = 0;
  for (const auto& [factor, number] : parts) {
    share += std::exp(-slower) * -std::expm1(-number) * (1 - 1 / factor);
    slower += number;
  }
  return share;
}

/// Mean time that a node which is lost with no spare left waits for one.
double mean_wait(const RunSpec& spec, double away) {
  double rate = 0, residual = 0;
  for (const FaultClass& c : spec.faults.classes) {
    if (c.effect != Effect::Stop || c.unit == "job") continue;
    const double lost = class_rate(spec, c) * c.evict, mean = c.repair.mean();
    rate += lost * mean;
    residual += lost * (c.repair.variance() + mean * mean) / 2;
  }
  // The first of all that are away comes back: of the residual life in repair, one of so many.
  const double repair = rate > 0 ? residual / rate / std::max(1.0, away) : 0;
  const double outside = spec.policy.outside.is_zero() ? repair : spec.policy.outside.mean();
  return std::min(repair, outside);
}

/// P(K < k) of a Poisson law for rising k, from ten standard deviations below the mean to ten above; what lies beyond
/// is nothing in a double.
class PoissonSums {
 public:
  explicit PoissonSums(double mean) : mean_(mean) {
    const double reach = 10 * std::sqrt(mean + 10);
    next_ = static_cast<long long>(std::max(0.0, mean - reach));
    last_ = static_cast<long long>(mean + reach + 10);
    const auto k = static_cast<double>(next_);
    chance_ = mean > 0 ? std::exp(k * std::log(mean) - mean - std::lgamma(k + 1)) : 1;
  }
  long long next() const { return next_; }
  double below() const { return below_; }
  bool over() const { return next_ > last_; }
  void step() {
    below_ += chance_;
    chance_ *= mean_ / static_cast<double>(++next_);
  }

 private:
  double mean_, chance_ = 0, below_ = 0;
  long long next_ = 0, last_ = 0;
};

}  // namespace

double mean_restart(const RunSpec& spec, const StopRates& rates) {
  const Restart& parts = spec.restart;
  double time = parts.place.mean() + parts.initialise.mean() + parts.warm_up.mean() +
                parts.initialise_per_1000_gpus.raw() * static_cast<double>(spec.job.gpus) / 1000;
  if (spec.policy.recovery == Recovery::Restart) time += spec.policy.queue.mean();
  if (rates.all <= 0) return time;
  for (std::size_t i = 0; i < spec.checkpoints.size(); ++i) {
    time += rates.levels[i] / rates.all * spec.checkpoints[i].load.raw();
  }
  return time + rates.hardware / rates.all * spec.policy.provision.mean();
}

double mean_nodes_away(const RunSpec& spec) {
  const long long nodes = spec.job.gpus / spec.machine.gpus_per_node;
  double away = 0;
  for (const FaultClass& c : spec.faults.classes) {
    if (c.effect != Effect::Stop || c.unit == "job") continue;
    const auto covers = static_cast<double>(unit_size(spec.machine, c.unit, nodes + spec.policy.spares).nodes);
    const double burst = c.burst > 0 ? c.burst * c.burst_nodes.mean() : 0;
    const double again = 1 / std::max(0.01, 1 - c.refail * c.evict);
    away += class_rate(spec, c) * c.evict * (covers + burst) * c.repair.mean() * again;
  }
  const double alarms = spec.faults.false_alarms / 1000 / 86400 * static_cast<double>(nodes);
  return away + alarms * spec.faults.check.mean();
}

double poisson_above(double mean, long long k) {
  PoissonSums sums(mean);
  while (sums.next() <= k && !sums.over()) sums.step();
  return std::clamp(1 - sums.below(), 0.0, 1.0);
}

long long poisson_quantile(double mean, double q) {
  PoissonSums sums(mean);
  do sums.step();
  while (sums.below() < q && !sums.over());
  return sums.next() - 1;
}

double corruptions_from_scratch(const RunSpec& spec, const std::vector<Seconds>& intervals, double speed) {
  constexpr int kLevels = 1000;
  double rate = 0;
  for (const FaultClass& c : spec.faults.classes) {
    if (c.effect != Effect::Corruption || c.rate <= Hertz(0) || intervals.empty()) continue;
    double lost = 0;
    for (int q = 0; q < kLevels; ++q) {
      // In this much work so many checkpoints are written, one more or less by where the interval is just then.
      const double found = speed * c.detection.quantile((q + 0.5) / kLevels);
      double all = 1;
      for (std::size_t i = 0; i < intervals.size(); ++i) {
        const double written = found / intervals[i].raw();
        all = std::min(all, std::clamp(written - (spec.checkpoints[i].retained - 1), 0.0, 1.0));
      }
      lost += all / kLevels;
    }
    rate += class_rate(spec, c) * lost;
  }
  return rate;
}

FirstOrderLosses first_order_losses(const RunSpec& spec, const std::vector<Seconds>& intervals) {
  FirstOrderLosses lost;
  const StopRates rates = stop_rates(spec);
  const double restart = mean_restart(spec, rates);
  lost.slow = slowed(spec);
  for (const FaultClass& c : spec.faults.classes) {
    const double rate = class_rate(spec, c);
    if (c.effect == Effect::Slow) {
      // Found before it passes, half of the time at least: a planned restart.
      const bool found = !c.detection.is_zero() && (c.lasts.is_zero() || c.detection.mean() < c.lasts.mean());
      if (found && c.unit != "job") lost.slow += rate * c.evict * (save_time(spec) + restart);
    } else if (c.effect == Effect::Stall) {
      lost.stalls += rate * c.detection.mean();
    } else if (c.effect == Effect::Corruption) {
      const double back = intervals.empty() ? spec.job.work().raw() / 2 : intervals.front().raw() / 2;
      lost.corruption += rate * (c.detection.mean() + restart + back);
    }
  }
  if (spec.maintenance.every > Seconds(0)) {
    lost.maintenance = (save_time(spec) + spec.maintenance.lasts.mean() + restart) / spec.maintenance.every.raw();
  }
  const double away = mean_nodes_away(spec);
  const double none_left = away > 0 ? poisson_above(away, spec.policy.spares) : 0;
  if (!has_groups(spec)) lost.waiting = rates.hardware * none_left * mean_wait(spec, away);
  if (has_groups(spec)) {
    const StopRates of_all = stop_rates(spec, false);
    const long long nodes = spec.job.gpus / spec.machine.gpus_per_node;
    const double groups = static_cast<double>(nodes) / static_cast<double>(std::max(1LL, spec.policy.group_nodes));
    const double hits = rates.all - of_all.all;
    // Formula 8 of FT-HSDP (arXiv:2602.00277): all stall when a group leaves and when it is back; meanwhile its share
    // is missing, and what the others lose by being fewer. Waits that begin during one overlap, as of a queue with
    // servers for all: no group is waited for in exp(-load) of the time.
    const double back = rates.detection + restart + none_left * mean_wait(spec, away);
    const double share = 1 - spec.policy.penalty * (1 - 1 / groups);
    const double load = hits * (rates.detection + 2 * spec.policy.stall.mean());
    lost.groups = 1 - std::exp(-load) / (1 + hits * back * share);
  }
  return lost;
}

std::vector<std::string> beyond_the_formula(const RunSpec& spec, const std::vector<Seconds>& intervals) {
  std::vector<std::string> beyond;
  const auto add = [&](bool has, const char* what) {
    if (has) beyond.emplace_back(what);
  };
  const auto any = [&](auto test) {
    return std::any_of(spec.faults.classes.begin(), spec.faults.classes.end(),
                       [&](const FaultClass& c) { return c.rate > Hertz(0) && test(c); });
  };
  const auto of = [&](Effect effect) { return any([&](const FaultClass& c) { return c.effect == effect; }); };
  add(spec.replay != nullptr, "a replayed trace");
  add(any([](const FaultClass& c) { return c.law != IntervalLaw::Exponential; }), "gaps that are not exponential");
  add(any([](const FaultClass& c) { return c.burst > 0; }), "bursts");
  add(any([](const FaultClass& c) { return c.refail > 0; }), "repairs that do not last");
  add(spec.faults.bad.share > 0 && spec.faults.bad.factor != 1, "bad nodes");
  add(!spec.faults.scale.is_fixed(), "rates that differ between clusters");
  add(spec.faults.swing.deviation > 0 || any([](const FaultClass& c) { return c.swing.deviation > 0; }),
      "rates that rise and fall");
  add(spec.faults.misdiagnosis > 0 || spec.faults.over_eviction > 0, "wrong evictions");
  add(of(Effect::Slow), "slow parts");
  add(of(Effect::Stall), "stalls");
  add(of(Effect::Corruption), "corruption");
  add(spec.maintenance.every > Seconds(0), "maintenance");
  add(spec.policy.retire_after > 0, "retired nodes");
  add(spec.repair_crews > 0, "repair crews");
  add(has_groups(spec), "groups that leave by themselves");
  add(spec.policy.recovery == Recovery::Redundant, "redundant shards");
  add(first_order_losses(spec, intervals).waiting > 1e-6, "waiting for nodes");
  bool lags = false, interferes = false;
  for (const CheckpointLevel& level : spec.checkpoints) {
    lags = lags || level.lag > Seconds(0);
    interferes = interferes || (level.interference > 0 && level.lag > Seconds(0));
  }
  add(lags && spec.checkpoints.size() > 1, "lags of several levels");
  add(interferes, "checkpoints that slow the job");
  const StopRates rates = stop_rates(spec);
  add(rates.scratch > 0 && !spec.checkpoints.empty(), "stops that no checkpoint outlives");
  return beyond;
}

}  // namespace orrery
