#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "hardware/cluster.hpp"
#include "network/network.hpp"
#include "scenario/schema.hpp"

namespace orrery {

/// A job that shares the fabric with others: one collective, run by all its groups at once.
struct NetworkJob {
  std::string name;
  long long chips = 8;
  Collective collective = Collective::AllReduce;
  Bytes bytes = 1_GiB;
  int group = 0;                                  ///< Ranks of a group; 0: the whole job.
  int stride = 1;                                 ///< Ranks between neighbours of a group.
  PlacementOrder order = PlacementOrder::Packed;  ///< Among the nodes that the jobs before it left free.
};

struct NetworkJobs {
  std::vector<NetworkJob> jobs;
};
/// The declared inputs of a jobs file: [[job]].
const Schema<NetworkJobs>& network_jobs_schema();

/// How a job fares beside the others.
struct JobResult {
  std::string algorithm;
  Seconds alone;     ///< Nobody else communicates.
  Seconds together;  ///< All start at once, each runs its collective once.
  Seconds steady;    ///< All repeat their collectives without a pause.
  double stretch_alone = 1, stretch_together = 1, stretch_steady = 1;  ///< Of its transfers between domains.
};

struct JobsResult {
  std::vector<JobResult> jobs;         ///< In the order of the input.
  std::vector<TierLoad> tiers;         ///< All jobs together.
  std::size_t flows = 0, classes = 0;  ///< Flows, and how many of them are unlike.
};

/// All jobs on one machine, of which `cluster` says chips, node and fabric (`cluster.machine_chips()` chips).
///
/// Flows share links max-min fairly; a job's transfers take as long as its slowest flow. `together` follows
/// completions: who ends leaves his share to the others. The collective's payload is one long flow along each edge of
/// its algorithm: its steps are not followed one by one.
///
/// Throws `InputError` where the jobs do not fit on the machine, or make more than `kMostFlows` flows, ways of more
/// than `kMostHops` links together, or a machine of more than `kMostEndpoints` chips: a gigabyte, ten seconds.
JobsResult simulate_jobs(const Cluster& cluster, const std::vector<NetworkJob>& jobs, std::uint64_t seed);

inline constexpr double kMostFlows = 3e6;
inline constexpr std::size_t kMostHops = 40'000'000;

}  // namespace orrery
