#include "cluster/failures_fields.hpp"

#include <cmath>

#include "run/run_fields.hpp"

namespace orrery {

const Schema<FailuresInput>& failures_schema() {
  using F = FailuresInput;
  constexpr double kLongest = 1e9;
  static const Schema<F> schema = [] {
    Schema<F> s("failures", "How the machine fails under its jobs, and what that costs them.");
    s.table("faults", &F::faults, fault_model_schema(),
            described("How faults come: a preset, or a table that starts from one.", "prior"))
        .quantity("checkpoint_interval", &F::checkpoint_interval,
                  bounded("Work between two checkpoints of a job; 0: nothing is lost.", "1 h", 0, kLongest))
        .boolean("keep_work", &F::keep_work,
                 described("Whether a job goes on from its last checkpoint; otherwise it starts anew.", "true"))
        .law("restart", &F::restart, Dimension::Time,
             bounded("Of a job on its new GPUs, until it computes again.", "uniform(60 s, 5 min)", 0, kLongest))
        .quantity("restart_per_1000_gpus", &F::restart_per_1000_gpus,
                  bounded("What every 1,000 GPUs of the job add to it.", "10 s", 0, kLongest))
        .boolean("repairs", &F::repairs,
                 described("Whether failed hardware leaves service until it is repaired.", "true"))
        .integer("give_up_after", &F::give_up_after,
                 bounded("Failures after which a job ends without being done.", "1000", 1, 1e6));
    return s;
  }();
  return schema;
}

FailureCost failure_cost(const FailuresInput& input) {
  FailureCost cost;
  cost.checkpoint_interval = input.keep_work ? std::llround(input.checkpoint_interval.raw() * 1000) : kNever;
  cost.restart = input.restart;
  cost.restart_per_1000_gpus = input.restart_per_1000_gpus.raw();
  cost.give_up_after = input.give_up_after;
  return cost;
}

}  // namespace orrery
