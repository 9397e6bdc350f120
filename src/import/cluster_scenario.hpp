#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cluster/cluster_fields.hpp"
#include "cluster/spec.hpp"
#include "import/described_jobs.hpp"
#include "scenario/value.hpp"

namespace orrery {

/// What a scenario says of a shared machine: [machine], [workload] and [scheduling].
struct ClusterScenario {
  MachineInput machine;
  WorkloadInput workload;
  SchedulingInput scheduling;
  std::vector<std::string> assumptions;  ///< What was filled where the scenario is silent, in sentences.
  Provenance provenance;                 ///< Of everything that was written, with full paths.
  Value root;                            ///< As written, for messages that come later.
};

/// Reads a scenario's tables; unknown tables and keys are mistakes, tables of other levels are left alone.
ClusterScenario read_cluster_scenario(const Value& root, Diagnostics& diagnostics);

/// The replay of a scenario's jobs on its machine, or on `machine` where that is given: the window of submissions cut
/// out, the load stretched, limits filled in. Mistakes that jobs and machine show together (a pool that no job is in, a
/// tenant that no job belongs to, no job at all) go to `diagnostics`, what was done to the jobs to the assumptions.
///
/// `described`  jobs to add (`described_jobs`); times at random are drawn by `seed`, which becomes the spec's.
ClusterSpec cluster_spec(ClusterScenario& scenario, JobTable jobs, const std::optional<SharedMachine>& machine,
                         Diagnostics& diagnostics, const std::vector<DescribedJobs>& described = {},
                         std::uint64_t seed = 0);

/// The policies that `names` asks for ("fifo,easy,ours"): those of the scenario by name, then those that need no table.
/// Without names those of the scenario, or first come, first served.
std::vector<ClusterPolicy> cluster_policies(const ClusterScenario& scenario, const std::string& names,
                                            Diagnostics& diagnostics);

/// What a policy's own parameters get wrong about themselves, the machine or the jobs.
void check_policy(const ClusterPolicy& policy, const ClusterSpec& spec, Diagnostics& diagnostics);

/// Work over capacity: GPU-time of all jobs over that of the machine between first and last submission.
double offered_load(const JobTable& jobs, const SharedMachine& machine);

}  // namespace orrery
