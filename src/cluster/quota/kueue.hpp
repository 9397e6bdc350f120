#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/quantity.hpp"
#include "scenario/schema.hpp"

namespace orrery {

// Kueue's objects as its API calls them (v1beta2; v1beta1 where names differ). Quantities are Kubernetes texts: "8",
// "500m", "16Gi".

/// Quota of a resource in a flavor.
struct KueueResourceQuota {
  std::string name;  ///< "nvidia.com/gpu", "cpu", "memory", "pods".
  std::string nominal_quota;
  std::optional<std::string> borrowing_limit, lending_limit;
};

struct KueueFlavorQuotas {
  std::string name;
  std::vector<KueueResourceQuota> resources;
};

/// Resources that are given from one list of flavors, tried in order.
struct KueueResourceGroup {
  std::vector<std::string> covered_resources;
  std::vector<KueueFlavorQuotas> flavors;
};

enum class KueueQueueing { StrictFifo, BestEffortFifo };
enum class KueuePreemption { Never, LowerPriority, LowerOrNewerEqualPriority, Any };
enum class KueueFungibility { MayStopSearch, TryNextFlavor };
enum class KueueFlavorPreference { BorrowingOverPreemption, PreemptionOverBorrowing };
enum class KueueStopPolicy { None, Hold, HoldAndDrain };
enum class KueueAdmissionMode { None, UsageBasedAdmissionFairSharing };

struct KueueBorrowWithinCohort {
  KueuePreemption policy = KueuePreemption::Never;
  std::optional<std::int32_t> max_priority_threshold;
};

struct KueuePreemptionPolicies {
  KueuePreemption within_cluster_queue = KueuePreemption::Never;
  KueuePreemption reclaim_within_cohort = KueuePreemption::Never;
  KueueBorrowWithinCohort borrow_within_cohort;
};

struct KueueFlavorFungibility {
  KueueFungibility when_can_borrow = KueueFungibility::MayStopSearch;
  KueueFungibility when_can_preempt = KueueFungibility::TryNextFlavor;
  KueueFlavorPreference preference = KueueFlavorPreference::BorrowingOverPreemption;
};

struct KueueWeight {
  std::string weight = "1";
};

struct KueueAdmissionScope {
  KueueAdmissionMode admission_mode = KueueAdmissionMode::None;
};

struct KueueClusterQueue {
  std::string name;
  std::string cohort;  ///< Empty: it neither borrows nor lends.
  KueueQueueing queueing_strategy = KueueQueueing::BestEffortFifo;
  std::vector<KueueResourceGroup> resource_groups;
  KueuePreemptionPolicies preemption;
  KueueFlavorFungibility flavor_fungibility;
  KueueWeight fair_sharing;
  KueueStopPolicy stop_policy = KueueStopPolicy::None;
  KueueAdmissionScope admission_scope;
};

struct KueueCohort {
  std::string name;
  std::string parent;  ///< Empty: a root.
  std::vector<KueueResourceGroup> resource_groups;
  KueueWeight fair_sharing;
};

struct KueueLocalQueue {
  std::string name;
  std::string name_space;
  std::string cluster_queue;
  KueueWeight fair_sharing;
  KueueStopPolicy stop_policy = KueueStopPolicy::None;
};

struct KueueResourceFlavor {
  std::string name;
  std::string gpu_type;       ///< Of the nodes that it stands for, as jobs and the machine call it; empty: any.
  std::string topology_name;  ///< Of a `Topology`: jobs in this flavor are placed by it.
};

struct KueuePriorityClass {
  std::string name;
  std::int32_t value = 0;
};

struct KueueTopology {
  std::string name;
  std::vector<std::string> levels;  ///< Node labels, the widest first.
};

enum class KueueFairStrategy { LessThanOrEqualToFinalShare, LessThanInitialShare };

struct KueueFairSharing {
  bool enable = false;
  std::vector<KueueFairStrategy> preemption_strategies{KueueFairStrategy::LessThanOrEqualToFinalShare,
                                                       KueueFairStrategy::LessThanInitialShare};
};

struct KueueAdmissionFairSharing {
  Seconds usage_half_life_time{168.0 * 3600};
  double gpu_weight = 1, cpu_weight = 0, memory_weight = 0;  ///< Of GPUs, of CPUs, of GiB: resourceWeights.
};

/// All parameters: [cluster.kueue] in a scenario, or Kueue's own YAML.
struct KueueSpec {
  std::vector<KueueClusterQueue> cluster_queues;
  std::vector<KueueCohort> cohorts;
  std::vector<KueueLocalQueue> local_queues;
  std::vector<KueueResourceFlavor> resource_flavors;
  std::vector<KueuePriorityClass> workload_priority_classes;
  std::vector<KueueTopology> topologies;
  KueueFairSharing fair_sharing;
  KueueAdmissionFairSharing admission_fair_sharing;
  std::vector<std::string> exclude_resource_prefixes;  ///< Resources that are not counted.
};

/// How keys are spelled: as in scenarios (`nominal_quota`), or as in Kueue's API (`nominalQuota`).
enum class KueueSpelling { Scenario, Api };

const Schema<KueueSpec>& kueue_schema();

// The `spec` of each kind of object, in the API's spelling.
const Schema<KueueClusterQueue>& kueue_cluster_queue_spec();
const Schema<KueueCohort>& kueue_cohort_spec();
const Schema<KueueLocalQueue>& kueue_local_queue_spec();

/// Turns the numbers of a text that are quantities (`nominal_quota = 8`) into texts, which the schemas read.
void kueue_quantities_as_texts(Value& value);

/// Where a part of the parameters was said: a path such as "cluster_queues[0].resource_groups[1]".
using KueuePlace = std::function<Span(const std::string& path)>;

/// Reports what cannot be: names that stand twice or are not declared, cycles of cohorts, limits without a cohort,
/// quantities that are none, resources that stand in two groups. Warns of what is not counted.
void check_kueue(const KueueSpec& spec, Diagnostics& diagnostics, const KueuePlace& place = {});

}  // namespace orrery
