#pragma once

#include <string>
#include <vector>

#include "run/run.hpp"

namespace orrery {

/// What decisions are judged by: the price of the GPU-time held where prices are known, otherwise that GPU-time; both
/// count spares, so that time saved is weighed against hardware that idles.
struct DecisionPoint {
  double value = 0;      ///< Of what is varied: seconds of an interval, nodes of spares.
  Spread wall, goodput;  ///< Over the replications, all of the same faults.
  double held_gpu_seconds = 0;
  bool finishes = true;
};

/// Goodput against the interval of the fastest level (or another), from a tenth to ten times the optimum; closed form
/// and, at each point, events.
struct IntervalStudy {
  std::size_t level = 0;
  Seconds young, daly, optimal;        ///< By formula, for that level's blocking time and rate.
  std::vector<DecisionPoint> points;   ///< Events, by rising interval.
  std::vector<double> closed_goodput;  ///< At the same intervals.
  std::size_t best = 0;                ///< Of `points`.
};
IntervalStudy study_intervals(const RunSpec& spec, const RunOptions& options, ThreadPool& pool,
                              const RunProgress& progress = {});

/// The same run with more and fewer spares.
struct SparesStudy {
  std::vector<DecisionPoint> points;
  std::size_t best = 0;
  long long for_p99 = 0;      ///< Nodes that are out of service at once in no more than 1 % of the time.
  long long poisson_p99 = 0;  ///< What a Poisson law with the same mean would say.
};
SparesStudy study_spares(const RunSpec& spec, const RunOptions& options, ThreadPool& pool,
                         const RunProgress& progress = {});

/// Policies on the same faults, each with the same nodes beside the job.
struct PolicyOutcome {
  RunPolicy policy;
  RunResult result;
};
std::vector<PolicyOutcome> compare_policies(const RunSpec& spec, const std::vector<RunPolicy>& policies,
                                            const RunOptions& options, ThreadPool& pool,
                                            const RunProgress& progress = {});

/// Usual forms of every policy that can run this job, made from the spec's own: what `--optimise policy` compares.
std::vector<RunPolicy> usual_policies(const RunSpec& spec);

/// What halving and doubling one input does to the wall time, on the same faults: what to fix first.
struct TornadoBar {
  std::string input;         ///< "rate of gpu", "detection", "restart", "blocking", "load", "repair", ...
  double low = 0, high = 0;  ///< Relative change of mean wall time at half and at double.
  double closed_low = 0, closed_high = 0;
};
std::vector<TornadoBar> tornado(const RunSpec& spec, const RunOptions& options, ThreadPool& pool,
                                const RunProgress& progress = {});

}  // namespace orrery
