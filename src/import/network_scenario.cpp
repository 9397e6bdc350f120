#include "import/network_scenario.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "hardware/fabric_check.hpp"
#include "hardware/hardware_fields.hpp"
#include "import/jobs_file.hpp"
#include "import/scenario_tables.hpp"
#include "import/scenario_writer.hpp"
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

/// The machine of jobs, where nothing says how large it is.
void fit_machine(const std::vector<NetworkJob>& jobs, Cluster& cluster) {
  if (cluster.placement.machine_chips > 0) return;
  const long long joined = fabric_chips(cluster.fabric);
  cluster.placement.machine_chips = std::max(cluster.chips, joined > 0 ? joined : chips_of_jobs(jobs, cluster.node));
}

/// A group is part of the job.
void check_group(const Value& root, const NetworkScenario& scenario, Diagnostics& diagnostics) {
  const NetworkInput& input = scenario.network;
  const long long ranks = input.group > 0 ? input.group : scenario.cluster.chips;
  if (ranks * input.stride <= scenario.cluster.chips) return;
  const Value* network = root.find("network");
  const Value* key = network == nullptr ? nullptr : network->find(input.group > 0 ? "group" : "stride");
  diagnostics.error(fmt::format("{} ranks, {} apart, are more than the job's {} GPUs", format_count(ranks),
                                format_count(input.stride), format_count(scenario.cluster.chips)),
                    key != nullptr ? key->span() : Span{},
                    "group times stride is at most the number of GPUs; without a group all are one");
}

void read_machine(const Value& written, const JobsFile& jobs, NetworkScenario& scenario, Diagnostics& diagnostics) {
  Provenance below;
  Cluster& cluster = scenario.cluster;
  cluster = read_cluster(written, diagnostics, &below);
  add_below("cluster", below, scenario.provenance);
  if (scenario.jobs.empty() && below.find("chips") == below.end()) {
    scenario.assumptions.push_back(
        fmt::format("{} GPUs, one node of {}", format_count(cluster.chips), cluster.node.name));
  }
  if (diagnostics.has_errors()) return;
  if (!scenario.jobs.empty()) {
    fit_machine(scenario.jobs, cluster);
    check_room(jobs, cluster, diagnostics);
  }
  if (std::string problem = unjoined_chips(cluster); !problem.empty()) {
    diagnostics.error(std::move(problem), machine_span(written),
                      "fewer, or a tier above the others in cluster.fabric.tiers");
  }
  if (!diagnostics.has_errors()) complete_fabric(written.span(), scenario, diagnostics);
}

}  // namespace

NetworkScenario read_network_scenario(const Value& root, Diagnostics& diagnostics, const Source& jobs) {
  NetworkScenario scenario;
  if (root.table() == nullptr) {
    diagnostics.error("a scenario is a table", root.span());
    return scenario;
  }
  check_table_names(root, diagnostics);
  if (const Value* network = root.find("network")) {
    network_schema().read(*network, scenario.network, diagnostics, &scenario.provenance, "network");
  }
  JobsFile file;
  if (jobs) file = read_jobs_file(jobs, diagnostics);
  scenario.jobs = file.jobs;
  if (const Value* cluster = root.find("cluster")) {
    read_machine(*cluster, file, scenario, diagnostics);
    if (!jobs && !diagnostics.has_errors()) check_group(root, scenario, diagnostics);
  } else {
    diagnostics.error("no machine is given", root.span(),
                      "--fabric ib-ndr --gpus 1024, --cluster h100-sxm:1024, or [cluster] in the scenario");
  }
  return scenario;
}

Value network_scenario_table(const NetworkScenario& scenario) {
  Value root(Value::Table{}, Span{});
  add_table("cluster", cluster_schema().write(scenario.cluster), scenario.provenance, root);
  add_table("network", network_schema().write(scenario.network), scenario.provenance, root);
  return root;
}

}  // namespace orrery
