#include "run/closed_form.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

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
    case Law::Kind::Empirical:
      break;
  }
  constexpr int kLevels = 2000;
  double sum = 0;
  for (int i = 0; i < kLevels; ++i) sum += std::exp(-rate * law.quantile((i + 0.5) / kLevels)) / kLevels;
  return sum;
}

/// A restart from a level (or from none) as the chain sees it.
struct Kind {
  double weight = 0;  ///< Share of the stops.
  double passes = 1;  ///< Chance that the restart is not stopped itself.
  long long every = 1;
};

struct Chain {
  double rate = 0, detection = 0;
  std::vector<Kind> kinds;  ///< By level; the last from the beginning of the slowest interval, without any level.
};

Chain chain_of(const RunSpec& spec, const StopRates& rates, const std::vector<Seconds>& intervals) {
  Chain chain{rates.all, rates.detection, {}};
  const RunPolicy& policy = spec.policy;
  const double hardware = rates.all > 0 ? rates.hardware / rates.all : 0;
  double common =
      std::exp(-rates.all * spec.restart.initialise_per_1000_gpus.raw() * static_cast<double>(spec.job.gpus) / 1000);
  for (const Law* part : {&spec.restart.place, &spec.restart.initialise, &spec.restart.warm_up}) {
    common *= undisturbed(*part, rates.all);
  }
  if (policy.recovery == Recovery::Restart) common *= undisturbed(policy.queue, rates.all);
  common *= 1 - hardware + hardware * undisturbed(policy.provision, rates.all);
  for (std::size_t i = 0; i < intervals.size(); ++i) {
    chain.kinds.push_back({rates.all > 0 ? rates.levels[i] / rates.all : 0,
                           common * std::exp(-rates.all * spec.checkpoints[i].load.raw()),
                           std::max(1LL, std::llround(intervals[i] / intervals[0]))});
  }
  const long long slowest = intervals.empty() ? 1 : chain.kinds.back().every;
  chain.kinds.push_back({rates.all > 0 ? rates.scratch / rates.all : 1, common, slowest});
  return chain;
}

/// Expected time of the `lengths.size()` fast intervals of one slowest interval, each with its writes.
double time_of_chain(const Chain& chain, const std::vector<double>& lengths) {
  const double mean = 1 / chain.rate;
  std::vector<double> sums = {0};  // sums[i]: time of the first i intervals.
  std::vector<double> after(chain.kinds.size());
  for (std::size_t i = 0; i < lengths.size(); ++i) {
    // U_j = alpha_j + V: after a stop of kind j the restart is paid, then what was lost, then the interval itself.
    double weight = 0, slower = 0;
    for (const Kind& kind : chain.kinds) weight += kind.weight;
    for (std::size_t j = chain.kinds.size(); j-- > 0;) {
      const Kind& kind = chain.kinds[j];
      const auto place = static_cast<long long>(i);
      const double lost = sums[i] - sums[static_cast<std::size_t>(place - place % kind.every)];
      // A stop of a faster kind while this restart runs leaves it this restart to do.
      const double fails = 1 - kind.passes;
      const double cost = chain.detection + fails * mean + fails * slower + kind.passes * lost;
      after[j] = cost / (1 - fails * weight);
      weight -= kind.weight;
      slower += kind.weight * after[j];
    }
    const double length = lengths[i];
    const double time = std::expm1(length * chain.rate) * (mean + slower);
    sums.push_back(sums.back() + time);
    if (!std::isfinite(sums.back())) return kEndless;
  }
  return sums.back();
}

/// Wall time of `work` under stops that are memoryless, checkpoints and restarts: what is exact.
double renewal_time(const RunSpec& spec, const StopRates& rates, const std::vector<Seconds>& intervals, double work) {
  double writes = 0;  // Share of the work that is added by writing.
  for (std::size_t i = 0; i < intervals.size(); ++i) {
    const CheckpointLevel& level = spec.checkpoints[i];
    writes += (level.blocking + level.lag * level.interference) / intervals[i];
  }
  if (rates.all <= 0) return work * (1 + writes);
  const Chain chain = chain_of(spec, rates, intervals);
  if (intervals.empty() || intervals.front().raw() >= work) return time_of_chain(chain, {work});
  const double fast = intervals.front().raw();
  const auto whole =
      static_cast<long long>(std::min(std::ceil(work / fast), static_cast<double>(chain.kinds.back().every)));
  const long long states = std::min(whole, kMostStates);
  std::vector<double> lengths;
  for (long long boundary = 1; boundary <= states; ++boundary) {
    double length = fast;
    for (std::size_t i = 0; i < intervals.size(); ++i) {
      const CheckpointLevel& level = spec.checkpoints[i];
      if (boundary % chain.kinds[i].every == 0) length += (level.blocking + level.lag * level.interference).raw();
    }
    lengths.push_back(length);
  }
  double lag = 0;
  for (std::size_t i = 0; i < intervals.size(); ++i) {
    lag += rates.levels[i] * spec.checkpoints[i].lag.raw() * (1 - spec.checkpoints[i].interference);
  }
  return std::exp(lag) * time_of_chain(chain, lengths) * work / (fast * static_cast<double>(states));
}

}  // namespace

double masked_losses(const RunSpec& spec) {
  if (spec.policy.recovery != Recovery::Redundant) return 1;
  const double r = spec.policy.copies;
  const double groups = std::max(1.0, static_cast<double>(spec.job.gpus / spec.machine.gpus_per_node) /
                                          static_cast<double>(std::max(1LL, spec.policy.group_nodes)));
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
    rates.scratch *= scale;
    rates.hardware *= scale;
    rates.all = fatal;
    work *= spec.policy.compute_factor;
  }
  const double wall = renewal_time(spec, rates, intervals, work);
  const double lost = first_order_losses(spec, intervals).total();
  return Seconds(lost < 1 ? wall / (1 - lost) : kEndless);
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
