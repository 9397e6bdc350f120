#include "cli/step_inputs.hpp"

#include <sstream>
#include <string>

#include "cli/output.hpp"
#include "export/megatron_args.hpp"
#include "validate/embedded_presets.hpp"
#include "validate/interval.hpp"

namespace orrery {

StepScenario load_step_scenario(const InputOptions& options, const OutputFlags& flags) {
  Diagnostics diagnostics;
  const Value root = scenario_table(options, diagnostics);
  StepScenario scenario = read_step_scenario(root, diagnostics);
  diagnostics.throw_if_errors();
  emit_warnings(diagnostics, flags);
  return scenario;
}

void add_megatron_args(Document& document, const StepSpec& spec, const OutputFlags& flags) {
  if (flags.format == OutputFormat::Terminal && !flags.explain) return;
  const MegatronArgs args = megatron_args(spec);
  std::istringstream lines(args.text());
  for (std::string line; std::getline(lines, line);) document.literal.push_back(line);
  for (const std::string& note : args.notes) document.notes.push_back("Megatron-LM has no argument for " + note + ".");
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
