#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/diagnostic.hpp"
#include "base/thread_pool.hpp"
#include "run/closed_form.hpp"
#include "run/result.hpp"
#include "run/spec.hpp"

namespace orrery {

/// A mistake of a spec that fields alone do not show: a job that is no whole number of nodes, more domains than nodes,
/// a class on a domain that nobody declared. `keys` are the inputs at fault ("run.faults.classes[2].unit"), in the
/// order in which a message should look for them.
struct RunProblem {
  std::vector<std::string> keys;
  std::string message, hint;
};
std::vector<RunProblem> run_problems(const RunSpec& spec);

/// The run under the faults of a trace instead of drawn ones: each kind of the trace becomes a class, found as fast as
/// the spec's class of that name, or else as the most frequent hardware; faults of the job's
/// software and false alarms go on as they were, all other drawn faults are taken out.
RunSpec with_replay(RunSpec spec, std::shared_ptr<const FaultTrace> trace);

/// Called between replications, from the calling thread's loop or another's: how many are done. Returning false ends
/// the simulation with what there is.
using RunProgress = std::function<bool(int done)>;

/// The run: closed form, and `options.replications` event simulations on the pool's threads. The spec must have no
/// problems.
RunResult simulate_run(const RunSpec& spec, const RunOptions& options, ThreadPool& pool,
                       const RunProgress& progress = {});

/// One replication by itself.
Replication simulate_replication(const RunSpec& spec, const RunOptions& options, int replication);

}  // namespace orrery
