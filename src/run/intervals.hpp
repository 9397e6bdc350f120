#pragma once

#include <cstddef>
#include <vector>

#include "base/law.hpp"
#include "run/spec.hpp"

namespace orrery {

// Seconds of work between two checkpoints that balance writing (`blocking`, each) against rework, for a stop every
// `between_stops` on average. Without blocking they are 0, without stops infinite.

/// sqrt(2 d M): Young, "A first order approximation to the optimum checkpoint interval", CACM 17(9), 1974.
Seconds young_interval(Seconds blocking, Seconds between_stops);
/// sqrt(2 d M) (1 + sqrt(d / 2M) / 3 + d / 18M) - d below d = 2M, else M: Daly, FGCS 22(3), 2006, equation 37.
Seconds daly_interval(Seconds blocking, Seconds between_stops);
/// M (1 + W0(-exp(-d/M - 1))): where the derivative of Daly's equation 20 is zero, exactly.
Seconds optimal_interval(Seconds blocking, Seconds between_stops);

/// Principal branch of Lambert's W on -1/e .. 0: the w in -1 .. 0 with w e^w = x.
double lambert_w0(double x);

/// Stops alike in what they take and how they are found.
struct StopKind {
  double rate = 0;        ///< A second.
  std::size_t level = 0;  ///< The fastest checkpoint level that outlives them; as many as there are: none does.
  bool hardware = false;  ///< A node leaves service.
  Law detection;
};

/// How often the job stops, by what it goes back to: the fastest level that outlives the stop.
struct StopRates {
  std::vector<StopKind> kinds;  ///< In the order of classes, false alarms last.
  double all = 0;               ///< Stops of the job a second.
  std::vector<double> levels;   ///< Of them, those for which each level is the fastest that is left.
  double scratch = 0;           ///< Those that no level outlives.
  double hardware = 0;          ///< Those that take a node out of service.
  double detection = 0;         ///< Mean seconds from the fault until it is known.
};
/// At the mean of what is drawn once a replication. `of_groups`: also what stops no more than a group (ReplicaDrop,
/// Shrink, Redundant); otherwise what stops all.
StopRates stop_rates(const RunSpec& spec, bool of_groups = true);

/// Units of a class that touch the job's nodes.
double units_of_job(const RunSpec& spec, const FaultClass& fault);

/// Intervals of all levels as the spec asks for them, for work between two checkpoints: a whole number of steps, at
/// least the lag, and of slower levels a whole number of the intervals before. Longer than the work where nothing is
/// ever written.
std::vector<Seconds> checkpoint_intervals(const RunSpec& spec);

}  // namespace orrery
