#include "run/intervals.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/check.hpp"
#include "run/closed_form.hpp"
#include "run/fault_stream.hpp"

namespace orrery {
namespace {

constexpr double kNever = std::numeric_limits<double>::infinity();

bool takes_groups(Recovery recovery) {
  return recovery == Recovery::ReplicaDrop || recovery == Recovery::Shrink || recovery == Recovery::Redundant;
}

/// Chance that a level outlives the loss of `lost` nodes of one unit of `unit_nodes`.
double outlives(const RunSpec& spec, const CheckpointLevel& level, double lost, long long unit_nodes) {
  if (level.survives == Survives::Everything || lost == 0) return 1;
  if (level.survives == Survives::Process || level.copies < 2) return 0;
  const long long nodes = spec.job.gpus / spec.machine.gpus_per_node;
  const long long apart = std::max(1LL, unit_size(spec.machine, level.apart, nodes).nodes);
  if (lost <= 1 || unit_nodes <= apart) return 1;
  const double elsewhere = std::max(0.0, lost - static_cast<double>(apart));
  const auto places = static_cast<double>(std::max(1LL, nodes - apart));
  const double gone = std::pow(std::min(1.0, elsewhere / places), level.copies - 1);
  return std::pow(1 - gone, lost);
}

/// Shares out stops over the levels that are the fastest to outlive them: `lost` nodes go, of one unit of `unit_nodes`.
void share_out(const RunSpec& spec, double rate, double lost, long long unit_nodes, const Law& detection,
               StopRates& rates) {
  if (rate <= 0) return;
  const bool hardware = lost > 0;
  double left = 1, lived_before = 0;
  for (std::size_t i = 0; i < spec.checkpoints.size(); ++i) {
    const double lives = std::max(lived_before, outlives(spec, spec.checkpoints[i], lost, unit_nodes));
    if (lives <= lived_before) continue;
    rates.levels[i] += rate * (lives - lived_before);
    rates.kinds.push_back({rate * (lives - lived_before), i, hardware, detection});
    left = 1 - lives;
    lived_before = lives;
  }
  if (left <= 0) return;
  rates.scratch += rate * left;
  rates.kinds.push_back({rate * left, spec.checkpoints.size(), hardware, detection});
}

}  // namespace

double lambert_w0(double x) {
  constexpr double kE = 2.718281828459045;
  ORRERY_CHECK(x >= -1 / kE * (1 + 1e-15) && x <= 0, "Lambert's W is real there");
  // Around the branch point by its series in p = sqrt(2(1 + e x)), then Halley's method (Corless et al., Adv. Comput.
  // Math. 5, 1996, equations 4.22 and 5.9).
  const double p = std::sqrt(std::max(0.0, 2 * (1 + kE * x)));
  double w = x > -0.25 ? x * (1 - x) : -1 + p - p * p / 3 + 11.0 / 72 * p * p * p;
  for (int i = 0; i < 30; ++i) {
    const double exponential = std::exp(w), error = w * exponential - x;
    const double slope = exponential * (w + 1) - (w + 2) * error / (2 * w + 2);
    if (slope == 0 || w <= -1) break;
    const double step = error / slope;
    w -= step;
    if (std::abs(step) < 1e-15) break;
  }
  return w;
}

Seconds young_interval(Seconds blocking, Seconds between_stops) {
  return Seconds(std::sqrt(2 * blocking.raw() * between_stops.raw()));
}

Seconds daly_interval(Seconds blocking, Seconds between_stops) {
  const double d = blocking.raw(), m = between_stops.raw();
  if (d >= 2 * m) return between_stops;
  return Seconds(std::sqrt(2 * d * m) * (1 + std::sqrt(d / (2 * m)) / 3 + d / (18 * m)) - d);
}

Seconds optimal_interval(Seconds blocking, Seconds between_stops) {
  const double ratio = blocking / between_stops;
  // 1 + W cancels where d is tiny; there the square root is exact to d/M.
  if (ratio < 1e-12) return young_interval(blocking, between_stops);
  return between_stops * (1 + lambert_w0(-std::exp(-ratio - 1)));
}

double units_of_job(const RunSpec& spec, const FaultClass& fault) {
  const long long nodes = spec.job.gpus / spec.machine.gpus_per_node;
  const UnitSize unit = unit_size(spec.machine, fault.unit, nodes + spec.policy.spares);
  if (unit.nodes == 0) return 1;
  if (unit.units_per_node > 1) return static_cast<double>(nodes * unit.units_per_node);
  return std::ceil(static_cast<double>(nodes) / static_cast<double>(unit.nodes));
}

namespace {

/// Faults a second that a replayed trace brings to the job's nodes for a class, on average.
double replayed_rate(const RunSpec& spec, int of_class) {
  if (spec.replay == nullptr) return 0;
  const auto faults = static_cast<double>(std::count(spec.replay_classes.begin(), spec.replay_classes.end(), of_class));
  const long long nodes = spec.job.gpus / spec.machine.gpus_per_node;
  const long long dealt = std::max<long long>(spec.replay->node_count, nodes + spec.policy.spares);
  return faults / spec.replay->length.raw() * static_cast<double>(nodes) / static_cast<double>(dealt);
}

}  // namespace

StopRates stop_rates(const RunSpec& spec, bool of_groups) {
  StopRates rates;
  rates.levels.assign(spec.checkpoints.size(), 0);
  const bool grouped = takes_groups(spec.policy.recovery);
  const long long nodes = spec.job.gpus / spec.machine.gpus_per_node;
  const double scale = spec.faults.scale.mean();
  double detection = 0;
  const auto add = [&](double rate, double evict, const UnitSize& unit, double burst_nodes, const Law& found) {
    if (rate <= 0 || (grouped && !of_groups && unit.nodes > 0)) return;
    rates.all += rate;
    detection += rate * found.mean();
    const double taken = unit.nodes == 0 ? 0 : evict;
    const auto covers = static_cast<double>(std::min(unit.nodes, nodes));
    share_out(spec, rate * (1 - taken), 0, 1, found, rates);
    const long long reach = burst_nodes > 0 ? nodes : unit.nodes;
    share_out(spec, rate * taken, covers + burst_nodes, reach, found, rates);
    rates.hardware += rate * taken;
  };
  for (std::size_t i = 0; i < spec.faults.classes.size(); ++i) {
    const FaultClass& c = spec.faults.classes[i];
    if (c.effect != Effect::Stop) continue;
    const UnitSize unit = unit_size(spec.machine, c.unit, nodes + spec.policy.spares);
    const double rate =
        c.rate.raw() * units_of_job(spec, c) * (unit.nodes == 0 ? 1 : scale) + replayed_rate(spec, static_cast<int>(i));
    add(rate * (1 - c.burst), c.evict, unit, 0, c.detection);
    add(rate * c.burst, c.evict, unit, std::max(1.0, c.burst_nodes.mean()), c.detection);
  }
  const double alarms = spec.faults.false_alarms / 1000 / 86400 * static_cast<double>(nodes) * scale;
  add(alarms, 1, {1, 1}, 0, Law());
  rates.detection = rates.all > 0 ? detection / rates.all : 0;
  return rates;
}

std::vector<Seconds> checkpoint_intervals(const RunSpec& spec) {
  const StopRates rates = stop_rates(spec);
  const double step = spec.job.step_time.raw(), work = spec.job.work().raw();
  std::vector<Seconds> intervals;
  for (std::size_t i = 0; i < spec.checkpoints.size(); ++i) {
    const CheckpointLevel& level = spec.checkpoints[i];
    const Seconds cost = level.blocking + level.lag * level.interference;
    double rate = rates.levels[i];
    if (spec.policy.recovery == Recovery::Redundant) rate /= std::max(1.0, masked_losses(spec));
    const Seconds between(rate > 0 ? 1 / rate : kNever);
    double interval = level.interval.raw();
    if (level.rule != IntervalRule::Fixed) {
      interval = rate <= 0                           ? kNever
                 : level.rule == IntervalRule::Young ? young_interval(cost, between).raw()
                 : level.rule == IntervalRule::Daly  ? daly_interval(cost, between).raw()
                                                     : optimal_interval(cost, between).raw();
    }
    interval = std::clamp(interval, level.lag.raw(), std::max(work, level.lag.raw()));
    // Whole units of what is below: steps, or intervals of the faster level.
    const double unit = i == 0 ? step : intervals.back().raw();
    double count = std::max(1.0, std::round(interval / unit));
    if (count * unit < level.lag.raw()) count = std::ceil(level.lag.raw() / unit);
    intervals.emplace_back(count * unit);
  }
  return intervals;
}

}  // namespace orrery
