#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "cluster/grants/grant_parameters.hpp"
#include "cluster/grants/grant_runs.hpp"
#include "cluster/grants/grant_tenants.hpp"
#include "cluster/scheduler.hpp"

namespace orrery {

/// What became of one tenant's grants. GPU-milliseconds, exact up to 2^53: granted = used + idle + held.
struct GrantRecord {
  std::string tenant;
  Millis applied = -1;        ///< First; of credits its first job. -1: never.
  Millis first_granted = -1;  ///< Credits are there when it applies. -1: never.
  Millis waited = 0;          ///< Of blocks: from applications to their grants, all of them, open ones too.
  long long applications = 0, grants = 0;
  long long turned_down = 0;  ///< Rounds of the lottery that passed it over.
  long long reclaimed = 0;    ///< Blocks that went back because nothing ran.
  double granted = 0;         ///< Blocks: GPUs times the time that they were held. Credits: their sum.
  double used = 0;            ///< By jobs in the block, or by jobs that were charged.
  double idle = 0;            ///< Blocks: GPUs on which nothing ran. Credits: expired.
  double held = 0;            ///< Credits not spent yet.
  double unfunded = 0;        ///< Used by jobs at low priority, without credits; not in `used`.
};

/// A policy that grants tenants blocks of GPUs or GPU-hours, and runs their jobs within these.
class GrantScheduler : public Scheduler {
 public:
  /// Jobs larger than their tenant will ever be granted, and those whose users gave up (see `GrantRuns`).
  const std::vector<JobId>& refused() const final { return refused_; }
  /// What became of each tenant's grants until `now`, not before the last event: tenants by name of the table.
  virtual const std::vector<GrantRecord>& records(Millis now) = 0;

 protected:
  /// Place of a job in the queue: first come, first served.
  using Place = std::pair<std::int64_t, JobId>;

  GrantScheduler(const GrantParameters& parameters, long long gpus, const JobTable& jobs, std::span<const JobId> rows);

  long long gpus_of(JobId job) const { return jobs_.gpus[static_cast<std::size_t>(job)]; }
  Place place_of(JobId job) const { return {order_[static_cast<std::size_t>(job)], job}; }
  /// Puts a job behind all others.
  void place_last(JobId job) { order_[static_cast<std::size_t>(job)] = next_order_++; }
  /// Cuts a run that has lasted as long as it may: it queues anew, behind all others.
  void cut_long_runs(ClusterEngine& engine);

  GrantParameters parameters_;
  const JobTable& jobs_;
  long long gpus_;
  GrantTenants tenants_;
  GrantRuns runs_;
  std::vector<GrantRecord> records_;
  std::vector<JobId> refused_;

 private:
  std::vector<std::int64_t> order_;
  std::int64_t next_order_ = 0;
};

/// `parameters` have passed `check_grants`; `gpus` are those of the pool that the `rows` share, which are the ones that
/// the engine replays. `seed` draws the lots.
std::unique_ptr<GrantScheduler> make_grant_scheduler(const GrantParameters& parameters, long long gpus,
                                                     const JobTable& jobs, std::span<const JobId> rows,
                                                     std::uint64_t seed);

}  // namespace orrery
