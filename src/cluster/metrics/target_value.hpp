#pragma once

#include <span>

#include "cluster/metrics/outcome.hpp"
#include "cluster/target_text.hpp"

namespace orrery {

/// Value of a target's figure over the jobs that it is of and that count; a lower bound where jobs had not started or
/// ended. NaN where there is no such job. `utilisation` is what it says of that. Throws `InputError` where the jobs
/// have no tenant of that name.
Censored target_value(const Target& target, const JobTable& jobs, std::span<const JobId> rows,
                      const JobSchedule& schedule, const OutcomeOptions& options, double utilisation);

/// Whether the value keeps the target for certain: a lower bound does not keep an upper one.
inline bool keeps(const Target& target, const Censored& value) {
  return target.met(value.value) && !(target.at_most && value.at_least);
}

}  // namespace orrery
