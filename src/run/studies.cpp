#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "run/decide.hpp"
#include "run/first_order.hpp"

namespace orrery {
namespace {

DecisionPoint point_of(double value, const RunResult& result) {
  DecisionPoint point;
  point.value = value;
  point.wall = result.wall;
  point.goodput = result.goodput;
  point.held_gpu_seconds = result.ledger.total();
  point.useful_share = result.ledger[GpuUse::Useful] / result.ledger.total();
  point.finishes = result.finished == static_cast<int>(result.replications.size()) && result.finished > 0;
  point.closed_goodput = result.closed.goodput;
  return point;
}

std::size_t cheapest(const std::vector<DecisionPoint>& points) {
  std::size_t best = 0;
  for (std::size_t i = 1; i < points.size(); ++i) {
    const DecisionPoint &one = points[i], &other = points[best];
    const bool cheaper = one.held_gpu_seconds < other.held_gpu_seconds;
    if (one.finishes != other.finishes ? one.finishes : cheaper) best = i;
  }
  return best;
}

/// Progress of several simulations as one count.
RunProgress behind(const RunProgress& progress, int before) {
  if (!progress) return {};
  return [&progress, before](int done) { return progress(before + done); };
}

bool interrupted(const RunResult& result, const RunOptions& options) {
  return result.finished > 0 && static_cast<int>(result.replications.size()) < options.replications;
}

}  // namespace

IntervalStudy study_intervals(const RunSpec& spec, const RunOptions& options, ThreadPool& pool,
                              const RunProgress& progress) {
  IntervalStudy study;
  if (spec.checkpoints.empty()) return study;
  const std::vector<Seconds> chosen = checkpoint_intervals(spec);
  const auto cost = [&](std::size_t i) {
    const CheckpointLevel& level = spec.checkpoints[i];
    return level.blocking + level.lag * level.interference;
  };
  for (std::size_t i = 1; i < chosen.size(); ++i) {
    if (cost(i) / chosen[i] > cost(study.level) / chosen[study.level]) study.level = i;
  }
  const StopRates rates = stop_rates(spec);
  const double rate =
      rates.levels[study.level] / (spec.policy.recovery == Recovery::Redundant ? masked_losses(spec) : 1);
  if (rate > 0) {
    study.young = young_interval(cost(study.level), Seconds(1 / rate));
    study.daly = daly_interval(cost(study.level), Seconds(1 / rate));
    study.optimal = optimal_interval(cost(study.level), Seconds(1 / rate));
  } else {
    study.young = study.daly = study.optimal = spec.job.work();
  }
  constexpr int kPoints = 13;
  int before = 0;
  for (int i = 0; i < kPoints; ++i) {
    RunSpec varied = spec;
    CheckpointLevel& level = varied.checkpoints[study.level];
    level.rule = IntervalRule::Fixed;
    const Seconds centre = max(study.optimal, spec.job.step_time);
    level.interval = centre * std::pow(10.0, 2.0 * i / (kPoints - 1) - 1);
    const Seconds interval = checkpoint_intervals(varied)[study.level];
    if (!study.points.empty() && interval.raw() <= study.points.back().value) continue;
    const RunResult result = simulate_run(varied, options, pool, behind(progress, before));
    study.points.push_back(point_of(interval.raw(), result));
    before += options.replications;
    if (interrupted(result, options)) break;
  }
  study.best = cheapest(study.points);
  return study;
}

SparesStudy study_spares(const RunSpec& spec, const RunOptions& options, ThreadPool& pool,
                         const RunProgress& progress) {
  SparesStudy study;
  const double away = mean_nodes_away(spec);
  const long long nodes = spec.job.gpus / std::max(1, spec.machine.gpus_per_node);
  const double scale = spec.faults.scale.is_fixed() ? 1 : spec.faults.scale.quantile(0.95) / spec.faults.scale.mean();
  // From none to what a bad cluster needs at a bad time.
  const double most = std::max(4.0, 2 * scale * (away + 3 * std::sqrt(away)));
  std::vector<long long> numbers;
  constexpr int kPoints = 11;
  for (int i = 0; i < kPoints; ++i) {
    const auto number = std::min(nodes, std::llround(most * i / (kPoints - 1)));
    if (numbers.empty() || number > numbers.back()) numbers.push_back(number);
  }
  if (std::find(numbers.begin(), numbers.end(), spec.policy.spares) == numbers.end())
    numbers.insert(std::upper_bound(numbers.begin(), numbers.end(), spec.policy.spares), spec.policy.spares);
  int before = 0;
  for (const long long number : numbers) {
    RunSpec varied = spec;
    varied.policy.spares = number;
    const RunResult result = simulate_run(varied, options, pool, behind(progress, before));
    study.points.push_back(point_of(static_cast<double>(number), result));
    if (number == spec.policy.spares) {
      study.p99 = result.down_quantile(0.99);
      double mean = 0;
      for (std::size_t k = 0; k < result.down_share.size(); ++k) mean += static_cast<double>(k) * result.down_share[k];
      study.poisson_p99 = poisson_quantile(mean, 0.99);
    }
    before += options.replications;
    if (interrupted(result, options)) break;
  }
  study.best = cheapest(study.points);
  return study;
}

std::vector<PolicyOutcome> compare_policies(const RunSpec& spec, const std::vector<RunPolicy>& policies,
                                            const RunOptions& options, ThreadPool& pool, const RunProgress& progress) {
  std::vector<PolicyOutcome> outcomes;
  int before = 0;
  for (const RunPolicy& policy : policies) {
    RunSpec varied = spec;
    varied.policy = policy;
    outcomes.push_back({policy, simulate_run(varied, options, pool, behind(progress, before))});
    before += options.replications;
    if (interrupted(outcomes.back().result, options)) break;
  }
  return outcomes;
}

std::vector<RunPolicy> usual_policies(const RunSpec& spec, long long replica_nodes) {
  std::vector<RunPolicy> policies = {spec.policy};
  const long long nodes = spec.job.gpus / std::max(1, spec.machine.gpus_per_node);
  const auto add = [&](Recovery recovery, auto change) {
    if (recovery == spec.policy.recovery) return;
    RunPolicy policy = spec.policy;
    policy.recovery = recovery;
    change(policy);
    RunSpec varied = spec;
    varied.policy = policy;
    if (run_problems(varied).empty()) policies.push_back(policy);
  };
  // A queue of the scheduler of 20 min, nodes retired at the third fault in four weeks, a stall of two restarts of a
  // collective: orders of magnitude, said beside.
  add(Recovery::Restart, [](RunPolicy& p) {
    if (p.queue.is_zero()) p.queue = Law::exponential(1200);
    p.provision = Law();
  });
  add(Recovery::WarmPool, [](RunPolicy& p) {
    if (p.provision.is_zero()) p.provision = Law::fixed(120);
  });
  add(Recovery::HotSpare, [](RunPolicy& p) { p.provision = Law(); });
  const auto repeats = [](const FaultClass& c) { return c.refail > 0; };
  const bool has_lemons = (spec.faults.bad.share > 0 && spec.faults.bad.factor > 1) ||
                          std::any_of(spec.faults.classes.begin(), spec.faults.classes.end(), repeats);
  if (has_lemons && spec.policy.retire_after == 0) {
    RunPolicy policy = spec.policy;
    policy.name = "lemons retired";
    policy.retire_after = 3;
    policy.replacement = policy.outside.is_zero() ? Law::exponential(7 * 86400.0) : policy.outside;
    policies.push_back(policy);
  }
  if (replica_nodes > 0 && nodes / replica_nodes > 1) {
    add(Recovery::ReplicaDrop, [&](RunPolicy& p) {
      p.group_nodes = replica_nodes;
      if (p.stall.is_zero()) p.stall = Law::fixed(10);
    });
    add(Recovery::Shrink, [&](RunPolicy& p) {
      p.group_nodes = 1;
      p.penalty = 0.9;
      if (p.stall.is_zero()) p.stall = Law::fixed(60);
    });
    add(Recovery::Redundant, [&](RunPolicy& p) {
      p.group_nodes = replica_nodes;
      p.copies = 2;
      p.compute_factor = 2;
      p.disjoint = nodes / replica_nodes % 2 == 0;
    });
  }
  return policies;
}

}  // namespace orrery
