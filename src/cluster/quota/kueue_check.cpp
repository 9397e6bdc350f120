#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>

#include "cluster/quota/kueue.hpp"
#include "cluster/quota/resources.hpp"

namespace orrery {
namespace {

class Checker {
 public:
  Checker(const KueueSpec& spec, Diagnostics& diagnostics, const KueuePlace& place)
      : spec_(spec), diagnostics_(diagnostics), place_(place) {}

  void run() {
    names("ClusterQueue", "cluster_queues", spec_.cluster_queues, queues_);
    names("Cohort", "cohorts", spec_.cohorts, cohorts_);
    names("ResourceFlavor", "resource_flavors", spec_.resource_flavors, flavors_);
    std::set<std::string> others;
    names("WorkloadPriorityClass", "workload_priority_classes", spec_.workload_priority_classes, others);
    std::set<std::string> topologies;
    names("Topology", "topologies", spec_.topologies, topologies);
    if (spec_.cluster_queues.empty()) error("there is no ClusterQueue", "cluster_queues", "no job could be admitted");
    for (std::size_t i = 0; i < spec_.cluster_queues.size(); ++i) check_queue(i);
    for (std::size_t i = 0; i < spec_.cohorts.size(); ++i) {
      const std::string path = fmt::format("cohorts[{}]", i);
      check_groups(spec_.cohorts[i].resource_groups, path, !spec_.cohorts[i].parent.empty());
      check_weight(spec_.cohorts[i].fair_sharing, path);
    }
    check_cycles();
    check_local_queues();
    for (std::size_t i = 0; i < spec_.resource_flavors.size(); ++i) {
      const std::string& name = spec_.resource_flavors[i].topology_name;
      if (!name.empty()) known("Topology", name, topologies, fmt::format("resource_flavors[{}].topology_name", i));
    }
    check_strategies();
  }

 private:
  Span at(const std::string& path) const { return place_ ? place_(path) : Span{}; }
  void error(std::string message, const std::string& path, std::string hint = "") {
    diagnostics_.error(std::move(message), at(path), std::move(hint));
  }

  template <class T>
  void names(const char* kind, const char* path, const std::vector<T>& list, std::set<std::string>& found) {
    for (std::size_t i = 0; i < list.size(); ++i) {
      if (!found.insert(list[i].name).second)
        error(fmt::format("{} `{}` stands twice", kind, list[i].name), fmt::format("{}[{}].name", path, i));
    }
  }
  void known(const char* kind, const std::string& name, const std::set<std::string>& all, const std::string& path) {
    if (all.contains(name)) return;
    const std::string near = did_you_mean(name, {all.begin(), all.end()});
    error(fmt::format("there is no {} `{}`", kind, name), path,
          near.empty() ? "" : fmt::format("did you mean `{}`?", near));
  }

  void check_queue(std::size_t i) {
    const KueueClusterQueue& queue = spec_.cluster_queues[i];
    const std::string path = fmt::format("cluster_queues[{}]", i);
    check_groups(queue.resource_groups, path, !queue.cohort.empty());
    check_weight(queue.fair_sharing, path);
    const KueuePreemptionPolicies& preemption = queue.preemption;
    if (preemption.reclaim_within_cohort == KueuePreemption::Never &&
        preemption.borrow_within_cohort.policy != KueuePreemption::Never)
      error(fmt::format("`{}` preempts while borrowing but never reclaims", queue.name), path + ".preemption",
            "borrowWithinCohort goes with reclaimWithinCohort other than Never");
    if (preemption.borrow_within_cohort.policy != KueuePreemption::Never && spec_.fair_sharing.enable)
      error(fmt::format("`{}` has borrowWithinCohort, which does not go with fair sharing", queue.name),
            path + ".preemption", "shares decide who preempts while borrowing");
  }

  void check_quantity(const std::string& text, const std::string& path) {
    const auto value = parse_kubernetes_quantity(text);
    if (!value) error(value.error(), path, "a Kubernetes quantity, for example \"8\" or \"16Gi\"");
  }
  void check_weight(const KueueWeight& weight, const std::string& path) {
    check_quantity(weight.weight, path + ".fair_sharing.weight");
  }

  void check_groups(const std::vector<KueueResourceGroup>& groups, const std::string& path, bool has_parent) {
    std::set<std::string> resources, flavors;
    for (std::size_t g = 0; g < groups.size(); ++g) {
      const std::string group = fmt::format("{}.resource_groups[{}]", path, g);
      const std::set<std::string> covered(groups[g].covered_resources.begin(), groups[g].covered_resources.end());
      for (const std::string& name : covered) {
        if (!resources.insert(name).second)
          error(fmt::format("resource `{}` is in two groups", name), group, "each resource belongs to one group");
        if (!quota_resource(name) && warned_.insert(name).second)
          diagnostics_.warning(fmt::format("quotas of `{}` are not counted", name), at(group),
                               "jobs say GPUs, cpu, memory and pods");
      }
      for (std::size_t f = 0; f < groups[g].flavors.size(); ++f) {
        const KueueFlavorQuotas& flavor = groups[g].flavors[f];
        const std::string place = fmt::format("{}.flavors[{}]", group, f);
        if (!flavors.insert(flavor.name).second)
          error(fmt::format("flavor `{}` stands twice", flavor.name), place + ".name");
        // Flavors that no object describes stand for any nodes, as long as none is described.
        if (!flavors_.empty()) known("ResourceFlavor", flavor.name, flavors_, place + ".name");
        check_resources(flavor, covered, place, has_parent);
      }
    }
  }

  void check_resources(const KueueFlavorQuotas& flavor, const std::set<std::string>& covered, const std::string& place,
                       bool has_parent) {
    std::set<std::string> seen;
    for (std::size_t r = 0; r < flavor.resources.size(); ++r) {
      const KueueResourceQuota& quota = flavor.resources[r];
      const std::string path = fmt::format("{}.resources[{}]", place, r);
      if (!covered.contains(quota.name)) {
        const std::string near = did_you_mean(quota.name, {covered.begin(), covered.end()});
        error(fmt::format("`{}` is not among the covered resources", quota.name), path + ".name",
              near.empty() ? "" : fmt::format("did you mean `{}`?", near));
      }
      if (!seen.insert(quota.name).second)
        error(fmt::format("`{}` stands twice in flavor `{}`", quota.name, flavor.name), path + ".name");
      check_quantity(quota.nominal_quota, path + ".nominal_quota");
      for (const auto& [limit, name] :
           {std::pair{&quota.borrowing_limit, "borrowing"}, {&quota.lending_limit, "lending"}}) {
        if (!*limit) continue;
        check_quantity(**limit, fmt::format("{}.{}_limit", path, name));
        if (!has_parent)
          error(fmt::format("a {} limit without a cohort", name), fmt::format("{}.{}_limit", path, name),
                "who belongs to no cohort neither borrows nor lends");
      }
    }
    for (const std::string& name : covered) {
      if (!seen.contains(name))
        error(fmt::format("flavor `{}` has no quota of `{}`", flavor.name, name), place,
              "each flavor lists every covered resource");
    }
  }

  void check_cycles() {
    std::map<std::string, std::pair<std::string, std::size_t>> parents;
    for (std::size_t i = 0; i < spec_.cohorts.size(); ++i)
      parents[spec_.cohorts[i].name] = {spec_.cohorts[i].parent, i};
    std::set<std::string> good;
    for (const auto& [name, parent] : parents) {
      std::set<std::string> path;
      std::string at_name = name;
      while (!at_name.empty() && !good.contains(at_name)) {
        if (!path.insert(at_name).second) {
          error(fmt::format("cohort `{}` is above itself", at_name),
                fmt::format("cohorts[{}].parent", parents[at_name].second));
          break;
        }
        const auto found = parents.find(at_name);
        at_name = found == parents.end() ? "" : found->second.first;
      }
      good.insert(path.begin(), path.end());
    }
  }

  void check_local_queues() {
    std::set<std::string> found;
    for (std::size_t i = 0; i < spec_.local_queues.size(); ++i) {
      const KueueLocalQueue& queue = spec_.local_queues[i];
      const std::string path = fmt::format("local_queues[{}]", i);
      if (!found.insert(queue.name_space + "/" + queue.name).second)
        error(fmt::format("LocalQueue `{}` stands twice in one namespace", queue.name), path + ".name");
      known("ClusterQueue", queue.cluster_queue, queues_, path + ".cluster_queue");
      check_weight(queue.fair_sharing, path);
    }
  }

  void check_strategies() {
    using S = KueueFairStrategy;
    const auto& strategies = spec_.fair_sharing.preemption_strategies;
    const std::vector<S> both{S::LessThanOrEqualToFinalShare, S::LessThanInitialShare};
    if (strategies == both || strategies == std::vector<S>{S::LessThanOrEqualToFinalShare} ||
        strategies == std::vector<S>{S::LessThanInitialShare})
      return;
    error("Kueue does not take these preemption strategies", "fair_sharing.preemption_strategies",
          "one of the two, or LessThanOrEqualToFinalShare before LessThanInitialShare");
  }

  const KueueSpec& spec_;
  Diagnostics& diagnostics_;
  const KueuePlace& place_;
  std::set<std::string> queues_, cohorts_, flavors_, warned_;
};

}  // namespace

void check_kueue(const KueueSpec& spec, Diagnostics& diagnostics, const KueuePlace& place) {
  Checker(spec, diagnostics, place).run();
}

}  // namespace orrery
