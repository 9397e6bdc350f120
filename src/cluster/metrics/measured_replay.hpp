#pragma once

#include <span>
#include <vector>

#include "cluster/metrics/fairness.hpp"
#include "cluster/metrics/outcome.hpp"
#include "cluster/metrics/usage.hpp"
#include "cluster/replay.hpp"

namespace orrery {

/// A replay and its figures.
struct MeasuredReplay {
  std::vector<JobId> rows, impossible;  ///< As of `ClusterReplay`.
  JobSchedule schedule;
  Outcome outcome;
  UsageSummary usage;  ///< From `options.from` to the last event, or to the horizon where jobs waited or ran then.
  Fairness fairness;
  std::vector<GrantRecord> grants;  ///< Under a policy that grants.
};

/// Replays a spec under a policy and measures it. `entitlement` as in `fairness_of`; `also` hears the replay too.
MeasuredReplay measure_replay(const ClusterSpec& spec, const ClusterPolicy& policy, OutcomeOptions options = {},
                              std::span<const double> entitlement = {}, Observer* also = nullptr);

}  // namespace orrery
