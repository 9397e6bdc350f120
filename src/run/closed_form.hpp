#pragma once

#include "run/intervals.hpp"
#include "run/result.hpp"
#include "run/spec.hpp"

namespace orrery {

/// Expected time of a run by formula: renewal arguments for memoryless stops, nothing simulated.
///
/// With lam = 1/M stops a second, D from the fault to its being known, R of the restart, tau of useful work between two
/// checkpoints, d of blocking for each and l of lag until it counts, the time of one interval is
///
///     (M + D) e^{(R + l)/M} (e^{(tau + d)/M} - 1)
///
/// Daly's equation 20 (FGCS 22(3), 2006), with detection, in which the job is down already, and lag: after a restart
/// tau + d + l must pass without a stop until a checkpoint counts, after that tau + d for each further one. Where R is
/// random, e^{R/M} is 1 / E[e^{-R/M}], since each attempt draws it anew.
///
/// With several levels the fast intervals within one of the slowest are a Markov chain, solved exactly: from the i-th,
/// V_i to advance, U_ij from the start of a restart that has to read level j. What stops add up to until the job runs
/// again, those during detection among them, is part of the state: the slowest level that one of them asks for, and
/// whether one took hardware, which then has to be replaced. A lag then counts to first order. Slow
/// parts, stalls, corruption, maintenance, waiting for nodes, groups and redundancy are added to first order, and named
/// in `beyond`, as is whatever the formula does not see.
ClosedForm closed_form(const RunSpec& spec);

/// The same with the intervals given, one a level, in seconds of work: infinite where the run never ends.
Seconds expected_wall(const RunSpec& spec, const std::vector<Seconds>& intervals);

/// Losses of groups, the fatal one among them, until a shard of a redundant job has no copy left, on average:
/// Gamma(1 + 1/r) G^{1 - 1/r} of G groups with r copies that overlap (SPARe, arXiv:2603.00357), r^{1/r} times as many
/// in families. 1 for other policies.
double masked_losses(const RunSpec& spec);

/// Effective training time ratio to first order, [1 - lam (R + tau / 2)] / (1 + d / tau): Kokolis et al., "Revisiting
/// reliability in large-scale machine learning research clusters", HPCA 2025, without queueing. For comparison: at a
/// recovery share of 0.7 it says 0.29 where 0.48 is true.
double first_order_ettr(Seconds between_stops, Seconds recovery, Seconds interval, Seconds blocking);

}  // namespace orrery
