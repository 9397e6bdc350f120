#pragma once

#include "report/document.hpp"
#include "run/trace.hpp"

namespace orrery {

/// Adds what a trace of faults itself says: how many nodes were out of service, over time and as a distribution beside
/// a Poisson law of the same mean, and its faults by kind.
void add_replay(const FaultTrace& trace, Document& document);

}  // namespace orrery
