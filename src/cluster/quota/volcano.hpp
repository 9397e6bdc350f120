#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/quantity.hpp"
#include "scenario/schema.hpp"

namespace orrery {

/// Amounts that a Volcano queue states; what it does not state is unlimited or nothing, as the field says.
struct VolcanoAmounts {
  std::optional<double> gpu, cpu;  ///< GPUs, CPUs.
  std::optional<Bytes> memory;
};

struct VolcanoQueue {
  std::string name;
  std::string parent;  ///< Empty: below the root.
  double weight = 1;
  std::int32_t priority = 0;
  bool reclaimable = true;
  VolcanoAmounts deserved;    ///< Of the capacity plugin; not stated: nothing.
  VolcanoAmounts guarantee;   ///< Not stated: nothing.
  VolcanoAmounts capability;  ///< Not stated: no limit.
};

/// Which plugin orders queues and decides who is reclaimed from.
enum class VolcanoSharing { Proportion, Capacity, Hdrf };

/// Parameters of the Volcano scheduler: [cluster.volcano].
struct VolcanoSpec {
  std::vector<VolcanoQueue> queues;
  VolcanoSharing sharing = VolcanoSharing::Proportion;
  bool priority = true;                                  ///< The plugin: jobs of a queue by priority.
  bool reclaim = true, preempt = true, backfill = true;  ///< The actions.
  Seconds sla_waiting_time;                              ///< The sla plugin; 0: off.
};

const Schema<VolcanoSpec>& volcano_schema();
/// Reports names that stand twice, parents that do not exist, cycles, guarantees above what is deserved or allowed.
void check_volcano(const VolcanoSpec& spec, Diagnostics& diagnostics);

}  // namespace orrery
