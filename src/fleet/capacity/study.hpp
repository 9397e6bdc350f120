#pragma once

#include <cstdint>
#include <functional>

#include "base/thread_pool.hpp"
#include "fleet/capacity/model.hpp"
#include "fleet/capacity/result.hpp"
#include "fleet/capacity/spec.hpp"

namespace orrery {

struct FleetOptions {
  int draws = 1000;
  std::uint64_t seed = 0;
};

/// Plays a plan in many futures, a Latin hypercube over its uncertain inputs: what is built by when, in which share of
/// them each constraint binds, when targets are reached, what it costs, and which inputs matter. The spec is without
/// `fleet_problems`. The same for any number of threads.
FleetResult simulate_fleet(const FleetSpec& spec, const FleetOptions& options, ThreadPool& pool);

}  // namespace orrery
