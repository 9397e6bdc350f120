// Any bytes as a scenario: what is not rejected is written out whole and read back as the same job, simulated, and on
// few chips also planned.
#include <cstdint>
#include <string>

#include "base/diagnostic.hpp"
#include "fuzz/check.hpp"
#include "fuzz/sound_step.hpp"
#include "import/step_scenario.hpp"
#include "scenario/toml_reader.hpp"

using orrery::fuzz::must;

namespace {

/// The scenario's text, written out whole, reads back to the same job and assumes nothing.
void round_trip(const orrery::StepScenario& scenario) {
  using namespace orrery;
  const StepScenario again =
      fuzz::round_trip(step_scenario_table(scenario), scenario.assumptions, read_step_scenario, step_scenario_table);
  must(again.spec == scenario.spec);
  must(again.assumptions.empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace orrery;
  const Source source = fuzz::text_of(data, size);
  Diagnostics diagnostics;
  const Value root = read_toml(source, diagnostics);
  // A model may be a path: nothing of the machine that fuzzes is read.
  const Value* model = root.find("model");
  if (model != nullptr && model->string() != nullptr && model->string()->find('/') != std::string::npos) return 0;
  StepScenario scenario = read_step_scenario(root, diagnostics);
  render_text(diagnostics.all(), false);
  if (diagnostics.has_errors()) return 0;
  round_trip(scenario);
  fuzz::sound_step(scenario.spec);
  constexpr long long kFewChips = 16;
  if (scenario.spec.cluster.chips > kFewChips) return 0;
  scenario.plan.top = 2;
  scenario.plan.refine = 5;
  fuzz::sound_plan(scenario.spec, scenario.plan);
  return 0;
}
