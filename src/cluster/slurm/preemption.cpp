// Who has to go for whom, and how.
#include <algorithm>
#include <cmath>

#include "cluster/slurm/scheduler.hpp"

namespace orrery {
namespace {

std::size_t at(std::int32_t number) {
  return static_cast<std::size_t>(number);
}

Millis millis(Seconds time) {
  return std::llround(time.raw() * kSecond);
}

}  // namespace

SlurmPreemptMode SlurmScheduler::mode_of(const SlurmClass& victim) const {
  SlurmPreemptMode mode = SlurmPreemptMode::Default;
  if (parameters_.preempt_type == SlurmPreemptType::PartitionPrio) {
    mode = partitions_[at(victim.partition)].parameters->preempt_mode;
  } else if (victim.who.qos >= 0) {
    mode = parameters_.qos[at(victim.who.qos)].preempt_mode;
  }
  return mode == SlurmPreemptMode::Default ? parameters_.preempt_mode : mode;
}

Millis SlurmScheduler::grace_of(const SlurmClass& victim) const {
  if (parameters_.preempt_type == SlurmPreemptType::PartitionPrio)
    return millis(partitions_[at(victim.partition)].parameters->grace_time);
  return victim.who.qos < 0 ? 0 : millis(parameters_.qos[at(victim.who.qos)].grace_time);
}

Millis SlurmScheduler::exempt_until(const Running& victim) const {
  Seconds exempt = parameters_.preempt_exempt_time;
  const std::int32_t qos = waiting_.at(victim.of_class).who.qos;
  if (qos >= 0) exempt = parameters_.qos[at(qos)].preempt_exempt_time.value_or(exempt);
  return victim.start + millis(exempt);
}

bool SlurmScheduler::may_preempt(const SlurmClass& preemptor, const SlurmClass& victim) const {
  if (mode_of(victim) == SlurmPreemptMode::Off) return false;
  if (parameters_.preempt_type == SlurmPreemptType::PartitionPrio) return victim.tier < preemptor.tier;
  if (preemptor.who.qos < 0 || victim.who.qos < 0) return false;
  const std::vector<std::string>& may = parameters_.qos[at(preemptor.who.qos)].preempt;
  return std::find(may.begin(), may.end(), parameters_.qos[at(victim.who.qos)].name) != may.end();
}

bool SlurmScheduler::can_preempt(const SlurmClass& preemptor) const {
  if (parameters_.preempt_type == SlurmPreemptType::None || run_of_.empty()) return false;
  if (parameters_.preempt_type == SlurmPreemptType::Qos)
    return preemptor.who.qos >= 0 && !parameters_.qos[at(preemptor.who.qos)].preempt.empty();
  return std::any_of(partitions_.begin(), partitions_.end(), [&](const Partition& partition) {
    return partition.parameters->priority_tier < preemptor.tier &&
           partition.parameters->preempt_mode != SlurmPreemptMode::Off;
  });
}

bool SlurmScheduler::preempt_for(ClusterEngine& engine, std::int32_t of_class, JobId job, const NodeBits& nodes) {
  const SlurmClass& of = waiting_.at(of_class);
  if (!can_preempt(of)) return false;
  const Millis now = engine.now();
  std::vector<const Running*> victims;
  for (const Running& run : runs_) {
    if (run.job == kNoJob || !may_preempt(of, waiting_.at(run.of_class))) continue;
    const bool meets = std::any_of(run.slices.begin(), run.slices.end(),
                                   [&](const Slice& slice) { return nodes.has(at(slice.node)); });
    const bool is_doomed =
        std::any_of(doomed_.begin(), doomed_.end(), [&](const auto& doomed) { return doomed.second == run.job; });
    if (!meets || is_doomed) continue;
    if (const Millis exempt = exempt_until(run); exempt > now) {
      wake_ = std::min(wake_, exempt);
      main_due_ = true;  // Looked at again then.
      continue;
    }
    victims.push_back(&run);
  }
  const auto rank = [&](const Running& run) {
    const SlurmClass& c = waiting_.at(run.of_class);
    if (parameters_.preempt_type == SlurmPreemptType::PartitionPrio) return static_cast<double>(c.tier);
    return c.who.qos < 0 ? 0.0 : parameters_.qos[at(c.who.qos)].priority;
  };
  std::sort(victims.begin(), victims.end(), [&](const Running* a, const Running* b) {
    const Running &left = *a, &right = *b;
    if (!parameters_.preempt_youngest_first) {
      if (rank(left) != rank(right)) return rank(left) < rank(right);
      if (left.slices.size() != right.slices.size()) return left.slices.size() < right.slices.size();
    }
    // Slurm's clock has whole seconds; its list is in order of submission.
    const Millis first = left.start / kSecond, second = right.start / kSecond;
    return first != second ? first > second : left.job < right.job;
  });

  std::vector<std::span<const Slice>> slices;
  for (const Running* run : victims) slices.emplace_back(run->slices);
  const auto eviction = choose_victims(nodes_, of.request, nodes, slices, parameters_.preempt_reorder_count);
  if (!eviction) return false;
  std::vector<JobId> leaving;
  Millis grace = 0;
  for (const std::size_t number : eviction->leaving) {
    leaving.push_back(victims[number]->job);
    grace = std::max(grace, grace_of(waiting_.at(victims[number]->of_class)));
  }
  for (const JobId victim : leaving) {
    preemptions_.push_back({now, victim, job});
    const Millis own = grace_of(waiting_.at(runs_[run_of_.at(victim)].of_class));
    if (own > 0) {
      doomed_.emplace(now + own, victim);
    } else {
      kill(engine, victim);
    }
  }
  if (grace == 0) {
    start(engine, of_class, job, eviction->slices);
    return true;
  }
  Claim claim{NodeBits(nodes_.size()), now + grace};
  for (const Slice& slice : eviction->slices) claim.nodes.set(at(slice.node));
  claims_.emplace(job, std::move(claim));
  return true;
}

void SlurmScheduler::kill(ClusterEngine& engine, JobId victim) {
  const bool keeps = mode_of(waiting_.at(runs_[run_of_.at(victim)].of_class)) == SlurmPreemptMode::Suspend;
  StopCost cost;
  cost.checkpoint_interval = keeps ? 0 : kNever;
  engine.preempt(victim, cost);
}

void SlurmScheduler::kill_due(ClusterEngine& engine) {
  while (!doomed_.empty() && doomed_.begin()->first <= engine.now()) {
    const JobId victim = doomed_.begin()->second;
    doomed_.erase(doomed_.begin());
    if (run_of_.contains(victim)) kill(engine, victim);
  }
  for (auto claim = claims_.begin(); claim != claims_.end();) {
    claim = claim->second.until <= engine.now() ? claims_.erase(claim) : std::next(claim);
  }
}

}  // namespace orrery
