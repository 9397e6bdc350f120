#include "cluster/pooled_scheduler.hpp"

#include <algorithm>
#include <utility>

#include "cluster/engine.hpp"

namespace orrery {

PooledScheduler::PooledScheduler(const JobTable& jobs, std::vector<std::unique_ptr<Scheduler>> schedulers,
                                 bool shared_nodes)
    : jobs_(jobs),
      schedulers_(std::move(schedulers)),
      shared_nodes_(shared_nodes),
      is_touched_(schedulers_.size(), false) {}

std::size_t PooledScheduler::number_of(JobId job) const {
  const std::int32_t pool = value_or(jobs_.pool, job, -1);
  const std::size_t others = schedulers_.size() - 1;
  if (pool < 0 || schedulers_[static_cast<std::size_t>(pool)] == nullptr) return others;
  return static_cast<std::size_t>(pool);
}

void PooledScheduler::touch(std::size_t number) {
  if (is_touched_[number]) return;
  is_touched_[number] = true;
  touched_.push_back(number);
}

void PooledScheduler::submitted(ClusterEngine& engine, JobId job) {
  touch(number_of(job));
  schedulers_[number_of(job)]->submitted(engine, job);
}

void PooledScheduler::resumed(ClusterEngine& engine, JobId job) {
  schedulers_[number_of(job)]->resumed(engine, job);
}

void PooledScheduler::stopped(ClusterEngine& engine, JobId job, StopReason reason) {
  touch(number_of(job));
  schedulers_[number_of(job)]->stopped(engine, job, reason);
}

void PooledScheduler::nodes_returned(ClusterEngine& engine) {
  for (std::size_t number = 0; number < schedulers_.size(); ++number) {
    if (schedulers_[number] == nullptr) continue;
    schedulers_[number]->nodes_returned(engine);
    touch(number);
  }
}

void PooledScheduler::pass(ClusterEngine& engine) {
  for (std::size_t number = 0; number < schedulers_.size(); ++number) {
    Scheduler* scheduler = schedulers_[number].get();
    if (scheduler != nullptr && (shared_nodes_ || scheduler->wakes(engine) <= engine.now())) touch(number);
  }
  std::sort(touched_.begin(), touched_.end());
  for (const std::size_t number : touched_) {
    schedulers_[number]->pass(engine);
    is_touched_[number] = false;
  }
  touched_.clear();
}

Millis PooledScheduler::wakes(const ClusterEngine& engine) const {
  Millis first = kNever;
  for (const auto& scheduler : schedulers_)
    if (scheduler != nullptr) first = std::min(first, scheduler->wakes(engine));
  return first;
}

PassState PooledScheduler::left_waiting(const ClusterEngine& engine) const {
  for (const auto& scheduler : schedulers_) {
    if (scheduler == nullptr) continue;
    const PassState state = scheduler->left_waiting(engine);
    if (state.blocked != kNoJob) return state;
  }
  return {};
}

}  // namespace orrery
