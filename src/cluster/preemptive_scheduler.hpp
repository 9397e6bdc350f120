#pragma once

#include <cstdint>
#include <set>
#include <utility>
#include <vector>

#include "cluster/engine.hpp"
#include "cluster/scheduler.hpp"

namespace orrery {

/// What decides who runs.
enum class PreemptiveOrder {
  /// Shortest remaining time first, which is known: an oracle. Of running jobs the time until their end.
  ShortestRemaining,
  /// Least attained service (Tiresias, NSDI 2019): queues by the GPU-time that a job had, fewer first, and first come
  /// first served within a queue. Nobody has to know how long a job takes.
  LeastAttained,
  /// Larger `priority` first, then first come, first served.
  Priority,
};

struct PreemptiveOptions {
  PreemptiveOrder order = PreemptiveOrder::ShortestRemaining;
  /// GPU-milliseconds that lead from one queue of `LeastAttained` to the next, ascending.
  std::vector<Millis> thresholds = {kHour, 10 * kHour};
};

/// One queue whose jobs stop running ones that come behind them.
///
/// The first waiting job starts if it fits. If not, running jobs behind it in the order are stopped, from the last one
/// on, until it fits; those that turn out not to be needed go on. Where that does not suffice, nobody is stopped, and
/// the pass ends: jobs behind the first one wait as well.
class PreemptiveScheduler final : public Scheduler {
 public:
  PreemptiveScheduler(const JobTable& jobs, PreemptiveOptions options);

  void submitted(ClusterEngine& engine, JobId job) override;
  void resumed(ClusterEngine& engine, JobId job) override;
  void stopped(ClusterEngine& engine, JobId job, StopReason reason) override;
  void pass(ClusterEngine& engine) override;
  Millis wakes(const ClusterEngine& engine) const override;
  PassState left_waiting(const ClusterEngine& engine) const override;

 private:
  /// Place in the order: smaller first. Of shortest remaining time, a running job's end: where all work at one speed,
  /// all shrink alike; at other speeds it is the order in which they are asked to go.
  using Key = std::pair<Millis, JobId>;

  Millis waiting_key(const ClusterEngine& engine, JobId job) const;
  std::size_t queue_of(Millis gpu_time) const;
  Millis key_now(const ClusterEngine& engine, Key running) const;
  void enter(ClusterEngine& engine, JobId job);
  void leave(JobId job);
  void demote(ClusterEngine& engine);
  bool make_room(ClusterEngine& engine, JobId job);

  const JobTable& jobs_;
  PreemptiveOptions options_;
  std::set<Key> waiting_, running_;
  std::set<Key> crossings_;       ///< When a running job comes to its next queue.
  std::vector<Millis> key_of_;    ///< Of each running job, in `running_`.
  std::vector<Millis> crossing_;  ///< Of each running job, in `crossings_`; `kNever`: none.
};

/// Of running jobs in the order in which they would have to go, those that must go so that a demand fits; empty where
/// not even all of them suffice. Nothing is changed.
std::vector<JobId> find_victims(ClusterEngine& engine, const Demand& demand, const std::vector<JobId>& candidates);

}  // namespace orrery
