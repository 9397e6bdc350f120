#pragma once

#include <optional>
#include <string>
#include <vector>

#include "fleet/training/cheapest_training.hpp"
#include "fleet/training/race.hpp"
#include "fleet/training/train_input.hpp"
#include "import/training_levels.hpp"
#include "scenario/value.hpp"

namespace orrery {

/// What a scenario says of trainings on fleets: [train], with [[offers]], [economics] and [run].
struct TrainingScenario {
  TrainInput input;
  RaceSpec race;
  std::optional<CheapestSpec> cheapest;
  std::vector<Value> projects;    ///< Their tables, presets expanded: with their jobs' `training` and `software`.
  std::vector<ChipOffer> offers;  ///< All that take part, presets too.
  std::optional<Value> run;       ///< [run] as written, for the level below.
  std::vector<std::string> assumptions;  ///< What was filled where the scenario is silent, in sentences.
  Provenance provenance;                 ///< Of everything that was written, presets of its lists included.
};

/// Reads a scenario's tables; unknown tables and keys are mistakes, tables of other levels are left alone. In the lists
/// of [train] a text stands for a preset: `projects = ["gpt-4"]`; a table may start from one (`preset = "gpt-4"`).
///
/// Mistakes: no project; neither a fleet nor a question for the cheapest way; a project of which nobody knows how much
/// is to be computed; chips before their launch; deadlines before their decisions; names that nobody has.
TrainingScenario read_training_scenario(const Value& root, std::uint64_t seed, Diagnostics& diagnostics);

/// Every input of a scenario without mistakes as `read_training_scenario` takes it, presets expanded and defaults
/// written out; [run] stays as it was written.
Value training_scenario_table(const TrainingScenario& scenario);

}  // namespace orrery
