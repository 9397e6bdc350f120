#pragma once

#include <optional>
#include <string>
#include <vector>

#include "fleet/training/cheapest_training.hpp"
#include "fleet/training/race.hpp"
#include "fleet/training/train_input.hpp"
#include "import/training_levels.hpp"

namespace orrery {

/// What a scenario says of trainings on fleets: [train], with [[offers]], [economics] and [run].
struct TrainingScenario {
  TrainInput input;
  RaceSpec race;
  std::optional<CheapestSpec> cheapest;
  std::vector<std::string> assumptions;  ///< What was filled where the scenario is silent, in sentences.
  Provenance provenance;                 ///< Of everything that was written, presets of its lists included.
  Value train{Value::Table{}, Span{}};   ///< The table [train], presets of its lists expanded.
};

/// Reads a scenario's tables; unknown tables and keys are mistakes, tables of other levels are left alone. In the lists
/// of [train] a text stands for a preset: `projects = ["gpt-4"]`; a table may start from one (`preset = "gpt-4"`).
///
/// Mistakes: no project; neither a fleet nor a question for the cheapest way; a project of which nobody knows how much
/// is to be computed; chips before their launch; deadlines before their decisions; names that nobody has.
TrainingScenario read_training_scenario(const Value& root, std::uint64_t seed, Diagnostics& diagnostics);

/// Every input of [train] and [economics] as `read_training_scenario` takes it, presets expanded and defaults written
/// out; the other tables as `root` has them.
Value training_scenario_table(const TrainingScenario& scenario, const Value& root);

}  // namespace orrery
