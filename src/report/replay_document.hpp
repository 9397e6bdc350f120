#pragma once

#include "report/document.hpp"
#include "run/forecast.hpp"
#include "run/trace.hpp"

namespace orrery {

/// Adds to a run under a replayed trace what the trace itself says: how many nodes were away at once, how its faults
/// cluster, by kind; beside what independent faults would have done.
void add_replay(const FaultTrace& trace, Document& document);

/// How far ahead a trace is forecast: a third of its length, which is also what its end is scored on.
Seconds forecast_horizon(const FaultTrace& trace);

/// Adds what a model fitted to the trace says of the time after it, and how the same would have done on its last third.
/// `scored` may be nothing where the trace is too short to be cut.
void add_forecast(const FaultTrace& trace, const Forecast& ahead, const ScoredForecast* scored, Document& document);

}  // namespace orrery
