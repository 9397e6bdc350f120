#pragma once

#include <optional>
#include <string>
#include <vector>

#include "fleet/capacity/spec.hpp"

namespace orrery {

/// Why a plan means nothing, and the likely fix.
struct FleetProblem {
  std::vector<std::string> keys;  ///< The inputs that cause it, as "fleet.sites[0].phases[1].start".
  std::string message, hint;
};

/// What no plan may have: no money, sites without power, chips that nobody sells, dates in the wrong order, shares that
/// contradict each other. A plan that can be played and fails is no problem but an answer.
std::vector<FleetProblem> fleet_problems(const FleetSpec& spec);

/// The last date for which a price or an output of a chip on the menu is stated: what comes after it is growth.
std::optional<Date> last_known(const FleetSpec& spec);

}  // namespace orrery
