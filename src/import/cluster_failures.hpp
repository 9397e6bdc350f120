#pragma once

#include <string>
#include <vector>

#include "base/diagnostic.hpp"
#include "cluster/spec.hpp"
#include "import/cluster_scenario.hpp"
#include "scenario/value.hpp"

namespace orrery {

/// [scheduling] with the preset of its failures' faults expanded. `failures` may be the name of a preset of faults.
Value with_failures(const Value& scheduling, std::vector<std::string>& assumptions, Diagnostics& diagnostics);

/// Gives a spec that has its machine the failures of the scenario. Units that the machine does not have go to
/// `diagnostics`, what is left out and what it comes to to the assumptions.
void add_failures(ClusterScenario& scenario, ClusterSpec& spec, Diagnostics& diagnostics);

}  // namespace orrery
