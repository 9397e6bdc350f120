#pragma once

#include "cluster/job_table.hpp"

namespace orrery {

/// GPUs that a job asks for; of a shared GPU its part.
inline double gpus_asked(const JobTable& jobs, JobId job) {
  return static_cast<double>(jobs.gpus[static_cast<std::size_t>(job)]) * value_or(jobs.gpu_milli, job, 1000) / 1000;
}

/// GPU-hours that a job takes when nothing stops it.
inline double gpu_hours_asked(const JobTable& jobs, JobId job) {
  return gpus_asked(jobs, job) * static_cast<double>(jobs.run[static_cast<std::size_t>(job)]) / kHour;
}

}  // namespace orrery
