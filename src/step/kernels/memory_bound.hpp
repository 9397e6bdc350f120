#pragma once

#include "base/quantity.hpp"
#include "hardware/cluster.hpp"

namespace orrery {

/// Device time of a kernel that streams `traffic` bytes (read plus written) through main memory: at the memory
/// efficiency of the chip plus one kernel's latency. Nothing is found in a cache. No traffic takes no time.
Seconds stream_time(Bytes traffic, const Chip& chip);

}  // namespace orrery
