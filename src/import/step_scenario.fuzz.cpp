#include "import/step_scenario.hpp"

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>

#include "scenario/toml_reader.hpp"
#include "scenario/toml_writer.hpp"

using namespace orrery;

namespace {

StepScenario read(const std::string& text, Diagnostics& diagnostics) {
  const auto source = std::make_shared<const SourceText>(SourceText{"fuzz.toml", text});
  return read_step_scenario(read_toml(source, diagnostics), diagnostics);
}

void must(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

// A scenario that is read without a mistake is written out whole, reads back to the same job and assumes nothing.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > 65536) return 0;
  Diagnostics diagnostics;
  const StepScenario scenario = read(std::string(reinterpret_cast<const char*>(data), size), diagnostics);
  render_text(diagnostics.all(), false);
  if (diagnostics.has_errors()) return 0;
  const Value table = step_scenario_table(scenario);
  const StepScenario again = read(step_scenario_text(table, "step", scenario.assumptions), diagnostics);
  must(!diagnostics.has_errors());
  must(again.spec == scenario.spec);
  must(again.assumptions.empty());
  must(write_toml(step_scenario_table(again)) == write_toml(table));
  return 0;
}
