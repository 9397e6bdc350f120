#pragma once

#include <string>
#include <vector>

#include "scenario/schema.hpp"
#include "scenario/value.hpp"
#include "step/search.hpp"
#include "validate/presets.hpp"

namespace orrery {

/// What a scenario says about one training step: the tables [model], [cluster], [training], [layout], [software] and
/// [plan].
struct StepScenario {
  StepSpec spec;
  SoftwareProfile profile;  ///< Of `spec.software`.
  PlanOptions plan;
  std::vector<std::string> assumptions;  ///< What was filled where the scenario is silent, in sentences.
  /// Of the layout, which `step` assumes and `plan` chooses: "tp=1".
  std::vector<std::string> layout_assumptions;
  Provenance provenance;  ///< Of everything that was written, with full paths: "cluster.chip.memory".
};

/// Reads a scenario's tables; unknown tables and keys are mistakes, tables of other levels are left alone. A text
/// stands for a preset: `model = "llama-3.1-70b"`.
///
/// Fills: sequences of 8,192 tokens (or the model's longest); a global batch of 16 Mi tokens from 100 billion
/// parameters on and 4 Mi below, the largest published runs' habit (arXiv:2407.21783, section 3.4); the software
/// profile of the chip's vendor; FP16 and a profile without FlashAttention where the chip has no BF16; dp = 0 takes the
/// chips that tp, pp and cp leave; sequence parallelism on where tp > 1.
StepScenario read_step_scenario(const Value& root, Diagnostics& diagnostics);

/// Every input of a scenario as `read_step_scenario` takes it, presets expanded and defaults written out, each number
/// with the source that it was read with. What reads it back has the same `spec` and the same bounds in `plan`, and
/// assumes nothing.
Value step_scenario_table(const StepScenario& scenario);

}  // namespace orrery
