#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <vector>

#include "cluster/effects/data_parallel_rates.hpp"
#include "cluster/effects/speed_table.hpp"
#include "cluster/effects/uplink_shares.hpp"
#include "cluster/engine.hpp"
#include "cluster/scheduler.hpp"

namespace orrery {

/// Another policy, whose jobs slow each other down on oversubscribed uplinks: whenever one starts or stops, those that
/// share an uplink with it are rated anew.
///
/// A job's speed is the engine's when it started, times its step time with all of its NICs over that with its share of
/// them (`UplinkShares`); rates that the engine's speeds come from should have no `uplinks` of their own. Kinds without
/// a model keep their speed. Not for policies that remember when jobs end (shortest remaining time), since ends move.
class ContendedScheduler final : public Scheduler {
 public:
  /// `kinds` and `types` are by the jobs' names, `types` for groups of no named type its first; `inner` outlives this.
  ContendedScheduler(const SharedMachine& machine, const JobTable& jobs, const std::vector<double>& oversubscription,
                     std::vector<KindModel> kinds, std::vector<GpuTypeModel> types, Scheduler& inner);

  void submitted(ClusterEngine& engine, JobId job) override;
  void resumed(ClusterEngine& engine, JobId job) override;
  void stopped(ClusterEngine& engine, JobId job, StopReason reason) override;
  void pass(ClusterEngine& engine) override;
  Millis wakes(const ClusterEngine& engine) const override;
  PassState left_waiting(const ClusterEngine& engine) const override;

 private:
  double slowdown(JobId job, std::span<const Slice> slices, double share) const;

  const JobTable& jobs_;
  PlacementLevels levels_;
  UplinkShares shares_;
  std::vector<KindModel> kinds_;
  std::vector<GpuTypeModel> types_;
  std::vector<std::int32_t> type_of_group_;
  Scheduler& inner_;
  std::map<JobId, double> alone_;  ///< Speed of each running job when it has its NICs for itself.
  std::set<JobId> changed_;        ///< Since the last pass.
};

}  // namespace orrery
