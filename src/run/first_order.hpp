#pragma once

#include <string>
#include <vector>

#include "run/intervals.hpp"
#include "run/spec.hpp"

namespace orrery {

/// Shares of the wall time that a run loses besides stops, restarts and checkpoints, to first order: each as if it were
/// alone.
struct FirstOrderLosses {
  double slow = 0, stalls = 0, corruption = 0, maintenance = 0, waiting = 0, groups = 0;
  double total() const { return slow + stalls + corruption + maintenance + waiting + groups; }
};
FirstOrderLosses first_order_losses(const RunSpec& spec, const std::vector<Seconds>& intervals);

/// Corruptions a second that are found when every checkpoint that is kept was written after them, by a
/// job that does `speed` seconds of work a second.
double corruptions_from_scratch(const RunSpec& spec, const std::vector<Seconds>& intervals, double speed);

/// Mean seconds from a stop's being known until the job computes again, from the fastest level that outlives it.
double mean_restart(const RunSpec& spec, const StopRates& rates);

/// Nodes out of service on average: each failed one is away for its repair.
double mean_nodes_away(const RunSpec& spec);

/// What the spec has that the formula treats to first order or not at all, in words; empty where it is exact.
std::vector<std::string> beyond_the_formula(const RunSpec& spec, const std::vector<Seconds>& intervals);

/// P(K > k) of a Poisson law.
double poisson_above(double mean, long long k);
/// The smallest k with P(K <= k) >= q.
long long poisson_quantile(double mean, double q);

}  // namespace orrery
