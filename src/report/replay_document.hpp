#pragma once

#include "report/document.hpp"
#include "run/trace.hpp"

namespace orrery {

/// Adds to a run under a replayed trace what the trace itself says: how many nodes were away at once, how its faults
/// cluster, by kind; beside what independent faults would have done.
void add_replay(const FaultTrace& trace, Document& document);

}  // namespace orrery
