#include "cluster/quota/kueue_model.hpp"

#include <algorithm>
#include <map>

namespace orrery {
namespace {

std::size_t at(std::int32_t number) {
  return static_cast<std::size_t>(number);
}

Amount amount(const std::string& text, QuotaResource resource) {
  return amount_of_quantity(parse_kubernetes_quantity(text).value_or(0), resource);
}

double weight_of(const KueueWeight& weight) {
  return parse_kubernetes_quantity(weight.weight).value_or(1);
}

/// Cohorts in an order in which parents come first: those of the parameters, and those that are only named.
std::vector<std::pair<std::string, std::string>> ordered_cohorts(const KueueSpec& spec) {
  std::map<std::string, std::string> parents;
  std::vector<std::string> names;
  const auto named = [&](const std::string& name) {
    if (!name.empty() && parents.try_emplace(name).second) names.push_back(name);
  };
  for (const KueueCohort& cohort : spec.cohorts) {
    named(cohort.name);
    parents[cohort.name] = cohort.parent;
  }
  for (const KueueCohort& cohort : spec.cohorts) named(cohort.parent);
  for (const KueueClusterQueue& queue : spec.cluster_queues) named(queue.cohort);
  std::vector<std::pair<std::string, std::string>> ordered;
  std::map<std::string, bool> done;
  for (const std::string& name : names) {
    std::vector<std::string> path;
    for (std::string up = name; !up.empty() && !done[up] && path.size() <= names.size(); up = parents[up])
      path.push_back(up);
    for (auto up = path.rbegin(); up != path.rend(); ++up) {
      if (!done[*up]) ordered.emplace_back(*up, parents[*up]);
      done[*up] = true;
    }
  }
  return ordered;
}

}  // namespace

KueueModel::KueueModel(const KueueSpec& spec, const Names& gpu_types) {
  for (const std::string& prefix : spec.exclude_resource_prefixes) {
    static constexpr std::array<const char*, kQuotaResources> kNames{"nvidia.com/gpu", "cpu", "memory", "pods"};
    for (std::size_t r = 0; r < kQuotaResources; ++r) {
      if (std::string_view(kNames[r]).starts_with(prefix)) counted_[r] = false;
    }
  }
  Names flavors;
  for (const KueueResourceFlavor& flavor : spec.resource_flavors) {
    flavors.add(flavor.name);
    flavor_types.push_back(flavor.gpu_type.empty() ? -1 : gpu_types.find(flavor.gpu_type));
  }
  const auto name_flavors = [&](const std::vector<KueueResourceGroup>& groups) {
    for (const KueueResourceGroup& group : groups) {
      for (const KueueFlavorQuotas& flavor : group.flavors) flavors.add(flavor.name);
    }
  };
  for (const KueueClusterQueue& queue : spec.cluster_queues) name_flavors(queue.resource_groups);
  for (const KueueCohort& cohort : spec.cohorts) name_flavors(cohort.resource_groups);
  // A flavor that no object describes may be a GPU type's own name.
  for (std::int32_t f = static_cast<std::int32_t>(flavor_types.size()); f < flavors.size(); ++f)
    flavor_types.push_back(gpu_types.find(flavors.at(f)));
  for (std::int32_t f = 0; f < flavors.size(); ++f) {
    for (std::size_t r = 0; r < kQuotaResources; ++r) resource_of.push_back(static_cast<QuotaResource>(r));
  }
  tree = QuotaTree(resource_of.size());

  std::map<std::string, const KueueCohort*> described;
  for (const KueueCohort& cohort : spec.cohorts) described[cohort.name] = &cohort;
  std::map<std::string, std::int32_t> cohort_nodes;
  for (const auto& [name, parent] : ordered_cohorts(spec)) {
    const auto found = described.find(name);
    const double weight = found == described.end() ? 1 : weight_of(found->second->fair_sharing);
    const std::int32_t node = tree.add(parent.empty() ? -1 : cohort_nodes[parent], weight);
    cohort_nodes[name] = node;
    queue_of_node.push_back(-1);
    if (found != described.end()) add_groups(found->second->resource_groups, node, flavors);
  }
  std::map<std::string, std::int32_t> queue_numbers;
  for (const KueueClusterQueue& said : spec.cluster_queues) {
    KueueQueue queue;
    queue.node = tree.add(said.cohort.empty() ? -1 : cohort_nodes[said.cohort], weight_of(said.fair_sharing));
    queue.strict = said.queueing_strategy == KueueQueueing::StrictFifo;
    queue.held = said.stop_policy != KueueStopPolicy::None;
    queue.usage_based = said.admission_scope.admission_mode != KueueAdmissionMode::None;
    queue.preemption = said.preemption;
    queue.fungibility = said.flavor_fungibility;
    for (const KueueResourceGroup& group : said.resource_groups) {
      KueueQueue::Group& made = queue.groups.emplace_back();
      for (const std::string& name : group.covered_resources) {
        if (const auto resource = quota_resource(name)) made.covers[static_cast<std::size_t>(*resource)] = true;
      }
      for (const KueueFlavorQuotas& flavor : group.flavors) made.flavors.push_back(flavors.find(flavor.name));
    }
    queue_of_node.push_back(static_cast<std::int32_t>(queues.size()));
    queue_numbers[said.name] = static_cast<std::int32_t>(queues.size());
    // Nobody borrows or lends without a cohort, and what a queue does not list it cannot have.
    add_groups(said.resource_groups, queue.node, flavors);
    queues.push_back(std::move(queue));
  }
  tree.settle();
  for (const KueueLocalQueue& local : spec.local_queues) {
    const bool open = local.stop_policy == KueueStopPolicy::None;
    local_queue_queues.push_back(open ? queue_numbers[local.cluster_queue] : -1);
    local_queue_weights.push_back(weight_of(local.fair_sharing));
  }
}

void KueueModel::add_groups(const std::vector<KueueResourceGroup>& groups, std::int32_t node, const Names& flavors) {
  for (const KueueResourceGroup& group : groups) {
    for (const KueueFlavorQuotas& flavor : group.flavors) {
      for (const KueueResourceQuota& quota : flavor.resources) {
        const auto resource = quota_resource(quota.name);
        if (!resource) continue;
        Entitlement e;
        e.nominal = amount(quota.nominal_quota, *resource);
        if (quota.borrowing_limit) e.borrowing_limit = amount(*quota.borrowing_limit, *resource);
        if (quota.lending_limit) e.lending_limit = amount(*quota.lending_limit, *resource);
        tree.entitle(node, cell(flavors.find(flavor.name), static_cast<std::size_t>(*resource)), e);
      }
    }
  }
}

std::vector<KueueJobQueue> kueue_tenants(const KueueSpec& spec, const KueueModel& model, const JobTable& jobs) {
  std::map<std::string, KueueJobQueue, std::less<>> by_name;
  const auto open = [&](std::int32_t queue) { return queue >= 0 && !model.queues[at(queue)].held ? queue : -1; };
  for (std::size_t i = 0; i < spec.local_queues.size(); ++i) {
    const KueueLocalQueue& local = spec.local_queues[i];
    const KueueJobQueue found{open(model.local_queue_queues[i]), static_cast<std::int32_t>(i)};
    if (!local.name_space.empty()) by_name.try_emplace(local.name_space + "/" + local.name, found);
    by_name.try_emplace(local.name, found);
  }
  for (std::size_t i = 0; i < spec.cluster_queues.size(); ++i)
    by_name.try_emplace(spec.cluster_queues[i].name, KueueJobQueue{open(static_cast<std::int32_t>(i)), -1});
  std::vector<KueueJobQueue> tenants;
  for (const std::string& name : jobs.tenants.list()) {
    const auto found = by_name.find(name);
    tenants.push_back(found == by_name.end() ? KueueJobQueue{} : found->second);
  }
  return tenants;
}

std::vector<std::int32_t> kueue_priorities(const KueueSpec& spec, const JobTable& jobs) {
  std::vector<std::int32_t> of_qos(at(jobs.qos_names.size()), 0);
  std::vector<bool> named(of_qos.size(), false);
  for (const KueuePriorityClass& priority : spec.workload_priority_classes) {
    const std::int32_t qos = jobs.qos_names.find(priority.name);
    if (qos < 0) continue;
    of_qos[at(qos)] = priority.value;
    named[at(qos)] = true;
  }
  std::vector<std::int32_t> priorities(jobs.size());
  for (std::size_t job = 0; job < jobs.size(); ++job) {
    const std::int32_t qos = jobs.qos.empty() ? -1 : jobs.qos[job];
    priorities[job] =
        qos >= 0 && named[at(qos)] ? of_qos[at(qos)] : value_or(jobs.priority, static_cast<JobId>(job), 0);
  }
  return priorities;
}

}  // namespace orrery
