#pragma once

#include <vector>

#include "report/fleet_text.hpp"

namespace orrery {

/// Steps, variants side by side, targets, sites, what matters most, and what binds when.
void add_fleet_tables(const FleetCase& main, const std::vector<FleetCase>& variants, Document& document);

}  // namespace orrery
