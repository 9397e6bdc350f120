#pragma once

#include <memory>
#include <span>
#include <string>

#include "cluster/engine.hpp"
#include "cluster/metrics/usage.hpp"

namespace orrery {

/// Replays in an SQLite file, for questions that no table of ours answers.
///
///     jobs(policy, job, tenant, user, pool, qos, gpus, submit_seconds, start_seconds, end_seconds, run_seconds,
///          wait_seconds, stops)
///     events(policy, time_seconds, event, job, gpus, nodes)
///     usage(policy, time_seconds, length_seconds, tenant, gpus)
///     machine(policy, time_seconds, length_seconds, gpus, allocated, free, down, waiting, backlog_gpu_hours,
///             largest_gang)
///     about(key, value)
///
/// NULL is what did not happen or is not known; `usage` and `machine` have means over stretches of time. The file takes
/// its place when it is whole (`StagedFile`): an earlier one stays where anything fails. Every function throws
/// `OutputError` with the reason.
class ClusterStore {
 public:
  explicit ClusterStore(const std::string& path);
  ~ClusterStore();
  ClusterStore(const ClusterStore&) = delete;
  ClusterStore& operator=(const ClusterStore&) = delete;

  /// Writes the events of a replay as they happen. The store and the jobs live as long as it does.
  std::unique_ptr<Observer> events(const std::string& policy, const JobTable& jobs);
  void add_jobs(const std::string& policy, const JobTable& jobs, std::span<const JobId> rows,
                const JobSchedule& schedule);
  void add_usage(const std::string& policy, const UsageSummary& usage);
  /// Puts the file in its place. Once, and last.
  void commit();

 private:
  class Database;
  std::unique_ptr<Database> database_;
};

}  // namespace orrery
