#pragma once

#include "validate/presets.hpp"

namespace orrery {

/// Chips with their usual nodes and fabrics, models and software profiles from the presets compiled into the program;
/// read once. A preset that does not read (ORRERY_PRESETS may name the user's own) is an `InputError`.
const RowPresets& embedded_presets();

}  // namespace orrery
