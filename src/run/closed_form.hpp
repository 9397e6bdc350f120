#pragma once

#include "run/result.hpp"
#include "run/spec.hpp"

namespace orrery {

/// Expected time of a run by formula: renewal arguments for memoryless stops, nothing simulated.
///
/// With lam = 1/M stops a second, D from the fault to its being known, R of the restart, tau of useful work between two
/// checkpoints, d of blocking for each and l of lag until it counts, the time of one interval is
/// (M + D) e^{(R + l)/M} (e^{(tau + d)/M} - 1): Daly's equation 20 (FGCS 22(3), 2006) with detection, in which the job
/// is down already, and lag. With several levels the intervals within one of the slowest are a Markov chain that is
/// solved exactly. Slow parts, stalls, maintenance, waiting for nodes, groups and
/// redundancy are added to first order, and named in `beyond`.
ClosedForm closed_form(const RunSpec& spec);

/// The same with the intervals given, one a level, in seconds of work, not rounded.
Seconds expected_wall(const RunSpec& spec, const std::vector<Seconds>& intervals);

// Intervals that balance writing (`blocking`, each) against rework, for stops every `between_stops` on average.
Seconds young_interval(Seconds blocking, Seconds between_stops);
Seconds daly_interval(Seconds blocking, Seconds between_stops);
Seconds optimal_interval(Seconds blocking, Seconds between_stops);

/// Principal branch of Lambert's W on -1/e .. 0: w e^w = x.
double lambert_w0(double x);

/// Intervals of all levels as the spec asks for them, rounded to whole steps and to multiples of each other. Empty
/// where no checkpoint is written.
std::vector<Seconds> checkpoint_intervals(const RunSpec& spec);

/// Stops of the job a second, by class as in the spec, of all nodes of the job (spares fail, but stop nothing); false
/// alarms last. With `scale` at its mean.
std::vector<Hertz> stop_rates(const RunSpec& spec);

}  // namespace orrery
