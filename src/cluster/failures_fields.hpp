#pragma once

#include "base/law.hpp"
#include "base/quantity.hpp"
#include "cluster/failures.hpp"
#include "run/spec.hpp"
#include "scenario/schema.hpp"

namespace orrery {

/// [scheduling.failures]: how the machine fails, and what that costs jobs.
struct FailuresInput {
  FaultModel faults;
  Seconds checkpoint_interval{3600};
  bool keep_work = true;
  Law restart = Law::fixed(90);
  Seconds restart_per_1000_gpus;
  bool repairs = true;
  std::uint32_t give_up_after = 1000;
};
const Schema<FailuresInput>& failures_schema();
FailureCost failure_cost(const FailuresInput& input);

}  // namespace orrery
