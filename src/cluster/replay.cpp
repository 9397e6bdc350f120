#include "cluster/replay.hpp"

#include <cmath>
#include <span>
#include <utility>

#include "cluster/gpu_placement.hpp"
#include "cluster/pooled_scheduler.hpp"
#include "cluster/preemptive_scheduler.hpp"
#include "cluster/queue_scheduler.hpp"

namespace orrery {
namespace {

QueueOptions queue_options(const ClusterPolicy& policy, std::uint64_t seed) {
  QueueOptions options{.estimate_error = policy.estimate_error, .seed = seed};
  switch (policy.kind) {
    case PolicyKind::Skip:
      options.discipline = QueueDiscipline::Skip;
      break;
    case PolicyKind::Easy:
      options.discipline = QueueDiscipline::Backfill;
      break;
    case PolicyKind::ShortestFirst:
      options.order = QueueOrder::ShortestRun;
      break;
    case PolicyKind::ShortestEstimate:
      options.order = QueueOrder::ShortestEstimate;
      break;
    case PolicyKind::ShortestLimit:
      options.order = QueueOrder::ShortestLimit;
      break;
    case PolicyKind::SmallestFirst:
      options.order = QueueOrder::SmallestJob;
      break;
    default:
      break;
  }
  return options;
}

std::unique_ptr<Scheduler> make_scheduler(const ClusterSpec& spec, const ClusterPolicy& policy,
                                          std::span<const JobId> rows) {
  const JobTable& jobs = *spec.jobs;
  const auto preemptive = [&](PreemptiveOrder order) {
    return std::make_unique<PreemptiveScheduler>(jobs, PreemptiveOptions{order, policy.thresholds});
  };
  switch (policy.kind) {
    case PolicyKind::ShortestRemaining:
      return preemptive(PreemptiveOrder::ShortestRemaining);
    case PolicyKind::LeastAttained:
      return preemptive(PreemptiveOrder::LeastAttained);
    case PolicyKind::Priority:
      return preemptive(PreemptiveOrder::Priority);
    default:
      return std::make_unique<QueueScheduler>(jobs, rows, queue_options(policy, spec.seed));
  }
}

/// One scheduler for all, or one for each pool that has nodes of its own.
std::unique_ptr<Scheduler> make_schedulers(const ClusterSpec& spec, const ClusterPolicy& policy,
                                           const std::vector<JobId>& rows) {
  const JobTable& jobs = *spec.jobs;
  std::vector<bool> own(static_cast<std::size_t>(jobs.pools.size()), false);
  bool any_own = false, any_shared = false;
  for (const NodeGroup& group : spec.machine.groups) {
    const std::int32_t pool = group.pool.empty() ? -1 : jobs.pools.find(group.pool);
    any_shared = any_shared || group.pool.empty();
    if (pool < 0) continue;
    own[static_cast<std::size_t>(pool)] = any_own = true;
  }
  if (!any_own) return make_scheduler(spec, policy, rows);
  std::vector<std::vector<JobId>> rows_of(own.size() + 1);
  for (const JobId job : rows) {
    const std::int32_t pool = value_or(jobs.pool, job, -1);
    const std::size_t number =
        pool >= 0 && own[static_cast<std::size_t>(pool)] ? static_cast<std::size_t>(pool) : own.size();
    rows_of[number].push_back(job);
  }
  std::vector<std::unique_ptr<Scheduler>> schedulers(own.size() + 1);
  for (std::size_t number = 0; number <= own.size(); ++number)
    if (number == own.size() || own[number]) schedulers[number] = make_scheduler(spec, policy, rows_of[number]);
  return std::make_unique<PooledScheduler>(jobs, std::move(schedulers), any_shared);
}

}  // namespace

ClusterReplay::ClusterReplay(const ClusterSpec& spec, const ClusterPolicy& policy, const JobSpeed* speed)
    : spec_(spec),
      options_{.horizon = spec.horizon, .kill_at_limit = spec.kill_at_limit, .stop_cost = policy.stop_cost},
      speed_(speed) {
  const JobTable& jobs = *spec.jobs;
  placement_ = std::make_unique<GpuPlacement>(
      spec.machine, jobs, GpuPlacementOptions{policy.choice, policy.topology, policy.kind == PolicyKind::Easy});
  rows_.reserve(jobs.size());
  for (JobId job = 0; job < static_cast<JobId>(jobs.size()); ++job)
    (placement_->possible(demand_of(jobs, job)) ? rows_ : impossible_).push_back(job);
  scheduler_ = make_schedulers(spec, policy, rows_);
}

JobSchedule ClusterReplay::run(Observer* observer, const std::vector<RunningJob>& running, JobId until_started) {
  EngineOptions options = options_;
  options.until_started = until_started;
  std::vector<bool> runs(spec_.jobs->size(), false);
  for (const RunningJob& job : running) runs[static_cast<std::size_t>(job.job)] = true;
  std::erase_if(rows_, [&](JobId job) { return runs[static_cast<std::size_t>(job)]; });
  engine_ = std::make_unique<ClusterEngine>(*spec_.jobs, rows_, *placement_, *scheduler_, options, speed_, observer);
  for (const RunningJob& job : running)
    if (!engine_->resume(job)) impossible_.push_back(job.job);
  return engine_->run();
}

std::vector<RunningJob> ClusterReplay::running_jobs(Millis now) const {
  std::vector<RunningJob> running;
  for (const JobId job : engine_->running_jobs()) {
    const std::span<const Slice> slices = engine_->slices(job);
    running.push_back({job, engine_->started(job) - now, {slices.begin(), slices.end()}});
  }
  return running;
}

void fill_limits(JobTable& jobs, MissingLimit missing, double factor) {
  if (missing == MissingLimit::Unknown) return;
  if (jobs.limit.empty()) jobs.limit.assign(jobs.size(), kNever);
  for (std::size_t row = 0; row < jobs.size(); ++row) {
    if (jobs.limit[row] == kNever)
      jobs.limit[row] = static_cast<Millis>(std::ceil(static_cast<double>(jobs.run[row]) * factor));
  }
}

}  // namespace orrery
