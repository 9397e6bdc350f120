#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/diagnostic.hpp"
#include "fleet/training/delivery.hpp"
#include "scenario/value.hpp"

namespace orrery {

/// The levels below a training of the fleet: steps with the intervals of docs/accuracy.md, and runs as [run] of the
/// scenario has them, or, where it has none, under the faults of the preset "prior" with the usual checkpoints and
/// restarts. What was filled goes to `assumptions`.
TrainingLevels training_levels(const Value& root, std::vector<std::string>& assumptions, Diagnostics& diagnostics);

/// What a job is laid out with on a kind of machine: the tables `model`, `training`, `software` and `layout` of
/// `written` (a text stands for a preset), filled as `orrery step` fills them. Nothing after a mistake.
///
/// `assumptions`  what was filled, where it is not null.
std::optional<StepSpec> training_step(const Value& written, const Cluster& cluster,
                                      std::vector<std::string>* assumptions, Diagnostics& diagnostics);

}  // namespace orrery
