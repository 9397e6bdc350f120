#pragma once

#include <cstdint>
#include <vector>

#include "cluster/machine.hpp"
#include "cluster/scheduler.hpp"

namespace orrery {

/// Which GPU ran which job when: for pictures of small cases.
///
/// Placements tell nodes, not GPUs; a job is shown on the lowest GPUs of its node that are free, and of a shared GPU on
/// the one that it names.
class Gantt final : public Observer {
 public:
  static constexpr std::size_t kMostBars = 4000;
  static constexpr long long kMostGpus = 256;

  struct Bar {
    std::int32_t gpu = 0;  ///< Counted over all nodes.
    JobId job = kNoJob;
    Millis start = 0, end = -1;  ///< -1: it still ran.
  };

  explicit Gantt(const SharedMachine& machine);

  void started(Millis now, JobId job, std::span<const Slice> slices) override;
  void stopped(Millis now, JobId job, std::span<const Slice> slices, StopReason reason) override;

  /// In the order in which they began; none where the machine or the replay is too large for a picture.
  const std::vector<Bar>& bars() const { return bars_; }
  /// First GPU of each node, and behind the last one the number of all.
  const std::vector<std::int32_t>& first_gpu() const { return first_gpu_; }

 private:
  struct OnGpu {
    std::int32_t gpu = 0;
    JobId job = kNoJob;
    std::size_t bar = 0;
  };

  bool is_small_ = true;
  std::vector<std::int32_t> first_gpu_;
  std::vector<OnGpu> running_;
  std::vector<Bar> bars_;
};

}  // namespace orrery
