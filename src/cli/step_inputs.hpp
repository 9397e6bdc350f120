#pragma once

#include "cli/input.hpp"
#include "cli/output.hpp"
#include "import/step_scenario.hpp"
#include "report/step_document.hpp"

namespace orrery {

/// The scenario of a step command, checked; throws `InputError` with every mistake.
StepScenario load_step_scenario(const InputOptions& options, const OutputFlags& flags);

/// The measurements nearest to a step, predicted by the same model, and the scenario's assumptions.
StepContext step_context(const StepSpec& spec, std::vector<std::string> assumptions);

/// Adds the Megatron-LM arguments of a spec as lines to copy: under --explain, and always for machines.
void add_megatron_args(Document& document, const StepSpec& spec, const OutputFlags& flags);

}  // namespace orrery
