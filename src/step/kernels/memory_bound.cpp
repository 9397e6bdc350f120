#include "step/kernels/memory_bound.hpp"

namespace orrery {

Seconds stream_time(Bytes traffic, const Chip& chip) {
  if (traffic <= Bytes(0.0)) return Seconds(0.0);
  return chip.calibration.kernel_latency + traffic / (chip.memory_bandwidth * chip.calibration.memory_efficiency);
}

}  // namespace orrery
