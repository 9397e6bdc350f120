#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/thread_pool.hpp"
#include "cluster/spec.hpp"
#include "fleet/nation/firm_jobs.hpp"
#include "fleet/nation/firm_needs.hpp"
#include "fleet/nation/fluid_shares.hpp"

namespace orrery {

struct NationReplayOptions {
  FirmJobLaw jobs;
  Seconds grace{86400};  ///< From the last submission to the end of the replay.
  Seconds credit_period{7 * 86400.0};
  double served_below = 0.8;  ///< Whoever gets less of its need is short of GPUs.
  std::uint64_t seed = 0;
};

/// What a replay of every firm's jobs on one machine, event by event, came to under a policy.
struct NationReplay {
  NationPolicy policy = NationPolicy::Fifo;
  long long jobs = 0;
  double firms_short = 0;         ///< Of the firms with need.
  std::vector<FirmShare> shares;  ///< GPUs held by each firm on the mean over the span.
  Seconds median_wait, p90_wait;  ///< Of jobs; those that never started wait until the end.
  double never_started = 0;       ///< Share of the jobs.
  double utilisation = 0;
};

/// The cluster level's policy of that name for these jobs, a tenant a firm. Fair share is EASY backfill in the order of
/// Slurm's fair-share factors; quotas are blocks of as many whole GPUs for each; blocks are drawn by lot and kept;
/// credits are equal, and who has none left runs behind those who have, and is stopped for them.
ClusterPolicy nation_cluster_policy(NationPolicy policy, std::span<const FirmNeed> needs, const JobTable& jobs,
                                    long long gpus, const NationReplayOptions& options);

/// `needs` stand for one firm each. Nodes have 8 GPUs. One replay a policy, in order of `policies`.
std::vector<NationReplay> replay_nation(std::span<const FirmNeed> needs, long long gpus,
                                        std::span<const NationPolicy> policies, const NationReplayOptions& options,
                                        ThreadPool& pool);

}  // namespace orrery
