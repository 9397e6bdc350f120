#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "base/file.hpp"
#include "cli/command.hpp"
#include "cli/step_inputs.hpp"
#include "import/scenario_writer.hpp"
#include "network/hierarchical.hpp"
#include "network/network_model.hpp"
#include "scenario/toml_writer.hpp"
#include "step/batch.hpp"
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

/// A value as --set takes it: a text needs no quotes there.
std::string plain_text(const Value& value) {
  if (const std::string* text = value.string()) return *text;
  return entry_text("x", value).substr(2);
}

/// How to keep entries of [layout]: the --set for each that [plan] has a list for.
std::string how_to_keep(const std::vector<Value::Entry>& entries) {
  const std::vector<FieldInfo> bounds = plan_schema().fields();
  std::string sets;
  for (const Value::Entry& entry : entries) {
    const bool is_axis =
        std::any_of(bounds.begin(), bounds.end(), [&](const FieldInfo& field) { return field.path == entry.key; });
    if (is_axis) sets += fmt::format(" --set plan.{}={}", entry.key, plain_text(entry.value));
  }
  if (!sets.empty()) return "to keep them:" + sets;
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
    is_set |= source->second.place().starts_with("--set");
  }
  if (unread.empty()) return;
  (is_set ? document.warnings : document.notes)
      .push_back(fmt::format("`plan` chose another layout than [layout] says ({}); {}", fmt::join(texts, ", "),
                             how_to_keep(unread)));
}

/// The batch of a training that the chips share better than they do now; 0 where they share it well enough.
long long better_batch(const StepSpec& spec) {
  const long long batch = spec.training.global_batch, chips = spec.cluster.chips;
  const long long better = shared_batch(batch, chips);
  return most_ranks(better, chips) >= 4 * most_ranks(batch, chips) ? better : 0;
}

/// Where no layout divides: the nearest batch with which one does.
void add_batch_that_divides(const StepSpec& spec, const PlanOptions& search, Document& document) {
  const long long batch = spec.training.global_batch, chips = spec.cluster.chips;
  PlanOptions options = search;
  options.top = 1;
  options.fewer_chips = false;
  for (const long long other : {shared_batch(batch, chips), divisible_batch(batch, chips)}) {
    if (other == batch) continue;
    StepSpec changed = spec;
    changed.training.global_batch = other;
    const auto plan = plan_layouts(changed, HierarchicalModel(spec.cluster), options);
    if (!plan && !plan.error().closest) continue;
    document.answer.push_back(fmt::format("{} with a batch that the chips share: --set training.global_batch={}",
                                          plan ? "one fits" : "some divide, but none fits", other));
    return;
  }
}

/// Where the batch shares a small factor with the chips, few data-parallel ranks are possible and the rest must go to
/// other degrees.
void add_better_batch(const StepSpec& spec, Document& document) {
  const long long better = better_batch(spec);
  if (better == 0) return;
  const long long now = most_ranks(spec.training.global_batch, spec.cluster.chips);
  document.notes.push_back(
      fmt::format("{} chips and a global batch of {} sequences share no factor above {}, so dp is at most {}; --set "
                  "training.global_batch={} allows {}",
                  format_count(spec.cluster.chips), format_count(spec.training.global_batch), now, now, better,
                  format_count(most_ranks(better, spec.cluster.chips))));
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
    PlanOptions search = search_options(scenario, *input);
    const auto closely = network_model(spec.cluster, input->seed);
    search.finalists = closely.get();
    auto plan = plan_layouts(spec, HierarchicalModel(spec.cluster), search);
    const Layout* chosen = plan                   ? &plan->best.front().layout
                           : plan.error().closest ? &plan.error().closest->layout
                                                  : nullptr;
    const std::string again =
        scenario_text(planned_scenario(scenario, chosen), "plan", seed_words(*input), scenario.assumptions);
    if (!written->empty()) write_file_atomically(*written, again);
    if (!plan) {
      Document document = nothing_fits_document(spec, plan.error(), scenario.assumptions);
      if (!plan.error().closest) add_batch_that_divides(spec, search, document);
      if (plan.error().closest) add_better_batch(spec, document);
      if (plan.error().closest) add_enough_chips(spec, chips_that_fit(spec, search), document);
      add_unread_layout(scenario, chosen, document);
      document.scenario = again;
      emit(document, flags);
      return kNoFeasibleAnswer;
    }
    for (auto* list : {&plan->best, &plan->pareto}) {
      for (PlannedLayout& planned : *list) apply_interval(planned.result, reference_intervals());
    }
    StepSpec answer = spec;
    answer.layout = *chosen;
    Document document = plan_document(spec, *plan, step_context(answer, scenario.assumptions));
    add_better_batch(spec, document);
    add_unread_layout(scenario, chosen, document);
    add_megatron_args(document, answer, flags);
    document.scenario = again;
    emit(document, flags);
    return kAnswer;
  };
}

}  // namespace orrery
