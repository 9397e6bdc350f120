#pragma once

#include <string>
#include <string_view>

#include "base/diagnostic.hpp"
#include "cluster/machine.hpp"
#include "cluster/start_forecast.hpp"

namespace orrery {

/// Reads a job that somebody thinks of submitting:
///
///     64 GPUs for 12 h
///     8 GPUs for 3 days limit 4 days tenant vision user ann pool batch on h100 priority 2
///
/// Throws `InputError` with the place of the mistake, which it calls `name`.
JobRequest parse_job_request(std::string_view text, const std::string& name = "--job");

/// Throws `InputError` where the jobs know no such tenant, user, pool or type, or the machine can never run it.
void check_job_request(const JobRequest& request, const JobTable& jobs, const SharedMachine& machine);

}  // namespace orrery
