#include "cluster/grants/grant_runs.hpp"

namespace orrery {

void GrantRuns::started(const ClusterEngine& engine, JobId job, Millis cut_at) {
  runs_[job] = {engine.work_left(job), cut_at};
  if (cut_at != kNever) cuts_.insert({cut_at, job});
}

bool GrantRuns::stopped(const ClusterEngine& engine, JobId job, StopReason reason) {
  const auto found = runs_.find(job);
  const Run run = found->second;
  runs_.erase(found);
  if (run.cut_at != kNever) cuts_.erase({run.cut_at, job});
  if (reason == StopReason::Ended || engine.work_left(job) < run.left) {
    futile_.erase(job);
    return true;
  }
  return ++futile_[job] < kFutile;
}

}  // namespace orrery
