// Any bytes as a scenario of the network level: what is not rejected is written out whole and read back as the same
// question, and is answered where it is small.
#include <cstdint>

#include "fuzz/check.hpp"
#include "fuzz/sound_network.hpp"
#include "import/network_scenario.hpp"

using orrery::fuzz::must;

namespace {

/// The scenario's text, written out whole, reads back to the same machine and question and assumes nothing.
void round_trip(const orrery::NetworkScenario& scenario) {
  using namespace orrery;
  const auto read = [](const Value& root, Diagnostics& diagnostics) {
    return read_network_scenario(root, diagnostics);
  };
  const NetworkScenario again =
      fuzz::round_trip(network_scenario_table(scenario), scenario.assumptions, read, network_scenario_table);
  must(again.cluster == scenario.cluster);
  must(again.assumptions.empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace orrery;
  const auto accepted =
      fuzz::accepted(data, size, [](const Value& root, Diagnostics& d) { return read_network_scenario(root, d); });
  if (!accepted) return 0;
  const NetworkScenario& scenario = *accepted;
  round_trip(scenario);
  fuzz::sound_network(network_spec(scenario.cluster, scenario.network));
  return 0;
}
