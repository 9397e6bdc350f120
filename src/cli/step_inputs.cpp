#include "cli/step_inputs.hpp"

#include <fmt/format.h>

#include <memory>
#include <string>
#include <utility>

#include "base/check.hpp"
#include "cli/output.hpp"
#include "export/megatron_args.hpp"
#include "network/hierarchical.hpp"
#include "step/layout.hpp"
#include "validate/embedded_presets.hpp"
#include "validate/interval.hpp"

namespace orrery {

namespace {

/// What is wrong with the options where the scenario did not read. What they leave out is no mistake: the file may have
/// said it, and a table that only --set filled is not whole.
void add_mistakes_of_options(Value root, Diagnostics& diagnostics) {
  for (const char* part : {"model", "cluster"}) {
    const Value* written = root.find(part);
    if (written != nullptr && written->table() != nullptr) root.erase(part);
  }
  Diagnostics found;
  read_step_scenario(root, found);
  for (const Diagnostic& d : found.all()) {
    const bool placed = d.span.source && d.span.source->kind == SourceText::Kind::Override;
    if (placed && d.severity == Severity::Error) diagnostics.error(d.message, d.span, d.hint);
  }
}

}  // namespace

StepScenario load_step_scenario(const InputOptions& options, const OutputFlags& flags) {
  Diagnostics diagnostics;
  const Value root = scenario_table(options, diagnostics);
  if (diagnostics.has_errors()) {
    add_mistakes_of_options(root, diagnostics);
    diagnostics.throw_if_errors();
  }
  StepScenario scenario = read_step_scenario(root, diagnostics);
  diagnostics.throw_if_errors();
  emit_warnings(diagnostics, flags);
  return scenario;
}

PlanOptions search_options(const StepScenario& scenario, const InputOptions& options) {
  PlanOptions search = scenario.plan;
  search.threads = static_cast<unsigned>(options.threads);
  search.upper_factor = [](const StepResult& result) {
    StepResult with_interval = result;
    apply_interval(with_interval, reference_intervals());
    return with_interval.high / with_interval.step_time;
  };
  return search;
}

EnoughChips chips_that_fit(const StepSpec& spec, const PlanOptions& options) {
  return enough_chips(
      spec, [](const Cluster& cluster) { return std::make_unique<HierarchicalModel>(cluster); }, options);
}

void add_megatron_args(Document& document, const StepSpec& spec, const OutputFlags& flags) {
  if (flags.format == OutputFormat::Terminal && !flags.explain) return;
  MegatronArgs args = megatron_args(spec);
  document.literals.push_back({"megatron_args", "Megatron-LM arguments", std::move(args.lines)});
  for (const std::string& note : args.notes) document.notes.push_back("Megatron-LM has no argument for " + note + ".");
}

void refuse_layout(const StepScenario& scenario) {
  Diagnostics mistakes;
  for (const LayoutProblem& problem : layout_problems(scenario.spec)) {
    Span span;
    for (const std::string& key : problem.keys) {
      const auto written = scenario.provenance.find(key);
      if (span.source || written == scenario.provenance.end()) continue;
      span = written->second.span;
    }
    mistakes.error("this layout cannot run: " + problem.message, span, problem.hint);
  }
  std::vector<Diagnostic> all = mistakes.all();
  ORRERY_CHECK(!all.empty(), "a layout that cannot run has a reason");
  all.back().hint += fmt::format("{}`orrery plan` lists layouts that can", all.back().hint.empty() ? "" : "; ");
  throw InputError(std::move(all));
}

StepContext step_context(const StepSpec& spec, std::vector<std::string> assumptions) {
  constexpr std::size_t kNearest = 9;
  const PredictStep predict = step_predictor();
  const FitsMemory fits = [&](const StepSpec& candidate) {
    const auto result = predict(candidate);
    return result && result->fits();
  };
  static const std::vector<ReferenceMeasurement> references = reference_measurements(embedded_presets(), fits);
  StepContext context;
  context.assumptions = std::move(assumptions);
  for (const NearMeasurement& near : nearest_measurements(spec, references, kNearest)) {
    const RowEvaluation evaluation =
        evaluate_row(near.reference->row, embedded_presets(), predict, reference_intervals());
    if (evaluation.score.skipped.empty()) context.nearby.push_back({near.reference, evaluation.score});
  }
  return context;
}

}  // namespace orrery
