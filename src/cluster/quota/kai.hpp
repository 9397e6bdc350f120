#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/quantity.hpp"
#include "scenario/schema.hpp"

namespace orrery {

/// A queue's right to one resource, in KAI's units: GPUs, thousandths of CPUs, MB of memory. -1: unlimited.
struct KaiResource {
  double quota = 0;
  double over_quota_weight = 1;
  double limit = -1;
};

struct KaiQueue {
  std::string name;
  std::string parent_queue;  ///< Empty: a top-level one.
  std::int32_t priority = 100;
  KaiResource gpu;
  KaiResource cpu{-1, 1, -1}, memory{-1, 1, -1};
  std::optional<Seconds> reclaim_min_runtime, preempt_min_runtime;  ///< Otherwise as the queue above says.
};

/// Parameters of the KAI scheduler: [cluster.kai].
struct KaiSpec {
  std::vector<KaiQueue> queues;
  double k_value = 0;           ///< How much past usage changes shares; 0: not at all.
  Seconds half_life_period;     ///< Of past usage; 0: all of it counts alike.
  Seconds schedule_period{60};  ///< How often shares that move with time are looked at.
  double reclaimer_utilization_multiplier = 1;
  bool consolidate = true, reclaim = true, preempt = true;  ///< The actions.
  int max_consolidation_preemptees = 16;
  std::int32_t non_preemptible_priority = 100;  ///< Jobs of at least this are never evicted and stay within quota.
  Seconds reclaim_min_runtime, preempt_min_runtime;
};

const Schema<KaiSpec>& kai_schema();
/// Reports names that stand twice, parents that do not exist, cycles.
void check_kai(const KaiSpec& spec, Diagnostics& diagnostics);

}  // namespace orrery
