#pragma once

#include <string>
#include <vector>

#include "fleet/nation/nation_fields.hpp"
#include "fleet/nation/nation_spec.hpp"
#include "scenario/value.hpp"

namespace orrery {

/// What a scenario says about a nation: its table [nation].
struct NationScenario {
  NationInput input;
  NationSpec spec;
  std::vector<std::string> assumptions;  ///< What was filled where the scenario is silent, in sentences.
  Provenance provenance;                 ///< Of everything that was written, with full paths.
};

/// Reads [nation]; tables of other levels are left alone. Contradictions are mistakes: surveys out of order, classes
/// that do not add up to one, shares above one, more firms that lack compute than firms with need, currencies that no
/// rate is stated for.
NationScenario read_nation_scenario(const Value& root, Diagnostics& diagnostics);

/// Every input of a scenario as `read_nation_scenario` takes it, defaults written out.
Value nation_scenario_table(const NationScenario& scenario);

}  // namespace orrery
