#include <CLI/CLI.hpp>
#include <memory>
#include <string>

#include "base/file.hpp"
#include "cli/command.hpp"
#include "cli/step_inputs.hpp"
#include "export/perfetto.hpp"
#include "network/hierarchical.hpp"
#include "step/layout.hpp"
#include "validate/interval.hpp"

namespace orrery {

RunCommand declare_step(CLI::App& app);

RunCommand declare_step(CLI::App& app) {
  const auto input = std::make_shared<InputOptions>();
  const auto timeline = std::make_shared<std::string>();
  add_input_options(app, *input);
  app.add_option("--timeline", *timeline, "Write the pipeline's slots as a trace for ui.perfetto.dev")
      ->type_name("FILE");
  return [input, timeline](const OutputFlags& flags) {
    const StepScenario scenario = load_step_scenario(*input, flags);
    auto result =
        simulate_step(scenario.spec, HierarchicalModel(scenario.spec.cluster), {.timeline = !timeline->empty()});
    if (!result) {
      Diagnostics mistake;
      mistake.error("this layout cannot run: " + result.error().reason, {},
                    describe(scenario.spec.layout) + "; `orrery plan` lists layouts that can");
      mistake.throw_if_errors();
    }
    apply_interval(*result, reference_intervals());
    if (!timeline->empty())
      write_file_atomically(*timeline, perfetto_trace(pipeline_trace(result->timeline), scenario.spec.model.name));
    Document document = step_document(scenario.spec, *result, step_context(scenario.spec, scenario.assumptions));
    add_megatron_args(document, scenario.spec, flags);
    emit(document, flags);
    return result->fits() ? kAnswer : kNoFeasibleAnswer;
  };
}

}  // namespace orrery
