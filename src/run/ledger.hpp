#pragma once

#include <array>
#include <cstddef>

#include "base/quantity.hpp"

namespace orrery {

/// What the machine's GPU-time goes to. Together the uses are wall time x GPUs held, spares among them.
enum class GpuUse {
  Useful,       ///< Work that the run keeps, at the speed of its step time.
  Rework,       ///< Work that was lost and has to be done again.
  Checkpoint,   ///< Waiting for checkpoints to be written.
  Detection,    ///< From a fault to its being known; stalls that a retry masks.
  Restart,      ///< Queue, diagnosis, placement, initialisation, loading, warm-up.
  WaitForNode,  ///< No spare was left.
  Slow,         ///< Slow parts, and checkpoints that are written in the background.
  Degraded,     ///< Groups that are away, or idle because others are.
  Redundant,    ///< Computing shards more than once.
  Maintenance,  ///< Planned stops.
  SpareIdle,    ///< Spares that stand by.
  InRepair      ///< Nodes beyond the job's that are away.
};
inline constexpr std::size_t kGpuUses = 12;
const char* gpu_use_name(GpuUse use);  ///< "wait for a node"
const char* gpu_use_key(GpuUse use);   ///< "wait_for_node"

/// GPU-seconds by use.
class Ledger {
 public:
  double& operator[](GpuUse use) { return gpu_seconds_[static_cast<std::size_t>(use)]; }
  double operator[](GpuUse use) const { return gpu_seconds_[static_cast<std::size_t>(use)]; }
  double total() const;
  Ledger& operator+=(const Ledger& other);
  Ledger& operator*=(double factor);

 private:
  std::array<double, kGpuUses> gpu_seconds_{};
};

}  // namespace orrery
