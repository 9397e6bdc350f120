#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "cluster/queue_scheduler.hpp"
#include "cluster/slurm/accounts.hpp"
#include "cluster/slurm/parameters.hpp"

namespace orrery {

/// Slurm's multifactor priority of age and fair share as levels of a queue in order of submission.
///
/// Priority = w_f F + w_a min(age / A, 1), with F the fair-share factor of the user and A the age at which it stops to
/// grow. All jobs age alike, so that only w_f F A / w_a, an age too, and the submission matter; jobs older than A are
/// no longer told apart. Factors are computed anew each `priority_calc_period`, as Slurm does. Other factors of the
/// priority are left out: they are in `SlurmScheduler`, which this is the fast form of.
class FairShareLevels final : public AccountLevels {
 public:
  FairShareLevels(const SlurmParameters& parameters, const JobTable& jobs, std::span<const JobId> rows);

  std::int32_t account(JobId job) const override { return accounts_.association(job); }
  void started(Millis now, JobId job) override;
  void stopped(Millis now, JobId job) override;
  Millis next_update() const override { return next_update_; }
  void update(Millis now, std::vector<double>& levels, double& floor) override;

 private:
  const JobTable& jobs_;
  SlurmAccounts accounts_;
  double age_per_factor_;  ///< Milliseconds of age that a whole factor is worth.
  Millis max_age_, period_, next_update_ = 0;
};

}  // namespace orrery
