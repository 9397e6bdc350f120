#pragma once

#include <string>
#include <vector>

#include "report/fleet_document.hpp"

namespace orrery {

/// "2025-Q3", or "2025-07" where steps are months: the step that ends before a day.
std::string fleet_step_name(const FleetSpec& plan, Date end);

/// Fans of capacity and power, what binds by quarter, cash and debt, what matters most, and sites in time.
std::vector<Chart> fleet_charts(const FleetCase& main, const std::vector<FleetCase>& variants);

}  // namespace orrery
