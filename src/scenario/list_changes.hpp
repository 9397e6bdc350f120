#pragma once

#include "scenario/value.hpp"

namespace orrery {

/// A list of tables with changes over some of its elements: a table whose keys name an element by its `name` or by its
/// place from 0, and whose values lie over it as `merged` has it:
///
///     [run.faults.classes."gpu replaced"]      rate = "0.1 /year"
///     --set run.checkpoints.0.interval="1 h"
///
/// An element that is not there is a mistake, with what may have been meant.
Value with_changes(const Value& list, const Value& changes, Diagnostics& diagnostics);

}  // namespace orrery
