#pragma once

#include <string>
#include <vector>

#include "fleet/capacity/result.hpp"
#include "fleet/capacity/spec.hpp"
#include "report/document.hpp"

namespace orrery {

/// A plan with what became of it.
struct FleetCase {
  std::string name;  ///< Of a variant; of the plan itself its own name.
  FleetSpec plan;
  FleetResult result;
};

/// What can be built by when, and what binds: the answer first, then money in and out, quarters, sites, targets, and
/// variants side by side.
Document fleet_document(const FleetCase& main, const std::vector<FleetCase>& variants,
                        const std::vector<std::string>& assumptions);

/// Whether the plan can be done at all: chips are on at the end of some future, and every target with a date is reached
/// by it in some.
bool fleet_can_be_done(const FleetCase& plan);

/// "build times", "money": what a limit is called.
const char* fleet_limit_name(FleetLimit limit);

/// "price of chips": what a drawn input is called; its key where it has no name.
std::string fleet_input_name(const std::string& key);

}  // namespace orrery
