#pragma once

#include <functional>

#include "base/thread_pool.hpp"
#include "cluster/metrics/outcome.hpp"
#include "cluster/spec.hpp"
#include "cluster/study.hpp"

namespace orrery {

/// A machine with so many nodes in all, its groups in the same proportions, none empty.
SharedMachine with_nodes(const SharedMachine& machine, long long nodes);

/// A replay with its figure for a target, on the machine of the spec.
SizePoint measure_target(const ClusterSpec& spec, const ClusterPolicy& policy, const Target& target,
                         const OutcomeOptions& options);

/// Called between replays: how many are done. Returning false ends the study with what there is.
using StudyProgress = std::function<bool(int done)>;

/// The smallest machine that keeps a target, by whole nodes: replays of all jobs on an eighth of the machine to eight
/// times it (further where need be), then closer and closer around where the target begins to be kept. Jobs that a
/// machine is too small for make it miss the target.
SizeStudy study_size(const ClusterSpec& spec, const ClusterPolicy& policy, const Target& target,
                     const OutcomeOptions& options, ThreadPool& pool, const StudyProgress& progress = {});

}  // namespace orrery
