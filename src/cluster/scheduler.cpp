#include "cluster/scheduler.hpp"

namespace orrery {

void Scheduler::resumed(ClusterEngine& /*engine*/, JobId /*job*/) {}

void Scheduler::nodes_returned(ClusterEngine& /*engine*/) {}

Millis Scheduler::wakes(const ClusterEngine& /*engine*/) const {
  return kNever;
}

const std::vector<JobId>& Scheduler::refused() const {
  static const std::vector<JobId> none;
  return none;
}

PassState Scheduler::left_waiting(const ClusterEngine& /*engine*/) const {
  return {};
}

void Observer::submitted(Millis /*now*/, JobId /*job*/) {}
void Observer::started(Millis /*now*/, JobId /*job*/, std::span<const Slice> /*slices*/) {}
void Observer::stopped(Millis /*now*/, JobId /*job*/, std::span<const Slice> /*slices*/, StopReason /*reason*/) {}
void Observer::passed(Millis /*now*/, long long /*free*/) {}

}  // namespace orrery
