#pragma once

#include "fleet/buying/trained_chips.hpp"
#include "report/document.hpp"

namespace orrery {

/// Adds which chip is cheapest for each trained model beside the cheapest for a peak operation, with the prices at
/// which that turns.
void add_trained_chips(const TrainedChipsSpec& spec, const TrainedChips& study, Document& document);

}  // namespace orrery
