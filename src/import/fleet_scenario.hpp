#pragma once

#include <string>
#include <vector>

#include "fleet/capacity/capacity_fields.hpp"
#include "fleet/capacity/spec.hpp"
#include "scenario/schema.hpp"
#include "scenario/value.hpp"

namespace orrery {

/// The same plan with some inputs changed.
struct FleetVariant {
  std::string name;
  FleetSpec plan;
};

/// What a scenario says about a fleet: [fleet], [economics] and [[offers]].
struct FleetScenario {
  FleetInput input;  ///< As read, defaults filled in.
  FleetSpec plan;
  std::vector<FleetVariant> variants;
  std::vector<std::string> assumptions;  ///< What was filled where the scenario is silent, in sentences.
  Provenance provenance;                 ///< Of everything that was written, with full paths.
};

/// Reads a scenario's tables; unknown tables and keys are mistakes, tables of other levels are left alone. Mistakes of
/// the plan (fleet/capacity/problems.hpp) go to `diagnostics` at the inputs that cause them.
///
/// Fills: NVIDIA's chips from the H100 to the GB300 as the menu; build times after sites of the kind and size, fitted
/// without a site whose true dates the plan is compared with; the wait for the grid in the US; the stated fall-backs
/// of use; the interest that GPU clouds pay.
FleetScenario read_fleet_scenario(const Value& root, Diagnostics& diagnostics);

/// Every input of a scenario as `read_fleet_scenario` takes it, presets expanded and defaults written out, each number
/// with its source.
Value fleet_scenario_table(const FleetScenario& scenario);

}  // namespace orrery
