#pragma once

#include <optional>
#include <vector>

#include "fleet/capacity/spec.hpp"
#include "fleet/optimal/buildout_plan.hpp"

namespace orrery {

/// A target of the fleet, and what the best plan, which is chosen by [buildout] alone, makes of it at medians.
struct PlannedTarget {
  FleetTarget target;
  std::optional<int> reached;  ///< Step at whose end it is; none where its date, or the step that counts, is before.
  double then = 0;             ///< What there is at that date, or at the end of the step that counts.
};

/// By target of `spec`; of a measure's value at the ends of steps.
std::vector<PlannedTarget> planned_targets(const FleetSpec& spec, const BuildoutProblem& problem,
                                           const BuildoutPlan& plan);

}  // namespace orrery
