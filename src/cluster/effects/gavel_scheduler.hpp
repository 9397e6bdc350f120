#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "cluster/effects/max_min.hpp"
#include "cluster/effects/rate_table.hpp"
#include "cluster/effects/speed_table.hpp"
#include "cluster/engine.hpp"
#include "cluster/job_table.hpp"
#include "cluster/machine.hpp"
#include "cluster/scheduler.hpp"

namespace orrery {

/// Adds the GPU types of a machine to the names that jobs have for them, so that a policy can ask for each.
void name_gpu_types(const SharedMachine& machine, JobTable& jobs);

struct GavelOptions {
  Millis round = 360 * kSecond;  ///< As in the paper.
  std::string pool;              ///< Whose nodes alone it shares out; empty: all.
};

/// Gavel (Narayanan et al., OSDI 2020): max-min fairness over GPU types, in rounds.
///
/// Shares of time on each type come from `max_min_shares` and are computed anew when jobs came or went. In each round a
/// job's claim on a type is the time that it should have had there over what it had; the largest claims are served
/// first as far as GPUs of the type go, and who keeps running on the type of the last round is not stopped. GPUs that
/// are left go to whoever can use them. Between rounds nothing starts, and GPUs of jobs that ended wait for the next.
///
/// Where the table knows no rate of a job's kind, all types are alike to it. A job that names a type runs on that
/// alone.
class GavelScheduler final : public Scheduler {
 public:
  /// Every group needs a named type (`name_gpu_types`), or none does. `rates` is by the jobs' kinds and
  /// types and outlives this.
  GavelScheduler(const SharedMachine& machine, const JobTable& jobs, const RateTable& rates,
                 const GavelOptions& options = {});

  void submitted(ClusterEngine& engine, JobId job) override;
  void resumed(ClusterEngine& engine, JobId job) override;
  void stopped(ClusterEngine& engine, JobId job, StopReason reason) override;
  void pass(ClusterEngine& engine) override;
  Millis wakes(const ClusterEngine& engine) const override;
  PassState left_waiting(const ClusterEngine& engine) const override;

 private:
  struct Type {
    std::int32_t name = -1;  ///< In the jobs' table; -1: the only one.
    long long gpus = 0;
    int node_gpus = 0;
  };
  struct Active {
    std::size_t alike = 0;          ///< Its class.
    std::vector<double> owed, had;  ///< Milliseconds on each type.
    int on = -1;                    ///< Type that it runs on.
  };
  struct Claim {
    double urgency = 0, owed = 0;
    JobId job = kNoJob;
    std::size_t type = 0;
  };
  /// Kind, GPUs, workers, named type, pool.
  using ClassKey = std::tuple<std::int32_t, std::int32_t, std::int32_t, std::int32_t, std::int32_t>;

  Demand demand(const ClusterEngine& engine, JobId job, std::size_t type) const;
  std::size_t class_of(const ClusterEngine& engine, JobId job);
  void account(Millis now);
  void share();
  std::vector<Claim> claims() const;
  void start(ClusterEngine& engine, const Claim& claim);

  const JobTable& jobs_;
  const RateTable& rates_;
  GavelOptions options_;
  std::vector<Type> types_;
  std::vector<int> type_of_group_;  ///< In `types_`; -1: another pool's.
  PlacementLevels levels_;
  std::map<ClassKey, std::size_t> class_numbers_;
  std::vector<AllocationClass> classes_;
  std::vector<std::vector<double>> shares_;  ///< Of each class.
  std::map<JobId, Active> active_;
  Millis accounted_ = 0, next_round_ = 0;
  bool changed_ = false;
  JobId impossible_ = kNoJob;  ///< The first that can run nowhere.
};

}  // namespace orrery
