#pragma once

#include <string>
#include <vector>

#include "run/run.hpp"

namespace orrery {

/// One setting of what is varied, over replications that all have the same faults.
struct DecisionPoint {
  double value = 0;  ///< Seconds of an interval, nodes of spares.
  Spread wall, goodput;
  double held_gpu_seconds = 0;  ///< Mean, spares too: what it costs at any price of a GPU.
  double useful_share = 0;      ///< Of that.
  bool finishes = true;         ///< All replications.
  double closed_goodput = 0;    ///< Of the closed form.
};

/// Goodput against the interval of one checkpoint level, the others as the spec has them.
struct IntervalStudy {
  std::size_t level = 0;              ///< The one whose writes cost most.
  Seconds young, daly, optimal;       ///< By formula, for its cost and the stops that it serves; not rounded.
  std::vector<DecisionPoint> points;  ///< By rising interval, from a tenth to ten times the optimum.
  std::size_t best = 0;               ///< Least GPU-time held.
};
IntervalStudy study_intervals(const RunSpec& spec, const RunOptions& options, ThreadPool& pool,
                              const RunProgress& progress = {});

/// The run with more and fewer spares.
struct SparesStudy {
  std::vector<DecisionPoint> points;  ///< By rising number.
  std::size_t best = 0;               ///< Least GPU-time held: an idle spare against all that wait.
  long long p99 = 0;                  ///< Nodes that are away at once in no more than 1 % of the time.
  long long poisson_p99 = 0;          ///< What a Poisson law with the same mean says.
};
SparesStudy study_spares(const RunSpec& spec, const RunOptions& options, ThreadPool& pool,
                         const RunProgress& progress = {});

/// A policy and what it delivers.
struct PolicyOutcome {
  RunPolicy policy;
  RunResult result;
};
/// Policies on the same faults.
std::vector<PolicyOutcome> compare_policies(const RunSpec& spec, const std::vector<RunPolicy>& policies,
                                            const RunOptions& options, ThreadPool& pool,
                                            const RunProgress& progress = {});

/// The spec's own policy, and usual forms of the others that this job can run: as many spares, the restart parts as
/// they are. `replica_nodes`: of a replica, for those that drop them; 0 where the job has none (or one only).
std::vector<RunPolicy> usual_policies(const RunSpec& spec, long long replica_nodes);

/// What halving and doubling one input does to the mean wall time, on the same faults where they are not its subject.
struct TornadoBar {
  std::string input;                                ///< "rate of gpu", "detection", "restart", ...
  double at_half = 0, at_double = 0;                ///< Relative changes, by events.
  double closed_at_half = 0, closed_at_double = 0;  ///< And by formula.
};
/// The largest `most` bars, largest first: what to fix first.
std::vector<TornadoBar> tornado(const RunSpec& spec, const RunOptions& options, ThreadPool& pool, std::size_t most = 12,
                                const RunProgress& progress = {});

}  // namespace orrery
