#pragma once

#include <map>
#include <set>
#include <utility>

#include "cluster/engine.hpp"
#include "cluster/job_table.hpp"

namespace orrery {

/// Runs that a policy cuts before their work is done: when, and whether they came to something.
///
/// A job without checkpoints that needs longer than it is ever given would run and be cut for ever. After `kFutile`
/// runs in a row that did not lessen its work its user is taken to give up.
class GrantRuns {
 public:
  static constexpr int kFutile = 20;

  /// A job runs, until `cut_at` at the latest.
  void started(const ClusterEngine& engine, JobId job, Millis cut_at);
  /// It no longer runs. False: it was stopped, and its user gives up.
  bool stopped(const ClusterEngine& engine, JobId job, StopReason reason);
  /// When the next run is cut; `kNever`: none is.
  Millis next_cut() const { return cuts_.empty() ? kNever : cuts_.begin()->first; }
  /// The job whose run that is.
  JobId cut_next() const { return cuts_.begin()->second; }

 private:
  struct Run {
    Millis left = 0, cut_at = kNever;
  };
  std::map<JobId, Run> runs_;
  std::set<std::pair<Millis, JobId>> cuts_;
  std::map<JobId, int> futile_;
};

}  // namespace orrery
