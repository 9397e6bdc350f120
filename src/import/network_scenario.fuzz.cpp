// Any bytes as a scenario of the network level: what is not rejected is written out whole and read back as the same
// question, and is answered where it is small.
#include <cstdint>
#include <memory>
#include <string>

#include "fuzz/sound_network.hpp"
#include "fuzz/sound_step.hpp"
#include "import/network_scenario.hpp"
#include "import/scenario_writer.hpp"
#include "scenario/toml_reader.hpp"
#include "scenario/toml_writer.hpp"

namespace {

/// The scenario's text, written out whole, reads back to the same machine and question and assumes nothing.
void round_trip(const orrery::NetworkScenario& scenario) {
  using namespace orrery;
  const Value table = network_scenario_table(scenario);
  Diagnostics diagnostics;
  const auto source = std::make_shared<SourceText>(
      SourceText{"written.toml", scenario_text(table, "network", "", scenario.assumptions)});
  const NetworkScenario again = read_network_scenario(read_toml(source, diagnostics), diagnostics);
  fuzz::must(!diagnostics.has_errors());
  fuzz::must(again.cluster == scenario.cluster);
  fuzz::must(again.assumptions.empty());
  fuzz::must(write_toml(network_scenario_table(again)) == write_toml(table));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace orrery;
  const auto source =
      std::make_shared<SourceText>(SourceText{"fuzz.toml", std::string(reinterpret_cast<const char*>(data), size)});
  Diagnostics diagnostics;
  const Value root = read_toml(source, diagnostics);
  const NetworkScenario scenario = read_network_scenario(root, diagnostics);
  render_text(diagnostics.all(), false);
  if (diagnostics.has_errors()) return 0;
  round_trip(scenario);
  fuzz::sound_network(network_spec(scenario.cluster, scenario.network));
  return 0;
}
