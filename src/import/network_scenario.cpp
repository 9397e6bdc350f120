#include "import/network_scenario.hpp"

#include <fmt/format.h>

#include "hardware/hardware_fields.hpp"
#include "import/scenario_tables.hpp"

namespace orrery {

NetworkScenario read_network_scenario(const Value& root, Diagnostics& diagnostics) {
  NetworkScenario scenario;
  if (root.table() == nullptr) {
    diagnostics.error("a scenario is a table", root.span());
    return scenario;
  }
  check_table_names(root, diagnostics);
  if (const Value* cluster = root.find("cluster")) {
    Provenance below;
    scenario.cluster = read_cluster(*cluster, diagnostics, &below);
    add_below("cluster", below, scenario.provenance);
    if (below.find("chips") == below.end()) {
      scenario.assumptions.push_back(
          fmt::format("{} GPUs, one node of {}", format_count(scenario.cluster.chips), scenario.cluster.node.name));
    }
  } else {
    diagnostics.error("no machine is given", root.span(),
                      "--fabric ib-ndr --gpus 1024, --cluster h100-sxm:1024, or [cluster] in the scenario");
  }
  if (const Value* network = root.find("network")) {
    network_schema().read(*network, scenario.network, diagnostics, &scenario.provenance, "network");
  }
  return scenario;
}

}  // namespace orrery
