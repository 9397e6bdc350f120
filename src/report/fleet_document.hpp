#pragma once

#include <string>
#include <vector>

#include "report/document.hpp"
#include "report/fleet_text.hpp"

namespace orrery {

/// What can be built by when, and what binds: the answer first, then money in and out, quarters, sites, targets, and
/// variants side by side.
Document fleet_document(const FleetCase& main, const std::vector<FleetCase>& variants,
                        const std::vector<std::string>& assumptions);

/// Whether the plan can be done at all: a whole chip is on at the end, in the mean of the futures, and every target
/// with a date is reached by it in some.
bool fleet_can_be_done(const FleetCase& plan);

}  // namespace orrery
