#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "cluster/job_table.hpp"
#include "cluster/quota/kueue.hpp"
#include "cluster/quota/quota_tree.hpp"
#include "cluster/quota/resources.hpp"

namespace orrery {

/// A ClusterQueue with its names resolved.
struct KueueQueue {
  std::int32_t node = -1;  ///< In the tree.
  /// Flavors of a group in the order of trying, and the resources that it covers.
  struct Group {
    std::array<bool, kQuotaResources> covers{};
    std::vector<std::int32_t> flavors;
  };
  std::vector<Group> groups;
  bool strict = false, held = false, usage_based = false;
  KueuePreemptionPolicies preemption;
  KueueFlavorFungibility fungibility;
};

/// What a job takes of a flavor's resource.
struct KueueLoad {
  std::size_t cell = 0;
  Amount amount = 0;
};

/// Parameters of Kueue made ready for jobs: numbers in place of names. The parameters are free of mistakes
/// (`check_kueue`).
struct KueueModel {
  KueueModel(const KueueSpec& spec, const Names& gpu_types);

  static std::size_t cell(std::int32_t flavor, std::size_t resource) {
    return static_cast<std::size_t>(flavor) * kQuotaResources + resource;
  }
  bool counted(QuotaResource resource) const { return counted_[static_cast<std::size_t>(resource)]; }

  QuotaTree tree{0};
  std::vector<KueueQueue> queues;                ///< As in the parameters.
  std::vector<std::int32_t> queue_of_node;       ///< -1: a cohort.
  std::vector<std::int32_t> flavor_types;        ///< GPU type of each flavor in the jobs' table; -1: any.
  std::vector<QuotaResource> resource_of;        ///< Of each cell.
  std::vector<std::int32_t> local_queue_queues;  ///< ClusterQueue of each LocalQueue; -1: it is stopped.
  std::vector<double> local_queue_weights;

 private:
  void add_groups(const std::vector<KueueResourceGroup>& groups, std::int32_t node, const Names& flavors);
  std::array<bool, kQuotaResources> counted_{true, true, true, true};
};

/// Which queue a job belongs to.
struct KueueJobQueue {
  std::int32_t queue = -1, local_queue = -1;
};

/// Queues of jobs, by their tenants: a LocalQueue of that name ("name" or "namespace/name"), otherwise a ClusterQueue.
/// One for each tenant of the table.
std::vector<KueueJobQueue> kueue_tenants(const KueueSpec& spec, const KueueModel& model, const JobTable& jobs);

/// Priorities of jobs: of the WorkloadPriorityClass that their QOS names, otherwise their own.
std::vector<std::int32_t> kueue_priorities(const KueueSpec& spec, const JobTable& jobs);

}  // namespace orrery
