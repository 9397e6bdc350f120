#include "cluster/quota/volcano.hpp"

#include <fmt/format.h>

#include <array>
#include <cmath>

#include "cluster/quota/queue_names.hpp"
#include "cluster/quota/share_scheduler.hpp"

namespace orrery {
namespace {

std::vector<NamedQueue> names_of(const VolcanoSpec& spec) {
  std::vector<NamedQueue> names;
  for (const VolcanoQueue& queue : spec.queues) names.push_back({queue.name, queue.parent});
  return names;
}

Shares amounts(const VolcanoAmounts& said, double otherwise) {
  Shares shares{otherwise, otherwise, otherwise};
  if (said.gpu) shares[0] = *said.gpu * 1000;
  if (said.cpu) shares[1] = *said.cpu * 1000;
  if (said.memory) shares[2] = said.memory->raw() / (1024.0 * 1024.0);
  return shares;
}

const Schema<VolcanoAmounts>& amounts_schema() {
  static const Schema<VolcanoAmounts> schema = [] {
    Schema<VolcanoAmounts> s("amounts", "Amounts of resources.");
    s.number("gpu", &VolcanoAmounts::gpu, bounded("GPUs.", "64", 0, 1e12))
        .number("cpu", &VolcanoAmounts::cpu, bounded("CPUs.", "512", 0, 1e12))
        .quantity("memory", &VolcanoAmounts::memory, bounded("Memory.", "4 TiB", 0, 1e18));
    return s;
  }();
  return schema;
}

const Schema<VolcanoQueue>& queue_schema() {
  static const Schema<VolcanoQueue> schema = [] {
    using Q = VolcanoQueue;
    Schema<Q> s("queues", "A queue.");
    FieldOptions name = described("What jobs' tenants are called.", "research");
    name.required = true;
    s.text("name", &Q::name, name)
        .text("parent", &Q::parent, described("The queue above; empty: the root.", "org"))
        .number("weight", &Q::weight, bounded("Its part, of proportion and hdrf.", "4", 1e-6, 1e9))
        .integer("priority", &Q::priority, bounded("Larger goes first.", "10", -1e9, 1e9))
        .boolean("reclaimable", &Q::reclaimable, described("Whether others may take back from it.", "false"))
        .table("deserved", &Q::deserved, amounts_schema(), described("Lent when idle, and taken back (capacity).", ""))
        .table("guarantee", &Q::guarantee, amounts_schema(), described("Never lent.", ""))
        .table("capability", &Q::capability, amounts_schema(), described("Never exceeded.", ""));
    return s;
  }();
  return schema;
}

}  // namespace

const Schema<VolcanoSpec>& volcano_schema() {
  static const Schema<VolcanoSpec> schema = [] {
    using V = VolcanoSpec;
    Schema<V> s("volcano", "Volcano: queues by weight, by what they deserve, or by dominant share.");
    s.list("queues", &V::queues, queue_schema(), described("Queues.", ""))
        .choice("sharing", &V::sharing,
                {{"proportion", VolcanoSharing::Proportion, "Shares by weight."},
                 {"capacity", VolcanoSharing::Capacity, "Shares as each queue deserves."},
                 {"hdrf", VolcanoSharing::Hdrf, "The smallest dominant share over its weight is next."}},
                described("The plugin that shares.", "capacity"))
        .boolean("priority", &V::priority, described("Whether jobs of a queue go by priority.", "false"))
        .boolean("reclaim", &V::reclaim, described("Whether queues take back from others.", "false"))
        .boolean("preempt", &V::preempt,
                 described("Whether jobs evict those of lower priority of their queue.", "false"))
        .boolean("backfill", &V::backfill, described("Whether jobs that ask for nothing start at once.", "false"))
        .quantity("sla_waiting_time", &V::sla_waiting_time,
                  bounded("After which a job goes first and nobody before it; 0: never.", "12 h", 0, 1e10));
    return s;
  }();
  return schema;
}

void check_volcano(const VolcanoSpec& spec, Diagnostics& diagnostics) {
  check_queue_names(names_of(spec), "volcano.queues", diagnostics);
  for (const VolcanoQueue& queue : spec.queues) {
    const Shares guarantee = amounts(queue.guarantee, 0), limit = amounts(queue.capability, kNoLimit);
    for (std::size_t r = 0; r < kShareResources; ++r) {
      if (guarantee[r] <= limit[r]) continue;
      diagnostics.error(fmt::format("[[volcano.queues]]: `{}` is guaranteed more than its capability", queue.name));
      break;
    }
  }
}

SharePolicy volcano_policy(const VolcanoSpec& spec) {
  SharePolicy policy;
  policy.rule = spec.sharing == VolcanoSharing::Proportion ? ShareRule::Proportion
                : spec.sharing == VolcanoSharing::Capacity ? ShareRule::Capacity
                                                           : ShareRule::Hdrf;
  const std::vector<NamedQueue> names = names_of(spec);
  std::vector<std::int32_t> place(spec.queues.size());
  const std::vector<std::size_t> order = parents_first(names);
  for (const std::size_t number : order) {
    const VolcanoQueue& said = spec.queues[number];
    SharePolicy::Queue queue;
    queue.name = said.name;
    for (std::size_t up = 0; up < names.size(); ++up) {
      if (names[up].name == said.parent) queue.share.parent = place[up];
    }
    queue.share.priority = said.priority;
    queue.share.weight = {said.weight, said.weight, said.weight};
    queue.share.deserved = amounts(said.deserved, 0);
    queue.share.guarantee = amounts(said.guarantee, 0);
    queue.share.limit = amounts(said.capability, kNoLimit);
    queue.reclaimable = said.reclaimable;
    place[number] = static_cast<std::int32_t>(policy.queues.size());
    policy.queues.push_back(std::move(queue));
  }
  // An inner queue that states nothing deserves what those below it do.
  for (std::size_t q = policy.queues.size(); q-- > 0;) {
    const std::int32_t parent = policy.queues[q].share.parent;
    if (parent < 0) continue;
    const VolcanoAmounts& stated = spec.queues[order[static_cast<std::size_t>(parent)]].deserved;
    Shares& above = policy.queues[static_cast<std::size_t>(parent)].share.deserved;
    const std::array<bool, kShareResources> silent{!stated.gpu, !stated.cpu, !stated.memory};
    for (std::size_t r = 0; r < kShareResources; ++r) {
      if (silent[r]) above[r] += policy.queues[q].share.deserved[r];
    }
  }
  policy.by_priority = spec.priority;
  policy.reclaim = spec.reclaim;
  policy.preempt = spec.preempt && spec.priority;
  policy.start_without_demand = spec.backfill;
  if (spec.sla_waiting_time > Seconds(0))
    policy.sla = static_cast<Millis>(std::llround(spec.sla_waiting_time.raw() * kSecond));
  return policy;
}

}  // namespace orrery
