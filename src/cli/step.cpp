#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/file.hpp"
#include "cli/command.hpp"
#include "cli/step_inputs.hpp"
#include "export/perfetto.hpp"
#include "import/scenario_writer.hpp"
#include "network/network_model.hpp"
#include "step/layout.hpp"
#include "step/schedule.hpp"
#include "validate/interval.hpp"

namespace orrery {

namespace {

/// Says what fits instead: the fastest layout that keeps the degrees of parallelism (more recomputation, smaller
/// micro-batches or a sharded optimizer), failing that the search's best on the machine, failing that on more chips.
void add_what_fits(const StepSpec& spec, const PlanOptions& search, const StepResult& asked, Document& document) {
  const Layout& l = spec.layout;
  const HierarchicalModel network(spec.cluster);
  const auto closely = network_model(spec.cluster);
  PlanOptions options = search;
  options.finalists = closely.get();
  options.top = 1;
  options.space.tp = {l.tp};
  options.space.pp = {l.pp};
  options.space.cp = {l.cp};
  options.space.ep = {l.ep};
  auto plan = plan_layouts(spec, network, options);
  if (!plan) {
    options.space = search.space;
    plan = plan_layouts(spec, network, options);
  }
  if (!plan) {
    document.answer.push_back("no layout fits on this machine");
    add_enough_chips(spec, chips_that_fit(spec, search), document);
    return;
  }
  add_closest(asked, plan->best.front(), document);
}

/// `step` runs the layout that it is given: what it fills in of one, it says.
void add_layout_assumptions(StepScenario& scenario) {
  const std::vector<std::string>& filled = scenario.layout_assumptions;
  if (filled.empty()) return;
  const bool no_layout = std::none_of(scenario.provenance.begin(), scenario.provenance.end(),
                                      [](const auto& entry) { return entry.first.starts_with("layout."); });
  scenario.assumptions.push_back(
      fmt::format("{}{}", fmt::join(filled, " "), no_layout ? " (`orrery plan` chooses a layout)" : ""));
}

}  // namespace

RunCommand declare_step(CLI::App& app);

RunCommand declare_step(CLI::App& app) {
  const auto input = std::make_shared<InputOptions>();
  const auto timeline = std::make_shared<std::string>();
  const auto written = std::make_shared<std::string>();
  add_input_options(app, *input);
  app.add_option("--timeline", *timeline, "Write the pipeline's slots as a trace for ui.perfetto.dev")
      ->type_name("FILE");
  add_write_scenario_option(app, *written);
  return [input, timeline, written](const OutputFlags& flags) {
    StepScenario scenario = load_step_scenario(*input, flags);
    add_layout_assumptions(scenario);
    const Layout& layout = scenario.spec.layout;
    const double slots = 2.0 * layout.pp * layout.vpp * static_cast<double>(micro_batches(scenario.spec));
    if (!timeline->empty() && slots > kMostSlots) {
      throw InputError(fmt::format("a timeline of {:.0f} slots is too long to be looked at", slots), {},
                       fmt::format("at most {:.0f}: fewer micro-batches, --set training.global_batch=...", kMostSlots));
    }
    auto result = simulate_step(scenario.spec, *network_model(scenario.spec.cluster, input->seed),
                                {.timeline = !timeline->empty()});
    if (!result) refuse_layout(scenario);
    apply_interval(*result, reference_intervals());
    if (!timeline->empty())
      write_file_atomically(*timeline, perfetto_trace(pipeline_trace(result->timeline), scenario.spec.model.name));
    const std::string again =
        scenario_text(step_scenario_table(scenario), "step", seed_words(*input), scenario.assumptions);
    if (!written->empty()) write_file_atomically(*written, again);
    Document document = step_document(scenario.spec, *result, step_context(scenario.spec, scenario.assumptions));
    if (!result->fits()) add_what_fits(scenario.spec, search_options(scenario, *input), *result, document);
    add_megatron_args(document, scenario.spec, flags);
    document.scenario = again;
    emit(document, flags);
    return result->fits() ? kAnswer : kNoFeasibleAnswer;
  };
}

}  // namespace orrery
