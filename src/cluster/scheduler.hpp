#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "cluster/job_table.hpp"
#include "cluster/placement.hpp"

namespace orrery {

class ClusterEngine;

/// Why a job no longer runs.
enum class StopReason : std::uint8_t { Ended, Preempted, Failed };

/// What a pass left waiting: the scheduler's word on the first job, in its own order, that it did not start.
struct PassState {
  enum class Hold : std::uint8_t {
    Capacity,     ///< The machine has no place for it now: too few GPUs, or enough but scattered.
    Reservation,  ///< It would fit, but for GPUs that are kept for a later job, for maintenance, for a backfill's head.
    Limit,        ///< It would fit, but a quota or limit says no.
  };
  JobId blocked = kNoJob;  ///< `kNoJob`: nothing waits.
  Hold hold = Hold::Capacity;
};

/// A policy: which waiting job starts when, and who has to go for it.
///
/// The engine calls it in this order, all events of one time first: `stopped` for jobs that end, `submitted` for jobs
/// that arrive, then one `pass`. Every job that was submitted and is not running belongs to the scheduler: the engine
/// forgets it until `ClusterEngine::start`.
class Scheduler {
 public:
  virtual ~Scheduler() = default;
  /// A job enters the queue.
  virtual void submitted(ClusterEngine& engine, JobId job) = 0;
  /// A job runs already when the replay begins.
  virtual void resumed(ClusterEngine& engine, JobId job);
  /// A job no longer runs; its GPUs are free again. Unless it ended, it has to be queued again here. Called at once,
  /// within `ClusterEngine::preempt`, when the scheduler itself preempts.
  virtual void stopped(ClusterEngine& engine, JobId job, StopReason reason) = 0;
  /// Nodes came back from repair: before the pass.
  virtual void nodes_returned(ClusterEngine& engine);
  /// Starts (and preempts) what should run now.
  virtual void pass(ClusterEngine& engine) = 0;
  /// When it wants the next pass even if nothing happens until then (later than now); `kNever`: only then.
  virtual Millis wakes(const ClusterEngine& engine) const;
  /// Whether jobs that depend on others are its own business; otherwise the engine holds them back.
  virtual bool minds_dependencies() const { return false; }
  /// Whether it keeps its own account of free nodes: then none may leave service under it.
  virtual bool keeps_nodes() const { return false; }
  /// Jobs that the policy itself would never start: over a limit that one job alone breaks.
  virtual const std::vector<JobId>& refused() const;
  /// What the last pass left waiting.
  virtual PassState left_waiting(const ClusterEngine& engine) const;
};

/// Hears what happens, in order: for metrics, plots, event files and tests.
class Observer {
 public:
  virtual ~Observer() = default;
  virtual void submitted(Millis now, JobId job);
  virtual void started(Millis now, JobId job, std::span<const Slice> slices);
  virtual void stopped(Millis now, JobId job, std::span<const Slice> slices, StopReason reason);
  /// After each pass. `free` GPUs are free now.
  virtual void passed(Millis now, long long free);
};

}  // namespace orrery
