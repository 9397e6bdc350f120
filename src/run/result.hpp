#pragma once

#include <string>
#include <vector>

#include "run/ledger.hpp"
#include "run/spec.hpp"

namespace orrery {

/// What the faults of one class did, over a run; means where they come from several replications.
struct ClassTally {
  double faults = 0;       ///< Of nodes in service, that the job noticed or not.
  double stops = 0;        ///< Of the job, or of one of its groups.
  double gpu_seconds = 0;  ///< Lost after its stops: detection, restart, waiting, rework; and what it slowed.
};

/// Why a run does not end.
enum class NeverReason {
  None,
  NoProgress,      ///< It stops so often that no interval between checkpoints is ever finished.
  CheckpointsLag,  ///< Checkpoints take longer than the run stays up: none ever counts.
  NoNodes,         ///< Too few nodes are left, and none comes back.
  TooSlow,         ///< It advances, but so slowly that it was given up.
  TooManyEvents    ///< Faults are so frequent that their number passes what is simulated.
};

/// One replication of a run.
struct Replication {
  bool finished = false;
  NeverReason reason = NeverReason::None;
  double progress = 0;                ///< Share of the work that was done: 1 when finished.
  Seconds wall;                       ///< From the start to the end, or to where it was given up.
  Ledger ledger;                      ///< Sums to wall x GPUs held.
  double stops = 0;                   ///< Of the whole job, planned ones not counted.
  double group_stops = 0;             ///< Of groups, while the others went on.
  double node_faults = 0;             ///< Nodes that left service.
  double lost_checkpoint_levels = 0;  ///< Restarts that had to read a slower level than the fastest.
  double events = 0;                  ///< That were simulated, nodes that left service among them.
  double scratch = 0;                 ///< Restarts from the very beginning, for want of a checkpoint.
  double longest_wait = 0;            ///< Seconds, for a node.
  std::vector<ClassTally> classes;    ///< As in the spec; behind them false alarms, then recurrences.
  std::vector<double> seconds_down;   ///< [k]: time with exactly k nodes out of service.

  /// Useful share of the GPU-time of the job's own GPUs: spares not counted, work done twice counted once.
  double goodput(const RunSpec& spec) const;
  /// Effective training time ratio: the same, with work that is done redundantly counted as useful.
  double ettr(const RunSpec& spec) const;
};

/// Of the expected time when faults are memoryless: an exact formula where the model has no more than it says
/// (closed_form.hpp), an estimate otherwise.
struct ClosedForm {
  Seconds wall;  ///< Infinite where the run never finishes.
  double goodput = 0;
  Seconds mean_time_between_stops;
  Seconds recovery;           ///< Mean from a stop until the job computes again, as if nothing failed meanwhile.
  double recovery_share = 0;  ///< Recovery and half an interval, over the time between stops: below 0.6 it is sound.
  std::vector<Seconds> intervals;  ///< Of the checkpoint levels, as chosen and rounded.
  bool exact = false;
  std::vector<std::string> beyond;  ///< What the spec has that the formula does not: reasons why it is not exact.
};

/// Mean and spread over replications.
struct Spread {
  double mean = 0, error = 0;  ///< `error`: standard error of the mean.
  double p5 = 0, p10 = 0, p50 = 0, p90 = 0, p95 = 0;
};
Spread spread_of(const std::vector<double>& values);

/// A run over all replications that were simulated.
struct RunResult {
  ClosedForm closed;
  std::vector<Replication> replications;  ///< In order; fewer than asked for where it was interrupted.
  int finished = 0;
  NeverReason reason = NeverReason::None;  ///< Of most that did not finish.
  // Over those that finished; over all where none did.
  Spread wall, goodput, ettr, stops, node_faults;
  Ledger ledger;                    ///< Mean.
  std::vector<ClassTally> classes;  ///< Means.
  std::vector<double> down_share;   ///< [k]: share of the time with exactly k nodes out of service.
  double deadline_met = 0;          ///< Share of all replications.
  long long gpus_held = 0;          ///< With spares.
  bool capped = false;              ///< Fewer replications than asked for: each takes too many events.

  /// Nodes out of service that are not exceeded in a share `q` of the time.
  int down_quantile(double q) const;
};

/// Cost of a run: GPU-time held at the price, zero where no price is known; energy the same way.
Dollars run_cost(const RunSpec& spec, const Ledger& ledger);
Joules run_energy(const RunSpec& spec, const Ledger& ledger);

}  // namespace orrery
