#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/quantity.hpp"
#include "cluster/described_fields.hpp"
#include "cluster/failures_fields.hpp"
#include "cluster/spec.hpp"
#include "scenario/schema.hpp"

namespace orrery {

/// [machine]: what tenants share.
struct NodesInput {
  std::string name{}, gpu_type{}, pool{};
  int count = 1, gpus = 8;
  double cpus = 0;
  Bytes memory;
};
struct MachineInput {
  std::vector<NodesInput> nodes;
  std::vector<TopologyLevel> levels;
  std::string nodes_file;  ///< A list of nodes (openb) instead.
};
const Schema<MachineInput>& machine_schema();
SharedMachine shared_machine(const MachineInput& input);

/// [workload]: whose jobs.
struct WorkloadInput {
  std::string trace, format = "auto";
  std::string generator;     ///< A preset of published totals, instead of a trace.
  long long jobs = 100'000;  ///< To generate.
  double load = 0;           ///< Arrivals are stretched until work over capacity is this; 0: as they are.
  Seconds from, until;       ///< Window of submissions; `until` 0: all.
  std::string speeds;        ///< A table of throughputs, by kind, GPU type and placement.
  MissingLimit missing_limit = MissingLimit::Run;
  double limit_factor = 1.0;
  std::vector<DescribedInput> described;  ///< Alone, or besides a trace's.
};
const Schema<WorkloadInput>& workload_schema();

/// [scheduling]: under which policies.
struct PolicyInput {
  std::string name{};
  PolicyKind kind = PolicyKind::Fifo;
  NodeChoice choice = NodeChoice::BestFit;
  TopologyRule topology = TopologyRule::Ignore;
  SharingRule sharing = SharingRule::BestFit;
  double estimate_error = 0.5;
  std::vector<long long> threshold_gpu_hours = {1, 10};
  Seconds checkpoint_interval, restart_one_gpu, restart_one_node, restart_more_nodes;
  bool keep_work = true;
  Seconds round;  ///< 0: as the policy's paper has it.
  double fairness = -1;
  SlurmParameters slurm;
  KueueSpec kueue;
  KaiSpec kai;
  VolcanoSpec volcano;
  GrantParameters grants;
};
struct TenantInput {
  std::string name{};
  double share = 1;
};
struct SchedulingInput {
  std::vector<PolicyInput> policies;
  std::vector<TenantInput> tenants;
  bool kill_at_limit = false;
  Seconds horizon;  ///< 0: until the last job ends.
  Seconds warm_up;
  Seconds starved_after{86400};
  std::optional<FailuresInput> failures;  ///< None: the machine never fails.
};
const Schema<SchedulingInput>& scheduling_schema();
ClusterPolicy cluster_policy(const PolicyInput& input);
/// Gives a fair-share policy what its parameters do not state: the multifactor priority, and weights.
void complete_fair_share(ClusterPolicy& policy);

/// Names of policies that need no table, with what they do.
struct PolicyName {
  std::string name;
  PolicyKind kind;
  std::string help;
};
const std::vector<PolicyName>& policy_names();

/// Seconds as the whole milliseconds of the cluster level, at least `least`.
Millis to_millis(Seconds time, Millis least = 0);

}  // namespace orrery
