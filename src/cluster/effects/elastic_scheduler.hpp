#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "cluster/effects/elastic_shares.hpp"
#include "cluster/effects/rate_table.hpp"
#include "cluster/effects/speed_table.hpp"
#include "cluster/engine.hpp"
#include "cluster/job_table.hpp"
#include "cluster/machine.hpp"
#include "cluster/scheduler.hpp"

namespace orrery {

struct ElasticOptions {
  Millis round = 60 * kSecond;  ///< As Pollux.
  /// Exponent p of the mean of speedups that is made large; -1 (Pollux's default) lifts the slowest, 1 the sum.
  double fairness = -1;
  /// A running job grows only if it gets faster by this much, since resizing stops it.
  double least_gain = 0.05;
  std::string pool;  ///< Whose nodes alone it shares out; empty: all.
};

/// Elastic jobs share a machine by their goodput, as in Pollux (Qiao et al., OSDI 2021): jobs run on `min_gpus`..`gpus`
/// GPUs, and in rounds everybody's number is set anew when jobs came or went. A resize is a stop and a start, at the
/// engine's cost of stopping. First come, first served for the least numbers; whoever does not fit is passed over.
///
/// GPUs are of the type that a job names, or of any. Without a rate of its kind a job scales perfectly. Left out: batch
/// sizes that change within a run, migrations without a resize.
class ElasticScheduler final : public Scheduler {
 public:
  /// `rates` is by the jobs' kinds and types and outlives this: goodput in `data_parallel_rates`.
  ElasticScheduler(const SharedMachine& machine, const JobTable& jobs, const RateTable& rates,
                   const ElasticOptions& options = {}, std::int32_t reference_type = 0);

  void submitted(ClusterEngine& engine, JobId job) override;
  void resumed(ClusterEngine& engine, JobId job) override;
  void stopped(ClusterEngine& engine, JobId job, StopReason reason) override;
  void pass(ClusterEngine& engine) override;
  Millis wakes(const ClusterEngine& engine) const override;
  PassState left_waiting(const ClusterEngine& engine) const override;

 private:
  /// Kind, named type, least and most GPUs.
  using CurveKey = std::tuple<std::int32_t, std::int32_t, std::int32_t, std::int32_t>;

  std::size_t curve_of(JobId job);
  void start(ClusterEngine& engine, JobId job, std::int32_t gpus);

  const JobTable& jobs_;
  const RateTable& rates_;
  ElasticOptions options_;
  std::int32_t reference_type_;
  PlacementLevels levels_;
  int node_gpus_ = 1;
  long long gpus_ = 0;  ///< That it shares out.
  std::map<CurveKey, std::size_t> curve_numbers_;
  std::vector<ElasticCurve> curves_;
  struct Active {
    std::size_t curve = 0;
    std::int32_t gpus = 0;  ///< That it has; 0: it waits.
  };
  std::map<JobId, Active> active_;
  Millis next_round_ = 0;
  bool changed_ = false;
  JobId impossible_ = kNoJob;  ///< The first that the machine cannot hold.
};

}  // namespace orrery
