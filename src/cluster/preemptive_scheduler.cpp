#include "cluster/preemptive_scheduler.hpp"

#include <algorithm>

namespace orrery {
namespace {

std::size_t index(JobId job) {
  return static_cast<std::size_t>(job);
}

}  // namespace

std::vector<JobId> find_victims(ClusterEngine& engine, const Demand& demand, const std::vector<JobId>& candidates) {
  JobPlacement& placement = engine.placement();
  std::vector<JobId> gone;
  const auto remove = [&](JobId job) { placement.give_back(engine.slices(job), engine.expected_end(job)); };
  const auto restore = [&](JobId job) { placement.take_exactly(engine.slices(job), engine.expected_end(job)); };
  bool fits = false;
  for (const JobId job : candidates) {
    remove(job);
    gone.push_back(job);
    fits = placement.fits(demand);
    if (fits) break;
  }
  std::vector<JobId> victims;
  // The one that made it fit was the last; of those before, the last ones to have to go are the first to be spared.
  for (auto job = gone.rbegin(); job != gone.rend(); ++job) {
    restore(*job);
    if (!fits || placement.fits(demand)) continue;
    remove(*job);
    victims.push_back(*job);
  }
  for (const JobId job : victims) restore(job);
  return victims;
}

PreemptiveScheduler::PreemptiveScheduler(const JobTable& jobs, PreemptiveOptions options)
    : jobs_(jobs), options_(std::move(options)), key_of_(jobs.size(), 0), crossing_(jobs.size(), kNever) {}

std::size_t PreemptiveScheduler::queue_of(Millis gpu_time) const {
  const auto above = std::upper_bound(options_.thresholds.begin(), options_.thresholds.end(), gpu_time);
  return static_cast<std::size_t>(above - options_.thresholds.begin());
}

Millis PreemptiveScheduler::waiting_key(const ClusterEngine& engine, JobId job) const {
  switch (options_.order) {
    case PreemptiveOrder::ShortestRemaining:
      return engine.work_left(job);
    case PreemptiveOrder::LeastAttained:
      return static_cast<Millis>(queue_of(engine.attained(job) * jobs_.gpus[index(job)]));
    case PreemptiveOrder::Priority:
      break;
  }
  return -Millis{value_or(jobs_.priority, job, 0)};
}

/// In the unit of `waiting_key`: work, not time, or two slow jobs would stop each other for ever.
Millis PreemptiveScheduler::key_now(const ClusterEngine& engine, Key running) const {
  return options_.order == PreemptiveOrder::ShortestRemaining ? engine.work_left(running.second) : running.first;
}

void PreemptiveScheduler::submitted(ClusterEngine& engine, JobId job) {
  waiting_.insert({waiting_key(engine, job), job});
}

void PreemptiveScheduler::enter(ClusterEngine& engine, JobId job) {
  Millis& key = key_of_[index(job)];
  key = waiting_key(engine, job);
  if (options_.order == PreemptiveOrder::ShortestRemaining) key = engine.end(job);
  running_.insert({key, job});
  if (options_.order != PreemptiveOrder::LeastAttained) return;
  const auto queue = static_cast<std::size_t>(key);
  const Millis gpus = jobs_.gpus[index(job)];
  if (queue >= options_.thresholds.size() || gpus == 0) return;
  const Millis to_go = options_.thresholds[queue] - engine.attained(job) * gpus;
  crossing_[index(job)] = engine.now() + std::max<Millis>(1, (to_go + gpus - 1) / gpus);
  crossings_.insert({crossing_[index(job)], job});
}

void PreemptiveScheduler::leave(JobId job) {
  running_.erase({key_of_[index(job)], job});
  if (crossing_[index(job)] == kNever) return;
  crossings_.erase({crossing_[index(job)], job});
  crossing_[index(job)] = kNever;
}

void PreemptiveScheduler::resumed(ClusterEngine& engine, JobId job) {
  enter(engine, job);
}

void PreemptiveScheduler::stopped(ClusterEngine& engine, JobId job, StopReason reason) {
  leave(job);
  if (reason != StopReason::Ended) waiting_.insert({waiting_key(engine, job), job});
}

void PreemptiveScheduler::demote(ClusterEngine& engine) {
  while (!crossings_.empty() && crossings_.begin()->first <= engine.now()) {
    const JobId job = crossings_.begin()->second;
    leave(job);
    enter(engine, job);
  }
}

Millis PreemptiveScheduler::wakes(const ClusterEngine& /*engine*/) const {
  return crossings_.empty() ? kNever : crossings_.begin()->first;
}

bool PreemptiveScheduler::make_room(ClusterEngine& engine, JobId job) {
  const Key key{waiting_key(engine, job), job};
  const Demand demand = engine.demand(job);
  long long gpus = engine.placement().free_gpus();
  std::vector<JobId> candidates;
  for (auto last = running_.rbegin(); last != running_.rend(); ++last) {
    if (Key{key_now(engine, *last), last->second} <= key) break;
    candidates.push_back(last->second);
    gpus += jobs_.gpus[index(last->second)];
  }
  if (gpus < demand.gpus) return false;
  const std::vector<JobId> victims = find_victims(engine, demand, candidates);
  for (const JobId victim : victims) engine.preempt(victim);
  return !victims.empty();
}

void PreemptiveScheduler::pass(ClusterEngine& engine) {
  demote(engine);
  while (!waiting_.empty()) {
    const Key first = *waiting_.begin();
    const JobId job = first.second;
    if (!engine.start(job) && !(make_room(engine, job) && engine.start(job))) return;
    waiting_.erase(first);
    enter(engine, job);
  }
}

PassState PreemptiveScheduler::left_waiting(const ClusterEngine& /*engine*/) const {
  return waiting_.empty() ? PassState{} : PassState{waiting_.begin()->second, PassState::Hold::Capacity};
}

}  // namespace orrery
