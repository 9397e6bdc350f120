#include <CLI/CLI.hpp>
#include <memory>

#include "base/file.hpp"
#include "cli/command.hpp"
#include "cli/step_inputs.hpp"
#include "network/hierarchical.hpp"
#include "validate/interval.hpp"

namespace orrery {

RunCommand declare_step(CLI::App& app);

RunCommand declare_step(CLI::App& app) {
  const auto input = std::make_shared<InputOptions>();
  add_input_options(app, *input);
  return [input](const OutputFlags& flags) {
    const StepScenario scenario = load_step_scenario(*input, flags);
    auto result = simulate_step(scenario.spec, HierarchicalModel(scenario.spec.cluster));
    if (!result) throw InputError("this layout cannot run: " + result.error().reason);
    apply_interval(*result, reference_intervals());
    emit(step_document(scenario.spec, *result, step_context(scenario.spec, scenario.assumptions)), flags);
    return result->fits() ? kAnswer : kNoFeasibleAnswer;
  };
}

}  // namespace orrery
