#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <string>
#include <vector>

#include "cli/command.hpp"
#include "cli/step_inputs.hpp"
#include "network/hierarchical.hpp"
#include "validate/interval.hpp"

namespace orrery {

RunCommand declare_plan(CLI::App& app);

RunCommand declare_plan(CLI::App& app) {
  const auto input = std::make_shared<InputOptions>();
  const auto top = std::make_shared<int>(0);
  add_input_options(app, *input);
  app.add_option("--top", *top, "Layouts to print [5]")
      ->type_name("N")
      ->check(whole_number("number of layouts", 1, 1000));
  return [input, top](const OutputFlags& flags) {
    StepScenario scenario = load_step_scenario(*input, flags);
    if (*top > 0) scenario.plan.top = *top;
    scenario.plan.threads = static_cast<unsigned>(input->threads);
    scenario.plan.upper_factor = [](const StepResult& result) {
      StepResult with_interval = result;
      apply_interval(with_interval, reference_intervals());
      return with_interval.high / with_interval.step_time;
    };
    std::vector<std::string> unread;
    for (const std::string& set : input->sets) {
      if (!set.starts_with("layout.") || set.starts_with("layout.schedule")) continue;
      unread.push_back(fmt::format("--set {} does not bind the search: --set plan.{}=[...] does", set,
                                   set.substr(7, set.find('=') - 7)));
    }
    auto plan = plan_layouts(scenario.spec, HierarchicalModel(scenario.spec.cluster), scenario.plan);
    if (!plan) {
      emit(nothing_fits_document(scenario.spec, plan.error()), flags);
      return kNoFeasibleAnswer;
    }
    for (auto* list : {&plan->best, &plan->pareto}) {
      for (PlannedLayout& planned : *list) apply_interval(planned.result, reference_intervals());
    }
    StepSpec chosen = scenario.spec;
    chosen.layout = plan->best.front().layout;
    Document document = plan_document(scenario.spec, *plan, step_context(chosen, scenario.assumptions));
    document.warnings.insert(document.warnings.end(), unread.begin(), unread.end());
    add_megatron_args(document, chosen, flags);
    emit(document, flags);
    return kAnswer;
  };
}

}  // namespace orrery
