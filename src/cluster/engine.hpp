#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <unordered_map>
#include <vector>

#include "cluster/end_heap.hpp"
#include "cluster/job_table.hpp"
#include "cluster/placement.hpp"
#include "cluster/scheduler.hpp"

namespace orrery {

struct ClusterFailures;
struct MachineEvent;
class MachineFaults;

/// How fast a job works on the GPUs that it got, over the reference that its run time was recorded on.
class JobSpeed {
 public:
  virtual ~JobSpeed() = default;
  /// Work per time, above zero; 1: as recorded.
  virtual double speed(const JobTable& jobs, JobId job, std::span<const Slice> slices) const = 0;
};

/// What stopping a running job costs it.
struct StopCost {
  Millis checkpoint_interval = 0;  ///< Work between two checkpoints; 0: nothing is lost; `kNever`: all of it is.
  /// Added to the work that is left: of a job of one GPU, of at most 8, of more.
  Millis restart_one = 0, restart_node = 0, restart_more = 0;
};

struct EngineOptions {
  Millis horizon = kNever;     ///< The replay ends here; what then runs or waits is left so.
  bool kill_at_limit = false;  ///< A run ends at the time limit that its user stated when it would last longer.
  StopCost stop_cost;
  JobId until_started = kNoJob;  ///< The replay ends as soon as this job starts.
  /// How the machine fails; null: it does not. Outlives the engine.
  const ClusterFailures* failures = nullptr;
  std::uint64_t seed = 0;  ///< Of failures.
};

/// A job that runs already when a replay begins.
struct RunningJob {
  JobId job = kNoJob;
  Millis since = 0;           ///< Not above 0.
  std::vector<Slice> slices;  ///< Empty: where the placement puts it.
};

/// What became of each job. -1: that did not happen before the horizon.
struct JobSchedule {
  std::vector<Millis> first_start, end;
  std::vector<std::uint16_t> stops;  ///< Times that it was preempted or failed; empty where no job was.
  Millis gpu_time_lost = 0;          ///< GPU-milliseconds of work done again and of restarts.
  Millis gpu_time_failed = 0;        ///< Of that, what failures cost, the time until they are found included.
  long long failures = 0;            ///< Times that a failure of the machine stopped a job.
  long long given_up = 0;            ///< Jobs that failed too often to go on; they have an end.
  long long killed = 0;              ///< Jobs that ended at their time limit with work left.
  Millis last_event = 0;
  long long passes = 0;
};

/// Replays jobs on a machine under a policy, event by event.
///
/// Between events nothing is simulated. At one time, ends come before faults of the machine, these before arrivals
/// (rows in order), then the scheduler passes once. A job that depends on another arrives when that has ended, and at
/// once where that is not replayed. Memory: 20 bytes a job, and what the scheduler holds.
class ClusterEngine {
 public:
  /// `rows`  the jobs to replay, in order of submission; others of the table are left out.
  ClusterEngine(const JobTable& jobs, std::span<const JobId> rows, JobPlacement& placement, Scheduler& scheduler,
                const EngineOptions& options = {}, const JobSpeed* speed = nullptr, Observer* observer = nullptr);
  ~ClusterEngine();
  ClusterEngine(const ClusterEngine&) = delete;
  ClusterEngine& operator=(const ClusterEngine&) = delete;

  /// Puts a job where it runs when the replay begins; before `run`. Its run time counts from its start. False where the
  /// GPUs are not free.
  bool resume(const RunningJob& running);
  /// The whole replay. Once. Jobs submitted before 0 arrive at its begin.
  JobSchedule run();

  // What a scheduler may know and do.
  Millis now() const { return now_; }
  const JobTable& jobs() const { return jobs_; }
  const JobPlacement& placement() const { return placement_; }
  JobPlacement& placement() { return placement_; }
  bool running(JobId job) const { return run_of_[index(job)] >= 0; }
  /// Jobs that run, in no order that means anything but the same each time.
  const std::vector<JobId>& running_jobs() const { return running_; }
  /// Begin of the present run of a running job.
  Millis started(JobId job) const { return slot(job).start; }
  /// When a running job has to be gone at the latest, by its time limit; `kNever` where nothing is known.
  Millis expected_end(JobId job) const { return slot(job).expected_end; }
  /// When a running job will end: for policies that know the future.
  Millis end(JobId job) const { return slot(job).end; }
  std::span<const Slice> slices(JobId job) const { return slot(job).slices; }
  /// Time limit of the next run of a job, what a scheduler may count on.
  Millis limit(JobId job) const;
  /// Work that is left of a job, waiting or running: for policies that know the future (SRTF).
  Millis work_left(JobId job) const;
  /// Time for which a job ran, its earlier runs included.
  Millis attained(JobId job) const;
  Demand demand(JobId job) const { return demand_of(jobs_, job); }

  /// Starts a waiting job on what the placement gives; false where it does not fit now.
  bool start(JobId job);
  /// The same with another demand: of an elastic job.
  bool start(JobId job, const Demand& demand);
  /// Starts a waiting job on exactly these GPUs; false where they are not free.
  bool start_on(JobId job, std::span<const Slice> slices);
  /// Stops a running job, at the engine's cost of stopping or at another.
  void preempt(JobId job);
  void preempt(JobId job, const StopCost& cost);
  /// Speed at which a running job works now, and another one from now on: where jobs slow each other down. Its end
  /// moves.
  double speed(JobId job) const { return slot(job).speed; }
  void rerate(JobId job, double speed);

 private:
  struct Run {
    JobId job = kNoJob;
    std::int32_t place = 0;  ///< In `running_`.
    Millis start = 0, end = 0, expected_end = kNever;
    double speed = 1;
    Millis rated = 0;             ///< Since when it has this speed.
    double done = 0;              ///< Work of this run until then.
    Millis fault = kNever;        ///< Since when it stands still, until its fault is found.
    bool fault_ends_job = false;  ///< Its time limit comes before that.
    std::vector<Slice> slices;
  };

  /// What failures did to a job.
  struct Setback {
    std::uint32_t failures = 0;
    Millis owed = 0;  ///< Part of the work that is left which is its restart.
  };

  std::size_t index(JobId job) const { return static_cast<std::size_t>(job); }
  const Run& slot(JobId job) const { return runs_[static_cast<std::size_t>(run_of_[index(job)])]; }
  Run& claim(JobId job);
  void begin(JobId job, Run& run);
  Millis end_of(JobId job, const Run& run) const;
  void drop(JobId job, Run& run, StopReason reason);
  void finish(JobId job, Run& run);
  void remember_stops();
  void note_stop(JobId job, const Run& run);
  static double gpus_held(const Run& run);
  bool dies_at_limit(JobId job) const;
  Millis set_back(JobId job, const Run& run, Millis checkpoint_interval, Millis restart, double speed);
  // Failures (engine_failures.cpp).
  Millis next_fault(bool is_idle) const;
  void faults_due();
  void strike(const MachineEvent& event);
  void hang(JobId job, Millis found);
  void fail(JobId job);
  void take_out(const MachineEvent& event);
  void end_due();
  void submit_due();
  void submit(JobId job);
  bool waits_for_another(JobId job) const;

  const JobTable& jobs_;
  std::span<const JobId> rows_;
  JobPlacement& placement_;
  Scheduler& scheduler_;
  EngineOptions options_;
  const JobSpeed* speed_;
  Observer* observer_;
  Millis now_ = 0;
  std::size_t next_row_ = 0;
  EndHeap ends_;
  std::vector<Run> runs_;
  std::vector<std::int32_t> free_runs_;
  std::vector<std::int32_t> run_of_;  ///< Of each job; -1: not running.
  std::vector<JobId> running_;
  std::vector<Millis> left_, attained_;                 ///< Empty until a job is stopped.
  std::unordered_map<JobId, std::vector<JobId>> held_;  ///< Jobs that arrive when the key has ended.
  std::vector<bool> replayed_;             ///< Whether a job is one of `rows_`; empty where nobody is held back.
  std::unique_ptr<MachineFaults> faults_;  ///< Null: the machine does not fail.
  std::unordered_map<JobId, Setback> setbacks_;
  long long waiting_ = 0;  ///< Jobs that were submitted and neither run nor have ended.
  JobSchedule schedule_;
};

}  // namespace orrery
