#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <string>

#include "base/file.hpp"
#include "cli/command.hpp"
#include "cli/step_inputs.hpp"
#include "export/perfetto.hpp"
#include "network/hierarchical.hpp"
#include "step/layout.hpp"
#include "step/schedule.hpp"
#include "validate/interval.hpp"

namespace orrery {

namespace {

/// The fastest layout that fits and keeps the degrees of parallelism: more recomputation, smaller micro-batches or a
/// sharded optimizer; failing that, the search's best on the machine, or what misses by least.
std::string closest_that_fits(const StepScenario& scenario, Seconds asked) {
  const Layout& l = scenario.spec.layout;
  const HierarchicalModel network(scenario.spec.cluster);
  PlanOptions options = scenario.plan;
  options.top = 1;
  options.space.tp = {l.tp};
  options.space.pp = {l.pp};
  options.space.cp = {l.cp};
  options.space.ep = {l.ep};
  auto plan = plan_layouts(scenario.spec, network, options);
  if (!plan) {
    options = scenario.plan;
    options.top = 1;
    plan = plan_layouts(scenario.spec, network, options);
  }
  if (!plan) {
    const auto& closest = plan.error().closest;
    if (!closest) return "no layout fits on this machine";
    return fmt::format("no layout fits on this machine; closest: {}: {} needed", describe(closest->layout),
                       format_bytes(closest->cost.memory));
  }
  const PlannedLayout& best = plan->best.front();
  return fmt::format("closest that fits: {}: {}, step {:+.0f} %", describe(best.layout),
                     format_bytes(best.result.peak_memory()), 100 * (best.result.step_time / asked - 1.0));
}

}  // namespace

RunCommand declare_step(CLI::App& app);

RunCommand declare_step(CLI::App& app) {
  const auto input = std::make_shared<InputOptions>();
  const auto timeline = std::make_shared<std::string>();
  add_input_options(app, *input);
  app.add_option("--timeline", *timeline, "Write the pipeline's slots as a trace for ui.perfetto.dev")
      ->type_name("FILE");
  return [input, timeline](const OutputFlags& flags) {
    const StepScenario scenario = load_step_scenario(*input, flags);
    const Layout& layout = scenario.spec.layout;
    const double slots = 2.0 * layout.pp * layout.vpp * static_cast<double>(micro_batches(scenario.spec));
    if (!timeline->empty() && slots > kMostSlots) {
      throw InputError(fmt::format("a timeline of {:.0f} slots is too long to be looked at", slots), {},
                       fmt::format("at most {:.0f}: fewer micro-batches, --set training.global_batch=...", kMostSlots));
    }
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
    if (!result->fits()) document.answer.push_back(closest_that_fits(scenario, result->step_time));
    add_megatron_args(document, scenario.spec, flags);
    emit(document, flags);
    return result->fits() ? kAnswer : kNoFeasibleAnswer;
  };
}

}  // namespace orrery
