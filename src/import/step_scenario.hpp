#pragma once

#include <string>
#include <vector>

#include "scenario/schema.hpp"
#include "scenario/value.hpp"
#include "step/search.hpp"

namespace orrery {

/// What a scenario says about one training step: the tables [model], [cluster], [training], [layout], [software] and
/// [plan].
struct StepScenario {
  StepSpec spec;
  PlanOptions plan;
  std::vector<std::string> assumptions;  ///< What was filled where the scenario is silent, in sentences.
  Provenance provenance;
};

/// Reads a scenario's tables; unknown tables and keys are mistakes. A text stands for a preset: `model =
/// "llama-3.1-70b"`.
///
/// Fills: sequences of 8,192 tokens (or the model's longest); a global batch of 16 Mi tokens from 100 billion
/// parameters on and 4 Mi below, the largest published runs' habit (arXiv:2407.21783, section 3.4); the software
/// profile of the chip's vendor; dp = 0 takes the chips that tp, pp and cp leave; sequence parallelism on where tp > 1.
StepScenario read_step_scenario(const Value& root, Diagnostics& diagnostics);

/// Every declared input of a step scenario, with full paths: for `orrery schema` and shell completion.
std::vector<FieldInfo> step_scenario_fields();

}  // namespace orrery
