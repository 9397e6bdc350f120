#pragma once

#include <optional>
#include <string>
#include <vector>

#include "fleet/training/cheapest_training.hpp"
#include "fleet/training/compute_growth.hpp"
#include "fleet/training/race.hpp"
#include "fleet/training/train_input.hpp"
#include "report/document.hpp"
#include "scenario/schema.hpp"

namespace orrery {

/// What `orrery fleet train` found, for its document.
struct TrainingAnswer {
  RaceResult race;
  std::optional<CheapestTraining> cheapest;
  GrowthShares growth;
};

/// Days, cost and energy of trainings on fleets; what a fleet trains at most; own silicon against bought; where the
/// growth of effective compute came from; the cheapest way to a training by a date.
Document fleet_training_document(const RaceSpec& spec, const CheapestSpec* question, const TrainInput& input,
                                 const TrainingAnswer& answer, const std::vector<std::string>& assumptions,
                                 const Provenance& provenance);

/// Its charts: days as a heat map, shares of the growth, costs of the cheapest ways.
void add_training_charts(const RaceSpec& spec, const TrainingAnswer& answer, Document& document);

}  // namespace orrery
