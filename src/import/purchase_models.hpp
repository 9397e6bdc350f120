#pragma once

#include <string>
#include <vector>

#include "fleet/buying/trained_chips.hpp"
#include "import/purchase_scenario.hpp"

namespace orrery {

/// The comparison of chips by trained model that a scenario asks for: every model of [[purchase.models]] on every kind
/// of `chips`, each in a pool of the same dense BF16 peak, in the software that such chips are trained with. `root`:
/// the scenario's table, for [run]. What was filled goes to `assumptions`.
struct TrainedChipsQuestion {
  TrainedChipsSpec spec;
  TrainingLevels levels;
  std::vector<std::string> assumptions;
};
TrainedChipsQuestion trained_chips_question(const PurchaseScenario& scenario, const Value& root,
                                            Diagnostics& diagnostics);

}  // namespace orrery
