#pragma once

#include <cstdint>
#include <span>

#include "base/quantity.hpp"
#include "cluster/generator.hpp"
#include "cluster/job_table.hpp"
#include "fleet/nation/firm_needs.hpp"
#include "fleet/nation/fluid_shares.hpp"

namespace orrery {

/// Which jobs a firm's need is made of.
struct FirmJobLaw {
  TraceLaw trace;              ///< Sizes and run times; sizes above a firm's largest job are left out.
  double stretch = 1;          ///< On its run times.
  Seconds longest{86400};      ///< Longer runs are cut here, as checkpoints let them be.
  Seconds span{42 * 86400.0};  ///< Over which jobs are submitted, evenly.
};

/// GPU-time of a trace's jobs by size: what quotas refuse.
GangTimes gang_times(const TraceLaw& law);

/// How many jobs make up the needs, on the mean.
double expected_jobs(std::span<const FirmNeed> needs, const FirmJobLaw& law);

/// The stretch of run times, at least 1, with which the needs are no more than `most` jobs; where not even the longest
/// runs are that few, the largest that means anything.
double stretch_for(std::span<const FirmNeed> needs, FirmJobLaw law, double most);

/// Jobs of firms, a tenant each, in order of submission. A firm's GPU-time is exactly its need over the span: jobs are
/// drawn until they reach it, the last one is cut. Every firm submits its first job within an hour, the others at any
/// time of the span. `needs` stand for one firm each.
///
/// Left out: days and weeks, and sessions in which a user submits like jobs one after another.
JobTable firm_jobs(std::span<const FirmNeed> needs, const FirmJobLaw& law, std::uint64_t seed);

}  // namespace orrery
