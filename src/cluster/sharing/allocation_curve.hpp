#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "cluster/job_table.hpp"
#include "cluster/machine.hpp"
#include "cluster/sharing/sharing_rule.hpp"
#include "cluster/sharing/target_workload.hpp"

namespace orrery {

/// How far an allocation curve goes and what its target workload is: by default as Weng et al. (USENIX ATC 2023) ran
/// it.
struct AllocationOptions {
  int load_percent = 130;      ///< Arrived load at the end, of the machine's GPUs.
  double target_share = 0.95;  ///< Of the pods, that typical pods are.
};

/// GPUs that are allocated while pods arrive and none leaves.
struct AllocationCurve {
  /// Per cent of the machine's GPUs at 0, 1, .. per cent of arrived load: the mean over the pods by whose arrival the
  /// load, rounded, is that (of a half to the even one).
  std::vector<double> allocated;
  long long arrived = 0, placed = 0;  ///< Pods.
  Fragmentation end;                  ///< Of what is free in the end, in GPU thousandths.
};

/// The pods of a table, one a row, in the order of their names (as text; where they have none, of the rows).
std::vector<Pod> pods_of_jobs(const JobTable& jobs);

/// The order in which pods arrive and nodes are preferred.
struct ArrivalOrder {
  std::vector<Pod> pods;
  std::vector<std::int32_t> nodes;  ///< Numbers of nodes, those first that win among equals.
};

/// All pods shuffled, then drawn again one by one until the load is reached (where they are more than that, some drawn
/// at random are left out); nodes shuffled. `pods` are in the order of their names.
///
/// With the draws of the published runs, of Go's generator: a seed gives the order that it gave there.
ArrivalOrder arrival_order(std::span<const Pod> pods, const SharedMachine& machine, int load_percent,
                           std::uint64_t seed);

/// Pods arrive one by one and are placed by a rule; one that fits nowhere goes. The seed decides on the order of pods
/// and nodes, and under `SharingRule::Random` on what is drawn; one seed gives the same orders under every rule.
AllocationCurve allocation_curve(const JobTable& pods, const SharedMachine& machine, SharingRule rule,
                                 std::uint64_t seed, const AllocationOptions& options = {});

}  // namespace orrery
