#pragma once

#include <string>
#include <vector>

#include "cli/input.hpp"
#include "cli/output.hpp"
#include "import/step_scenario.hpp"
#include "report/step_document.hpp"
#include "step/more_chips.hpp"

namespace orrery {

/// The scenario of a step command, checked; throws `InputError` with every mistake.
StepScenario load_step_scenario(const InputOptions& options, const OutputFlags& flags);

/// Reports every reason why the layout cannot run, each where the first of its inputs that the user gave stands.
[[noreturn]] void refuse_layout(const StepScenario& scenario);

/// How a command searches: within the scenario's bounds, ranked by the upper end of the 80 % interval.
PlanOptions search_options(const StepScenario& scenario, const InputOptions& options);

/// The fewest chips that a job takes which fits nowhere on its machine.
EnoughChips chips_that_fit(const StepSpec& spec, const PlanOptions& options);

/// The measurements nearest to a step, predicted by the same model, and the scenario's assumptions.
StepContext step_context(const StepSpec& spec, std::vector<std::string> assumptions);

/// Adds the Megatron-LM arguments of a spec as lines to copy: under --explain, and always for machines.
void add_megatron_args(Document& document, const StepSpec& spec, const OutputFlags& flags);

}  // namespace orrery
