#pragma once

#include "run/spec.hpp"
#include "run/trace.hpp"

namespace orrery {

/// The fault model of a trace: few numbers with a meaning each, from what happened to its nodes.
///
/// - A class for each kind of fault, at the rate of its faults, with its own law of repair where it has 30 faults at
///   least and that of all otherwise (quantiles by Kaplan and Meier, open faults censored).
/// - Bursts: the share of instants at which several nodes fail, and how many more they are.
/// - Imperfect repair: nodes that fail again within 30 days of their return more often than the others do; what is left
///   after the bursts and these is the base rate.
/// - A swing of each kind's rate, of one deviation and period for all kinds but with draws of its own: from how much
/// the
///   counts of a kind in windows of 1 to 32 days vary beyond a Poisson process.
/// - How sure the rates are: the scale's deviation is that of a mean over as many periods of the swing as the trace
/// has. Nothing is fitted to the number of nodes that are away.
FaultModel fit_fault_model(const FaultTrace& trace);

/// The swing, common to the groups, whose counts vary as those of the starts in each group do (seconds in 0 .. length).
/// Zero where they vary no more than a Poisson process.
Swing fit_swing(const std::vector<std::vector<double>>& groups, double length);

}  // namespace orrery
