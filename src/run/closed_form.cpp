#include "run/closed_form.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <map>
#include <utility>
#include <vector>

#include "run/first_order.hpp"

namespace orrery {
namespace {

constexpr double kEndless = std::numeric_limits<double>::infinity();
/// Fast intervals within one of the slowest level that the chain is solved for; beyond, fast intervals are lumped.
constexpr long long kMostStates = 1'000'000;

/// E[e^{-rate X}]: the chance that nothing happens during X.
double undisturbed(const Law& law, double rate) {
  switch (law.kind()) {
    case Law::Kind::Fixed:
      return std::exp(-rate * law.a());
    case Law::Kind::Exponential:
      return 1 / (1 + rate * law.a());
    case Law::Kind::Uniform:
      if (rate * (law.b() - law.a()) < 1e-9) return std::exp(-rate * law.mean());
      return (std::exp(-rate * law.a()) - std::exp(-rate * law.b())) / (rate * (law.b() - law.a()));
    case Law::Kind::Weibull:
    case Law::Kind::LogNormal:
    case Law::Kind::Spread:
    case Law::Kind::Empirical:
      break;
  }
  constexpr int kLevels = 2000;
  double sum = 0;
  for (int i = 0; i < kLevels; ++i) sum += std::exp(-rate * law.quantile((i + 0.5) / kLevels)) / kLevels;
  return sum;
}

/// What a restart has to do, once what went wrong since the job last ran is known: the slowest level that any of the
/// stops asks for, and whether any took hardware.
struct State {
  double weight = 0;  ///< Chance that a stop leads here, with the stops that come before it is known.
  double passes = 1;  ///< Chance that the restart is not stopped itself.
  std::size_t level = 0;
  double stays = 0, leaves = 0;                         ///< Chances that a stop of the restart leaves it as it is, or
  std::vector<std::pair<std::size_t, double>> targets;  ///< adds to it: other states, all before this one.
};

struct Chain {
  double rate = 0, detection = 0;
  std::vector<State> states;     ///< Those that can be reached, from what asks for most to what asks for least.
  std::vector<long long> every;  ///< Fast intervals in one of each level; behind them, for no level, in the slowest.
};

/// Weights of stops by level (the last: none) and loss of hardware, [hardware][level], when they are known: others that
/// came in the meantime are added to them.
std::array<std::vector<double>, 2> weights_when_known(const StopRates& rates, std::size_t levels) {
  // Chances that no more than this level and this hardware is asked for; weights are their differences.
  std::array<std::vector<double>, 2> at_most;
  for (std::size_t hardware = 0; hardware < 2; ++hardware) {
    for (std::size_t level = 0; level <= levels; ++level) {
      const auto within = [&](const StopKind& kind) {
        return std::min(kind.level, levels) <= level && (hardware == 1 || !kind.hardware);
      };
      double beyond = 0, chance = 0;
      for (const StopKind& kind : rates.kinds) beyond += within(kind) ? 0 : kind.rate;
      for (const StopKind& kind : rates.kinds) {
        if (within(kind)) chance += kind.rate / rates.all * undisturbed(kind.detection, beyond);
      }
      at_most[hardware].push_back(chance);
    }
  }
  std::array<std::vector<double>, 2> weights = at_most;
  for (std::size_t level = 0; level <= levels; ++level) {
    for (std::size_t hardware = 0; hardware < 2; ++hardware) {
      const auto below = [&](std::size_t h) { return level == 0 ? 0 : at_most[h][level - 1]; };
      double& weight = weights[hardware][level];
      weight -= below(hardware);
      if (hardware == 1) weight -= at_most[0][level] - below(0);
      // What is left of a difference of equal numbers.
      if (weight < 1e-14) weight = 0;
    }
  }
  return weights;
}

Chain chain_of(const RunSpec& spec, const StopRates& rates, const std::vector<Seconds>& intervals) {
  Chain chain{rates.all, rates.detection, {}, {}};
  const std::size_t levels = intervals.size();
  for (const Seconds interval : intervals) {
    chain.every.push_back(std::max(1LL, std::llround(interval / intervals.front())));
  }
  chain.every.push_back(intervals.empty() ? 1 : chain.every.back());

  double common =
      std::exp(-rates.all * spec.restart.initialise_per_1000_gpus.raw() * static_cast<double>(spec.job.gpus) / 1000);
  for (const Law* part : {&spec.restart.place, &spec.restart.initialise, &spec.restart.warm_up}) {
    common *= undisturbed(*part, rates.all);
  }
  if (spec.policy.recovery == Recovery::Restart) common *= undisturbed(spec.policy.queue, rates.all);
  const double provision = undisturbed(spec.policy.provision, rates.all);

  const auto weights = weights_when_known(rates, levels);
  std::array<std::vector<std::size_t>, 2> index;  // Of the state of each level with and without hardware lost.
  for (auto& indices : index) indices.assign(levels + 1, 0);
  for (std::size_t hardware = 2; hardware-- > 0;) {
    for (std::size_t level = levels + 1; level-- > 0;) {
      State state;
      state.weight = weights[hardware][level];
      state.level = level;
      state.passes = common * (hardware == 1 ? provision : 1);
      if (level < levels) state.passes *= std::exp(-rates.all * spec.checkpoints[level].load.raw());
      const std::size_t own = chain.states.size();
      index[hardware][level] = own;
      std::map<std::size_t, double> targets;
      for (std::size_t other = 0; other < 2; ++other) {
        for (std::size_t next = 0; next <= levels; ++next) {
          const std::size_t target = index[std::max(hardware, other)][std::max(level, next)];
          (target == own ? state.stays : targets[target]) += weights[other][next];
        }
      }
      for (const auto& [target, weight] : targets) {
        if (weight <= 0) continue;
        state.targets.emplace_back(target, weight);
        state.leaves += weight;
      }
      chain.states.push_back(std::move(state));
    }
  }
  return chain;
}

/// Expected time of the `lengths.size()` fast intervals of one slowest interval, each with its writes.
double time_of_chain(const Chain& chain, const std::vector<double>& lengths) {
  const double stop = 1 / chain.rate + chain.detection;  // Mean time to the next one, until it is known.
  std::vector<double> sums = {0};                        // sums[i]: time of the first i intervals.
  std::vector<double> after(chain.states.size());
  for (const double length : lengths) {
    // From the start of a restart to the end of the interval it takes after[s] and the time of the interval itself.
    double mean_after = 0;
    for (std::size_t s = 0; s < chain.states.size(); ++s) {
      const State& state = chain.states[s];
      const auto place = static_cast<long long>(sums.size()) - 1;
      const double lost = sums.back() - sums[static_cast<std::size_t>(place - place % chain.every[state.level])];
      const double fails = 1 - state.passes;
      double cost = state.passes * lost + fails * stop;
      for (const auto& [target, weight] : state.targets) cost += fails * weight * after[target];
      after[s] = cost / (state.passes + fails * state.leaves);
      if (state.weight > 0) mean_after += state.weight * after[s];
    }
    sums.push_back(sums.back() + std::expm1(length * chain.rate) * (stop + mean_after));
    if (!std::isfinite(sums.back())) return kEndless;
  }
  return sums.back();
}

/// Mean time of what takes `time` and is begun anew at random, `rate` times a second.
double from_scratch(double time, double rate) {
  return rate > 0 ? std::expm1(rate * time) / rate : time;
}

/// Wall time of `work` under stops that are memoryless, checkpoints and restarts: what is exact.
double renewal_time(const RunSpec& spec, const StopRates& rates, const std::vector<Seconds>& intervals, double work) {
  double writes = 0;  // Share of the work that is added by writing.
  for (std::size_t i = 0; i < intervals.size(); ++i) {
    const CheckpointLevel& level = spec.checkpoints[i];
    writes += (level.blocking + level.lag * level.interference) / intervals[i];
  }
  if (rates.all <= 0) return work * (1 + writes);
  // Nothing is ever written: every stop goes back to the beginning, and nothing is loaded.
  if (intervals.empty() || intervals.front().raw() >= work) return time_of_chain(chain_of(spec, rates, {}), {work});
  Chain chain = chain_of(spec, rates, intervals);
  const double fast = intervals.front().raw(), all = std::ceil(work / fast);
  const auto slowest = static_cast<double>(chain.every.back());
  // Where stops go back to the very beginning the chain is the whole run, if that is not too long.
  const bool whole = all <= static_cast<double>(kMostStates) && (all <= slowest || rates.scratch > 0);
  const auto states = static_cast<long long>(whole ? all : std::min(slowest, static_cast<double>(kMostStates)));
  if (whole) chain.every.back() = states;
  std::vector<double> lengths;
  for (long long boundary = 1; boundary <= states; ++boundary) {
    double length = fast;
    for (std::size_t i = 0; i < intervals.size(); ++i) {
      const CheckpointLevel& level = spec.checkpoints[i];
      if (boundary % chain.every[i] == 0) length += (level.blocking + level.lag * level.interference).raw();
    }
    lengths.push_back(length);
  }
  // A run ends without a checkpoint.
  if (whole) lengths.back() = work - fast * static_cast<double>(states - 1);
  double lag = 0;
  for (std::size_t i = 0; i < intervals.size(); ++i) {
    lag += rates.levels[i] * spec.checkpoints[i].lag.raw() * (1 - spec.checkpoints[i].interference);
  }
  const double time = std::exp(lag) * time_of_chain(chain, lengths);
  if (whole) return time;
  return from_scratch(time * work / (fast * static_cast<double>(states)), rates.scratch);
}

}  // namespace

double masked_losses(const RunSpec& spec) {
  if (spec.policy.recovery != Recovery::Redundant) return 1;
  const double r = spec.policy.copies;
  const long long nodes = spec.job.gpus / spec.machine.gpus_per_node;
  const double groups =
      std::max(1.0, static_cast<double>(nodes) / static_cast<double>(std::max(1LL, spec.policy.group_nodes)));
  const double overlapping = std::tgamma(1 + 1 / r) * std::pow(groups, 1 - 1 / r);
  return spec.policy.disjoint ? std::pow(r, 1 / r) * overlapping : overlapping;
}

double first_order_ettr(Seconds between_stops, Seconds recovery, Seconds interval, Seconds blocking) {
  return (1 - (recovery + interval / 2) / between_stops) / (1 + blocking / interval);
}

Seconds expected_wall(const RunSpec& spec, const std::vector<Seconds>& intervals) {
  StopRates rates = stop_rates(spec, spec.policy.recovery == Recovery::Redundant);
  double work = spec.job.work().raw() * spec.job.step_factor.mean();
  if (spec.policy.recovery == Recovery::Redundant) {
    // Losses of groups are masked, all but the last of a series.
    const StopRates of_all = stop_rates(spec, false);
    const double masked = masked_losses(spec);
    const double fatal = of_all.all + (rates.all - of_all.all) / masked;
    const double scale = rates.all > 0 ? fatal / rates.all : 0;
    for (double& level : rates.levels) level *= scale;
    for (StopKind& kind : rates.kinds) kind.rate *= scale;
    rates.scratch *= scale;
    rates.hardware *= scale;
    rates.all = fatal;
    work *= spec.policy.compute_factor;
  }
  const double wall = renewal_time(spec, rates, intervals, work);
  const double lost = first_order_losses(spec, intervals).total();
  if (lost >= 1) return Seconds(kEndless);
  const double time = wall / (1 - lost);
  return Seconds(from_scratch(time, corruptions_from_scratch(spec, intervals, work / time)));
}

ClosedForm closed_form(const RunSpec& spec) {
  ClosedForm form;
  form.intervals = checkpoint_intervals(spec);
  form.wall = expected_wall(spec, form.intervals);
  const StopRates rates = stop_rates(spec);
  form.mean_time_between_stops = Seconds(rates.all > 0 ? 1 / rates.all : kEndless);
  const double work = spec.job.work().raw() * spec.job.step_factor.mean();
  form.goodput = std::isfinite(form.wall.raw()) ? work / form.wall.raw() : 0;
  form.recovery = Seconds(rates.detection + mean_restart(spec, rates));
  const double interval = form.intervals.empty() ? work : form.intervals.front().raw();
  form.recovery_share = rates.all * (form.recovery.raw() + interval / 2);
  form.beyond = beyond_the_formula(spec, form.intervals);
  form.exact = form.beyond.empty();
  return form;
}

}  // namespace orrery
