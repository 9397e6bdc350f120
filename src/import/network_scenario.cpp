#include "import/network_scenario.hpp"

#include <fmt/format.h>

#include "hardware/hardware_fields.hpp"
#include "import/scenario_tables.hpp"
#include "network/sizing/complete_tiers.hpp"

namespace orrery {

namespace {

/// A fat tree of which only the kind of switch is known gets the tiers that its chips need: a step takes such a fabric
/// for ideal, a question about the network itself does not.
void complete_fabric(const Span& span, NetworkScenario& scenario, Diagnostics& diagnostics) {
  Cluster& cluster = scenario.cluster;
  const bool known = cluster.fabric.topology == FabricTopology::FatTree && cluster.fabric.tiers.empty() &&
                     !cluster.fabric.switches.name.empty();
  if (!known || cluster.machine_chips() <= cluster.node.scale_up_domain) return;
  const auto complete =
      complete_tiers(cluster.fabric, cluster.machine_chips(), cluster.node.chips, cluster.node.scale_out_bandwidth);
  if (!complete) {
    diagnostics.error(complete.error().message, span, complete.error().hint);
    return;
  }
  cluster.fabric = *complete;
  std::vector<std::string> units;
  for (const Fabric::Tier& tier : cluster.fabric.tiers) {
    units.push_back(fmt::format("{} of {}", tier.name, format_count(tier.chips)));
  }
  scenario.assumptions.push_back(
      fmt::format("a non-blocking tree of {} switches: {}", cluster.fabric.switches.name, fmt::join(units, ", ")));
}

}  // namespace

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
    if (!diagnostics.has_errors()) complete_fabric(cluster->span(), scenario, diagnostics);
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
