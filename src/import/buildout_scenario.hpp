#pragma once

#include <string>
#include <vector>

#include "fleet/optimal/buildout_fields.hpp"
#include "fleet/optimal/buildout_problem.hpp"
#include "import/fleet_scenario.hpp"

namespace orrery {

/// What a scenario says about a build-out plan: a fleet, and [buildout].
struct BuildoutScenario {
  FleetScenario fleet;
  BuildoutInput input;
  BuildoutProblem problem;               ///< Sound, where there are no mistakes.
  std::vector<std::string> assumptions;  ///< Those of the fleet too.
  Provenance provenance;                 ///< Of everything that was written, with full paths.
};

/// Reads a scenario's tables. Beyond the mistakes of a fleet's: a goal without its target, a day that lies outside the
/// plan, a plan that is too large to be solved in moments.
BuildoutScenario read_buildout_scenario(const Value& root, Diagnostics& diagnostics);

/// Every input of a scenario as `read_buildout_scenario` takes it, presets expanded and defaults written out.
Value buildout_scenario_table(const BuildoutScenario& scenario);

}  // namespace orrery
