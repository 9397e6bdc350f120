#pragma once

#include <vector>

#include "run/decide.hpp"
#include "run/run.hpp"
#include "scenario/schema.hpp"
#include "step/result.hpp"
#include "step/spec.hpp"

namespace orrery {

/// How the batch follows the size of the machine.
enum class BatchGrowth {
  Fixed,  ///< As [training] says, on every size: more chips then share the same work.
  Grows   ///< By the whole multiples of the machine that [cluster] names, up to `ScaleInput::largest_batch`.
};

/// [scale]: the same training on machines of several sizes.
struct ScaleInput {
  std::vector<long long> gpus{16'384, 98'304, 1'048'576};
  BatchGrowth batch = BatchGrowth::Grows;
  long long largest_batch = 0;  ///< Sequences beyond which a larger batch teaches no faster; 0: no limit.
};
const Schema<ScaleInput>& scale_schema();

/// Sequences a step on `gpus` chips where `base_batch` stands for `base_gpus`: a multiple of `base_batch` where the
/// batch grows, so that layouts divide it as they did.
long long scaled_batch(const ScaleInput& input, long long base_batch, long long base_gpus, long long gpus);

/// A training on one size of machine.
struct ScalePoint {
  long long gpus = 0;
  StepSpec step_spec;  ///< In the best layout.
  StepResult step;
  RunSpec run_spec;
  std::vector<PolicyOutcome> policies;  ///< The spec's own first, on the same faults.
  std::size_t best = 0;                 ///< The policy with the least GPU-time held among those that always finish.

  const RunResult& own() const { return policies.front().result; }
  const RunResult& best_result() const { return policies[best].result; }
};

/// Index of the policy that holds the least GPU-time until the work is done; those of which more replications finish
/// go before. `policies` is not empty.
std::size_t best_policy(const std::vector<PolicyOutcome>& policies);

/// What costs most GPU-time besides the useful work, of those that a replication's ledger tells.
GpuUse largest_loss(const Ledger& ledger);

}  // namespace orrery
