#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/diagnostic.hpp"
#include "cluster/described_fields.hpp"
#include "cluster/effects/rate_table.hpp"
#include "cluster/job_table.hpp"
#include "cluster/machine.hpp"
#include "scenario/value.hpp"
#include "step/spec.hpp"

namespace orrery {

struct ClusterScenario;

/// A kind of job of [[workload.described]], with its step where it names a model.
struct DescribedJobs {
  DescribedInput input;
  Value written;                 ///< Its table, for messages.
  std::optional<StepSpec> step;  ///< In the layout that it states, or the best.
  Seconds step_time;             ///< On a machine of its own,
  Seconds low, high;             ///< with the 80 % interval.
  double steps = 0;              ///< 0: `input.run` says how long it runs.
};

/// The kinds of job that a scenario describes, each with its step simulated: in its layout, or in the best that a
/// search finds. Mistakes go to `diagnostics`, what the step level fills in to the scenario's assumptions.
///
/// `threads`  that share a search; 0: all. The answer does not depend on them.
std::vector<DescribedJobs> described_jobs(ClusterScenario& scenario, std::uint64_t seed, unsigned threads,
                                          Diagnostics& diagnostics);

/// Adds their jobs to a table. A job runs for its steps at the step level's rate on its own number of GPUs packed into
/// the smallest level of the machine that holds them; the rates elsewhere are returned (null: no job names a model), so
/// that placements cost what they cost.
std::shared_ptr<const RateTable> add_described_jobs(const std::vector<DescribedJobs>& described,
                                                    const SharedMachine& machine, std::uint64_t seed, JobTable& jobs,
                                                    std::vector<std::string>& assumptions);

}  // namespace orrery
