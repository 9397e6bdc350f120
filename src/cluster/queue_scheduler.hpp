#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "cluster/engine.hpp"
#include "cluster/scheduler.hpp"
#include "cluster/waiting_jobs.hpp"

namespace orrery {

/// What happens behind the first waiting job when it does not fit.
enum class QueueDiscipline {
  Strict,    ///< All wait.
  Skip,      ///< Whoever fits may start, and the first may starve.
  Backfill,  ///< EASY: whoever fits may start if that does not delay the first, going by time limits (Lifka 1995).
};

/// By which value jobs are ordered, smaller first, ties by row.
enum class QueueOrder {
  Submission,   ///< First come, first served.
  ShortestRun,  ///< By the true run time: an oracle that no real scheduler has.
  ShortestLimit,
  ShortestEstimate,  ///< By an estimate of the run time: the truth times a lognormal error.
  SmallestJob,       ///< By GPUs.
};

/// Moves accounts up and down over time: fair share.
class AccountLevels {
 public:
  virtual ~AccountLevels() = default;
  virtual std::int32_t account(JobId job) const = 0;
  virtual void started(Millis now, JobId job) = 0;
  virtual void stopped(Millis now, JobId job) = 0;
  /// When levels are next computed anew.
  virtual Millis next_update() const = 0;
  /// Levels in the unit of the order's value (milliseconds of age for `Submission`), and the value below which jobs are
  /// no longer told apart.
  virtual void update(Millis now, std::vector<double>& levels, double& floor) = 0;
};

struct QueueOptions {
  QueueDiscipline discipline = QueueDiscipline::Strict;
  QueueOrder order = QueueOrder::Submission;
  double estimate_error = 0;  ///< Standard deviation of the logarithm of the estimate over the truth.
  std::uint64_t seed = 0;
};

/// One queue of jobs that are never preempted: FIFO, shortest first, each strict, skipping or with backfill, and with
/// fair share over accounts.
class QueueScheduler final : public Scheduler {
 public:
  QueueScheduler(const JobTable& jobs, std::span<const JobId> rows, const QueueOptions& options,
                 std::unique_ptr<AccountLevels> accounts = nullptr);

  void submitted(ClusterEngine& engine, JobId job) override;
  void resumed(ClusterEngine& engine, JobId job) override;
  void stopped(ClusterEngine& engine, JobId job, StopReason reason) override;
  void pass(ClusterEngine& engine) override;
  PassState left_waiting(const ClusterEngine& engine) const override;

  const WaitingJobs& waiting() const { return waiting_; }

 private:
  bool start(ClusterEngine& engine, JobId job);
  void update_levels(Millis now);
  void find_open(long long free);
  void skip(ClusterEngine& engine);
  JobId best_to_backfill(const ClusterEngine& engine, Millis slack, bool& uses_reserved);
  void backfill(ClusterEngine& engine, JobId head);
  void backfill_behind(ClusterEngine& engine, JobId head);

  QueueOptions options_;
  std::unique_ptr<AccountLevels> accounts_;
  WaitingJobs waiting_;
  std::vector<double> levels_;
  std::vector<std::int32_t> open_;  ///< Shapes that may still fit in this pass.
  // What the last backfill left: as long as nothing else changes, only jobs that arrive since may start.
  std::vector<JobId> arrived_;
  std::uint64_t settled_ = 0;  ///< Version of the placement.
  JobId settled_head_ = kNoJob;
};

/// The value that an order compares.
std::function<double(JobId)> order_value(const JobTable& jobs, const QueueOptions& options);

}  // namespace orrery
