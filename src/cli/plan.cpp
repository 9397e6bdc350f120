#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "cli/command.hpp"
#include "cli/step_inputs.hpp"
#include "network/hierarchical.hpp"
#include "scenario/toml_writer.hpp"
#include "step/step_fields.hpp"
#include "validate/interval.hpp"

namespace orrery {

RunCommand declare_plan(CLI::App& app);

namespace {

/// "tp=8": an entry of a table as --set takes it.
std::string entry_text(const std::string& key, const Value& value) {
  Value one(Value::Table{}, Span{});
  one.set(key, value, Span{});
  std::string text = write_toml(one);
  text.pop_back();
  return text.replace(text.find(" = "), 3, "=");
}

Value listed(const Value& value) {
  return Value(Value::Array{value}, Span{});
}

/// How to bind the search to entries of [layout]: by the first that [plan] has a list for.
std::string how_to_bind(const std::vector<Value::Entry>& entries) {
  const std::vector<FieldInfo> bounds = plan_schema().fields();
  for (const Value::Entry& entry : entries) {
    const bool is_axis =
        std::any_of(bounds.begin(), bounds.end(), [&](const FieldInfo& field) { return field.path == entry.key; });
    if (is_axis) return fmt::format("[plan] binds it, as --set plan.{}", entry_text(entry.key, listed(entry.value)));
  }
  return entries.front().key == "dp" ? "dp is what tp, pp and cp leave, which [plan] binds" : "these are not searched";
}

/// Says which inputs of [layout] the answer does not follow: the search chooses its own layout, and only [plan] binds
/// it. `chosen` is null where it chose none. What agrees with the choice needs no word, nor does the schedule, which
/// the search keeps. A file that `step` and `plan` share gets a note; a --set that does nothing gets a warning.
void add_unread_layout(const StepScenario& scenario, const Layout* chosen, Document& document) {
  const Value said = layout_schema().write(scenario.spec.layout);
  const Value ran = chosen == nullptr ? Value(Value::Table{}, Span{}) : layout_schema().write(*chosen);
  std::vector<Value::Entry> unread;
  std::vector<std::string> texts;
  bool is_set = false;
  for (const Value::Entry& entry : *said.table()) {
    const auto source = scenario.provenance.find("layout." + entry.key);
    if (source == scenario.provenance.end() || entry.key == "schedule") continue;
    const Value* other = ran.find(entry.key);
    std::string text = entry_text(entry.key, entry.value);
    if (other != nullptr && entry_text(entry.key, *other) == text) continue;
    unread.push_back(entry);
    texts.push_back(std::move(text));
    is_set |= source->second.place.starts_with("--set");
  }
  if (unread.empty()) return;
  (is_set ? document.warnings : document.notes)
      .push_back(
          fmt::format("the search does not follow [layout] ({}): {}", fmt::join(texts, ", "), how_to_bind(unread)));
}

/// The input with the layout that the search chose, so that `orrery step` explains it. Where no layout divides, only
/// the schedule, which the search reads.
Value planned_scenario(StepScenario scenario, const Layout* chosen) {
  std::erase_if(scenario.provenance, [](const auto& entry) { return entry.first.starts_with("layout."); });
  if (chosen != nullptr) scenario.spec.layout = *chosen;
  Value table = step_scenario_table(scenario);
  if (chosen == nullptr) {
    Value layout(Value::Table{}, Span{});
    layout.set("schedule", *table.find("layout")->find("schedule"), Span{});
    table.set("layout", std::move(layout), Span{});
  }
  return table;
}

}  // namespace

RunCommand declare_plan(CLI::App& app) {
  const auto input = std::make_shared<InputOptions>();
  const auto top = std::make_shared<int>(0);
  const auto written = std::make_shared<std::string>();
  add_input_options(app, *input);
  app.add_option("--top", *top, "Layouts to print [5]")
      ->type_name("N")
      ->check(whole_number("number of layouts", 1, 1000));
  add_write_scenario_option(app, *written);
  return [input, top, written](const OutputFlags& flags) {
    StepScenario scenario = load_step_scenario(*input, flags);
    if (*top > 0) scenario.plan.top = *top;
    const StepSpec& spec = scenario.spec;
    const PlanOptions search = search_options(scenario, *input);
    auto plan = plan_layouts(spec, HierarchicalModel(spec.cluster), search);
    const Layout* chosen = plan                   ? &plan->best.front().layout
                           : plan.error().closest ? &plan.error().closest->layout
                                                  : nullptr;
    if (!written->empty()) write_scenario(*written, planned_scenario(scenario, chosen), "plan", scenario.assumptions);
    if (!plan) {
      Document document = nothing_fits_document(spec, plan.error(), scenario.assumptions);
      if (plan.error().closest) add_enough_chips(spec, chips_that_fit(spec, search), document);
      add_unread_layout(scenario, chosen, document);
      emit(document, flags);
      return kNoFeasibleAnswer;
    }
    for (auto* list : {&plan->best, &plan->pareto}) {
      for (PlannedLayout& planned : *list) apply_interval(planned.result, reference_intervals());
    }
    StepSpec answer = spec;
    answer.layout = *chosen;
    Document document = plan_document(spec, *plan, step_context(answer, scenario.assumptions));
    add_unread_layout(scenario, chosen, document);
    add_megatron_args(document, answer, flags);
    emit(document, flags);
    return kAnswer;
  };
}

}  // namespace orrery
