#include "cluster/placement.hpp"

namespace orrery {

Demand demand_of(const JobTable& jobs, JobId job) {
  return {.gpus = jobs.gpus[static_cast<std::size_t>(job)],
          .workers = value_or(jobs.workers, job, 0),
          .gpu_type = value_or(jobs.gpu_type, job, -1),
          .pool = value_or(jobs.pool, job, -1),
          .gpu_milli = value_or(jobs.gpu_milli, job, 1000),
          .cpu_milli = value_or(jobs.cpu_milli, job, 0),
          .memory_mib = value_or(jobs.memory_mib, job, 0)};
}

Millis JobPlacement::reserve(const Demand& /*demand*/, Millis /*now*/) {
  return kNever;
}
void JobPlacement::show_reserved(bool /*visible*/) {}
void JobPlacement::unreserve() {}

}  // namespace orrery
