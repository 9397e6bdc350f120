#pragma once

#include <memory>
#include <vector>

#include "cluster/engine.hpp"
#include "cluster/grants/grant_scheduler.hpp"
#include "cluster/placement.hpp"
#include "cluster/scheduler.hpp"
#include "cluster/spec.hpp"

namespace orrery {

/// Whether jobs of the spec take less than whole GPUs, or CPUs and memory that its machine counts: then they are placed
/// by the policy's rule of sharing.
bool shares_nodes(const ClusterSpec& spec);

/// One replay of a spec's jobs under a policy. Pools of jobs that have nodes of their own are queues of their own; jobs
/// that could not start on the whole machine are left out, and counted.
class ClusterReplay {
 public:
  /// `spec` lives as long as the replay.
  ClusterReplay(const ClusterSpec& spec, const ClusterPolicy& policy);

  /// The jobs that are replayed, in order of submission, and those that are left out: larger than the machine, and,
  /// after `run`, what the policy refused.
  const std::vector<JobId>& rows() const { return rows_; }
  const std::vector<JobId>& impossible() const { return impossible_; }
  const JobPlacement& placement() const { return *placement_; }
  /// What the last pass left waiting, while it runs.
  PassState left_waiting() const { return scheduler_->left_waiting(*engine_); }
  /// Work that is left of a job, while it runs.
  Millis work_left(JobId job) const { return engine_->work_left(job); }
  long long largest_gang() const { return placement_->largest_gang(); }

  /// The whole replay. Once. `running`: jobs that run already at its begin; those that find no GPUs become impossible.
  JobSchedule run(Observer* observer = nullptr, const std::vector<RunningJob>& running = {},
                  JobId until_started = kNoJob);
  /// After `run`: what became of the tenants' grants until `now`; empty under other policies.
  std::vector<GrantRecord> grants(Millis now);
  /// After `run`, which ended at `now`: the jobs that run then, with their starts counted from that time.
  std::vector<RunningJob> running_jobs(Millis now) const;

 private:
  const ClusterSpec& spec_;
  EngineOptions options_;
  std::shared_ptr<const RateTable> rates_;
  std::unique_ptr<JobSpeed> speed_;
  std::unique_ptr<JobPlacement> placement_;
  std::vector<JobId> rows_, impossible_;
  std::unique_ptr<Scheduler> scheduler_;
  std::unique_ptr<ClusterEngine> engine_;
};

}  // namespace orrery
