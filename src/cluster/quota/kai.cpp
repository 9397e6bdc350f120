#include "cluster/quota/kai.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "cluster/quota/queue_names.hpp"
#include "cluster/quota/share_scheduler.hpp"

namespace orrery {
namespace {

std::vector<NamedQueue> names_of(const KaiSpec& spec) {
  std::vector<NamedQueue> names;
  for (const KaiQueue& queue : spec.queues) names.push_back({queue.name, queue.parent_queue});
  return names;
}

Millis millis(Seconds time) {
  return static_cast<Millis>(std::llround(time.raw() * kSecond));
}

const Schema<KaiResource>& resource_schema() {
  static const Schema<KaiResource> schema = [] {
    Schema<KaiResource> s("resource", "A queue's right to one resource.");
    s.number("quota", &KaiResource::quota, bounded("Deserved; -1: no bound.", "64", -1, 1e12))
        .number("over_quota_weight", &KaiResource::over_quota_weight,
                bounded("Part of what is left over that of queues of the same priority.", "2", 0, 1e9))
        .number("limit", &KaiResource::limit, bounded("Most that it may hold; -1: no limit.", "128", -1, 1e12));
    return s;
  }();
  return schema;
}

const Schema<KaiQueue>& queue_schema() {
  static const Schema<KaiQueue> schema = [] {
    Schema<KaiQueue> s("queues", "A scheduling queue.");
    FieldOptions name = described("What jobs' tenants are called.", "vision");
    name.required = true;
    s.text("name", &KaiQueue::name, name)
        .text("parent_queue", &KaiQueue::parent_queue, described("The queue above; empty: none.", "research"))
        .integer("priority", &KaiQueue::priority,
                 bounded("Who gets what is left over first: the larger.", "200", -1e9, 1e9))
        .table("gpu", &KaiQueue::gpu, resource_schema(), described("GPUs.", ""))
        .table("cpu", &KaiQueue::cpu, resource_schema(), described("Thousandths of CPUs.", ""))
        .table("memory", &KaiQueue::memory, resource_schema(), described("MB of memory.", ""))
        .quantity("reclaim_min_runtime", &KaiQueue::reclaim_min_runtime,
                  bounded("Runs so long before other queues reclaim; otherwise as above it.", "10 min", 0, 1e10))
        .quantity("preempt_min_runtime", &KaiQueue::preempt_min_runtime,
                  bounded("Runs so long before its queue preempts; otherwise as above it.", "10 min", 0, 1e10));
    return s;
  }();
  return schema;
}

}  // namespace

const Schema<KaiSpec>& kai_schema() {
  static const Schema<KaiSpec> schema = [] {
    using K = KaiSpec;
    Schema<K> s("kai", "KAI: deserved quotas, what is left over by priority and weight.");
    s.list("queues", &K::queues, queue_schema(), described("Queues.", ""))
        .number("k_value", &K::k_value, bounded("How much past usage lessens a share; 0: not at all.", "0.5", 0, 1e6))
        .quantity("half_life_period", &K::half_life_period,
                  bounded("After which past usage counts half; 0: all of it counts alike.", "1 day", 0, 1e10))
        .quantity("schedule_period", &K::schedule_period,
                  bounded("How often shares that move with past usage are looked at.", "1 min", 1, 1e7))
        .number("reclaimer_utilization_multiplier", &K::reclaimer_utilization_multiplier,
                bounded("On the saturation of who reclaims; larger: fewer reclaims.", "1.2", 1, 1e6))
        .boolean("consolidate", &K::consolidate, described("Whether running jobs are moved together.", "false"))
        .boolean("reclaim", &K::reclaim, described("Whether queues take back from others.", "false"))
        .boolean("preempt", &K::preempt,
                 described("Whether jobs evict those of lower priority of their queue.", "false"))
        .integer("max_consolidation_preemptees", &K::max_consolidation_preemptees,
                 bounded("Jobs moved at once.", "16", 0, 1e6))
        .integer("non_preemptible_priority", &K::non_preemptible_priority,
                 bounded("Jobs of at least this are never evicted, and stay within quota.", "100", -1e9, 1e9))
        .quantity("reclaim_min_runtime", &K::reclaim_min_runtime, bounded("Where no queue says it.", "5 min", 0, 1e10))
        .quantity("preempt_min_runtime", &K::preempt_min_runtime, bounded("Where no queue says it.", "5 min", 0, 1e10));
    return s;
  }();
  return schema;
}

void check_kai(const KaiSpec& spec, Diagnostics& diagnostics) {
  check_queue_names(names_of(spec), "kai.queues", diagnostics);
}

SharePolicy kai_policy(const KaiSpec& spec) {
  SharePolicy policy;
  policy.rule = ShareRule::Kai;
  const std::vector<NamedQueue> names = names_of(spec);
  std::vector<std::int32_t> place(spec.queues.size());
  for (const std::size_t number : parents_first(names)) {
    const KaiQueue& said = spec.queues[number];
    SharePolicy::Queue queue;
    queue.name = said.name;
    for (std::size_t up = 0; up < names.size(); ++up) {
      if (names[up].name == said.parent_queue) queue.share.parent = place[up];
    }
    queue.share.priority = said.priority;
    // GPUs and CPUs in thousandths, memory in MiB.
    const std::array<std::pair<const KaiResource*, double>, kShareResources> resources{
        {{&said.gpu, 1000.0}, {&said.cpu, 1.0}, {&said.memory, 1e6 / (1024.0 * 1024.0)}}};
    for (std::size_t r = 0; r < kShareResources; ++r) {
      const auto& [resource, unit] = resources[r];
      const auto amount = [unit = unit](double value) { return value < 0 ? kNoLimit : value * unit; };
      queue.share.deserved[r] = amount(resource->quota);
      queue.share.limit[r] = amount(resource->limit);
      queue.share.weight[r] = resource->over_quota_weight;
    }
    if (said.reclaim_min_runtime) queue.reclaim_min_runtime = millis(*said.reclaim_min_runtime);
    if (said.preempt_min_runtime) queue.preempt_min_runtime = millis(*said.preempt_min_runtime);
    place[number] = static_cast<std::int32_t>(policy.queues.size());
    policy.queues.push_back(std::move(queue));
  }
  policy.reclaim = spec.reclaim;
  policy.preempt = spec.preempt;
  policy.consolidate = spec.consolidate;
  policy.max_moved = spec.max_consolidation_preemptees;
  policy.non_preemptible_priority = spec.non_preemptible_priority;
  policy.reclaim_min_runtime = millis(spec.reclaim_min_runtime);
  policy.preempt_min_runtime = millis(spec.preempt_min_runtime);
  policy.multiplier = spec.reclaimer_utilization_multiplier;
  policy.k = spec.k_value;
  // "All of it counts alike" is a half-life that no replay sees the end of.
  policy.half_life = spec.half_life_period > Seconds(0) ? spec.half_life_period : Seconds(1e12);
  if (spec.k_value > 0) policy.period = std::max<Millis>(millis(spec.schedule_period), 1);
  return policy;
}

}  // namespace orrery
