#pragma once

#include <vector>

#include "report/fleet_document.hpp"

namespace orrery {

/// Fans of capacity and power, what binds by quarter, cash and debt, what matters most, and sites in time.
std::vector<Chart> fleet_charts(const FleetCase& main, const std::vector<FleetCase>& variants);

}  // namespace orrery
