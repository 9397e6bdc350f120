#include "cluster/replay.hpp"

#include <algorithm>
#include <cmath>
#include <span>
#include <utility>

#include "cluster/effects/speed_table.hpp"
#include "cluster/fair_share_levels.hpp"
#include "cluster/gpu_placement.hpp"
#include "cluster/grants/grant_scheduler.hpp"
#include "cluster/pooled_scheduler.hpp"
#include "cluster/preemptive_scheduler.hpp"
#include "cluster/queue_scheduler.hpp"
#include "cluster/quota/kueue_scheduler.hpp"
#include "cluster/quota/share_scheduler.hpp"
#include "cluster/sharing/allocation_curve.hpp"
#include "cluster/sharing/sharing_placement.hpp"
#include "cluster/slurm/scheduler.hpp"

namespace orrery {
namespace {

QueueOptions queue_options(const ClusterPolicy& policy, std::uint64_t seed) {
  QueueOptions options{.estimate_error = policy.estimate_error, .seed = seed};
  switch (policy.kind) {
    case PolicyKind::Skip:
      options.discipline = QueueDiscipline::Skip;
      break;
    case PolicyKind::Easy:
    case PolicyKind::FairShare:
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

bool backfills(PolicyKind kind) {
  return kind == PolicyKind::Easy || kind == PolicyKind::FairShare;
}

std::unique_ptr<JobPlacement> make_placement(const ClusterSpec& spec, const ClusterPolicy& policy) {
  const JobTable& jobs = *spec.jobs;
  if (!shares_nodes(spec)) {
    return std::make_unique<GpuPlacement>(spec.machine, jobs,
                                          GpuPlacementOptions{policy.choice, policy.topology, backfills(policy.kind)});
  }
  SharingOptions options;
  options.rule = policy.sharing;
  options.seed = spec.seed;
  options.target = typical_pods(pods_of_jobs(jobs), jobs.gpu_types);
  return std::make_unique<SharingPlacement>(spec.machine, jobs, options);
}

std::unique_ptr<Scheduler> make_scheduler(const ClusterSpec& spec, const ClusterPolicy& policy,
                                          std::span<const JobId> rows, const RateTable& rates) {
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
    case PolicyKind::Slurm:
      return std::make_unique<SlurmScheduler>(policy.slurm, spec.machine, jobs, rows);
    case PolicyKind::FairShare:
      return std::make_unique<QueueScheduler>(jobs, rows, queue_options(policy, spec.seed),
                                              std::make_unique<FairShareLevels>(policy.slurm, jobs, rows));
    case PolicyKind::Kueue:
      return std::make_unique<KueueScheduler>(policy.kueue, jobs, rows);
    case PolicyKind::Kai:
      return std::make_unique<ShareScheduler>(kai_policy(policy.kai), spec.machine, jobs, rows);
    case PolicyKind::Volcano:
      return std::make_unique<ShareScheduler>(volcano_policy(policy.volcano), spec.machine, jobs, rows);
    case PolicyKind::Grants:
      return make_grant_scheduler(policy.grants, spec.machine.gpus(), jobs, rows, spec.seed);
    case PolicyKind::Gavel:
      return std::make_unique<GavelScheduler>(spec.machine, jobs, rates, policy.gavel);
    case PolicyKind::Elastic:
      return std::make_unique<ElasticScheduler>(spec.machine, jobs, rates, policy.elastic);
    default:
      return std::make_unique<QueueScheduler>(jobs, rows, queue_options(policy, spec.seed));
  }
}

/// Policies that see to pools by themselves: Slurm's are its partitions.
bool minds_pools(PolicyKind kind) {
  return kind >= PolicyKind::Slurm;
}

/// One scheduler for all, or one for each pool that has nodes of its own.
std::unique_ptr<Scheduler> make_schedulers(const ClusterSpec& spec, const ClusterPolicy& policy,
                                           const std::vector<JobId>& rows, const RateTable& rates) {
  const JobTable& jobs = *spec.jobs;
  std::vector<bool> own(static_cast<std::size_t>(jobs.pools.size()), false);
  bool any_own = false, any_shared = false;
  for (const NodeGroup& group : spec.machine.groups) {
    const std::int32_t pool = group.pool.empty() ? -1 : jobs.pools.find(group.pool);
    any_shared = any_shared || group.pool.empty();
    if (pool < 0) continue;
    own[static_cast<std::size_t>(pool)] = any_own = true;
  }
  // A promise to the first job holds against all who may take its nodes.
  const bool one_queue = any_shared && backfills(policy.kind);
  if (!any_own || one_queue || minds_pools(policy.kind)) return make_scheduler(spec, policy, rows, rates);
  std::vector<std::vector<JobId>> rows_of(own.size() + 1);
  for (const JobId job : rows) {
    const std::int32_t pool = value_or(jobs.pool, job, -1);
    const std::size_t number =
        pool >= 0 && own[static_cast<std::size_t>(pool)] ? static_cast<std::size_t>(pool) : own.size();
    rows_of[number].push_back(job);
  }
  std::vector<std::unique_ptr<Scheduler>> schedulers(own.size() + 1);
  for (std::size_t number = 0; number <= own.size(); ++number)
    if (number == own.size() || own[number]) schedulers[number] = make_scheduler(spec, policy, rows_of[number], rates);
  return std::make_unique<PooledScheduler>(jobs, std::move(schedulers), any_shared);
}

}  // namespace

bool shares_nodes(const ClusterSpec& spec) {
  const JobTable& jobs = *spec.jobs;
  const auto any = [](const auto& column, const auto& test) { return std::any_of(column.begin(), column.end(), test); };
  const auto& groups = spec.machine.groups;
  const bool counts_cpus = any(groups, [](const NodeGroup& group) { return group.cpu_milli > 0; });
  const bool counts_memory = any(groups, [](const NodeGroup& group) { return group.memory_mib > 0; });
  const auto asks = [](std::int32_t amount) { return amount > 0; };
  return any(jobs.gpu_milli, [](std::int32_t milli) { return milli < 1000; }) ||
         (counts_cpus && any(jobs.cpu_milli, asks)) || (counts_memory && any(jobs.memory_mib, asks));
}

ClusterReplay::ClusterReplay(const ClusterSpec& spec, const ClusterPolicy& policy)
    : spec_(spec),
      options_{.horizon = spec.horizon,
               .kill_at_limit = spec.kill_at_limit,
               .stop_cost = policy.stop_cost,
               .failures = spec.failures.get(),
               .seed = spec.seed},
      rates_(spec.rates != nullptr
                 ? spec.rates
                 : std::make_shared<const RateTable>(0, 0, level_count(spec.machine), std::vector<std::int32_t>{1})),
      placement_(make_placement(spec, policy)) {
  const JobTable& jobs = *spec.jobs;
  if (spec.rates != nullptr || policy.kind == PolicyKind::Elastic)
    speed_ = std::make_unique<SpeedTable>(spec.machine, jobs, *rates_);
  rows_.reserve(jobs.size());
  for (JobId job = 0; job < static_cast<JobId>(jobs.size()); ++job)
    (placement_->possible(demand_of(jobs, job)) ? rows_ : impossible_).push_back(job);
  scheduler_ = make_schedulers(spec, policy, rows_, *rates_);
}

JobSchedule ClusterReplay::run(Observer* observer, const std::vector<RunningJob>& running, JobId until_started) {
  EngineOptions options = options_;
  options.until_started = until_started;
  std::vector<bool> runs(spec_.jobs->size(), false);
  for (const RunningJob& job : running) runs[static_cast<std::size_t>(job.job)] = true;
  std::erase_if(rows_, [&](JobId job) { return runs[static_cast<std::size_t>(job)]; });
  engine_ =
      std::make_unique<ClusterEngine>(*spec_.jobs, rows_, *placement_, *scheduler_, options, speed_.get(), observer);
  for (const RunningJob& job : running)
    if (!engine_->resume(job)) impossible_.push_back(job.job);
  JobSchedule schedule = engine_->run();
  const std::vector<JobId>& refused = scheduler_->refused();
  impossible_.insert(impossible_.end(), refused.begin(), refused.end());
  return schedule;
}

std::vector<GrantRecord> ClusterReplay::grants(Millis now) {
  auto* granting = dynamic_cast<GrantScheduler*>(scheduler_.get());
  return granting == nullptr ? std::vector<GrantRecord>() : granting->records(now);
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
  jobs.limit_is_guess.assign(jobs.size(), 0);
  for (std::size_t row = 0; row < jobs.size(); ++row) {
    if (jobs.limit[row] != kNever) continue;
    jobs.limit_is_guess[row] = 1;
    jobs.limit[row] = static_cast<Millis>(std::ceil(static_cast<double>(jobs.run[row]) * factor));
  }
}

}  // namespace orrery
