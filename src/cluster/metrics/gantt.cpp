#include "cluster/metrics/gantt.hpp"

#include <algorithm>

namespace orrery {

Gantt::Gantt(const SharedMachine& machine) : is_small_(machine.gpus() <= kMostGpus), first_gpu_{0} {
  if (!is_small_) return;
  for (const NodeGroup& group : machine.groups) {
    for (int node = 0; node < group.nodes; ++node) first_gpu_.push_back(first_gpu_.back() + group.gpus);
  }
}

void Gantt::started(Millis now, JobId job, std::span<const Slice> slices) {
  if (!is_small_) return;
  const auto taken = [&](std::int32_t gpu) {
    return std::any_of(running_.begin(), running_.end(), [&](const OnGpu& on) { return on.gpu == gpu; });
  };
  for (const Slice& slice : slices) {
    const auto node = static_cast<std::size_t>(slice.node);
    std::int32_t gpu = first_gpu_[node];
    for (std::int32_t i = 0; i < slice.gpus; ++i, ++gpu) {
      if (slice.gpu >= 0) {
        gpu = first_gpu_[node] + slice.gpu;
      } else {
        while (gpu + 1 < first_gpu_[node + 1] && taken(gpu)) ++gpu;
      }
      running_.push_back({gpu, job, bars_.size()});
      bars_.push_back({gpu, job, now, -1});
    }
  }
  if (bars_.size() <= kMostBars) return;
  is_small_ = false;
  bars_.clear();
  running_.clear();
}

void Gantt::stopped(Millis now, JobId job, std::span<const Slice> /*slices*/, StopReason /*reason*/) {
  for (const OnGpu& on : running_) {
    if (on.job == job) bars_[on.bar].end = now;
  }
  std::erase_if(running_, [&](const OnGpu& on) { return on.job == job; });
}

}  // namespace orrery
