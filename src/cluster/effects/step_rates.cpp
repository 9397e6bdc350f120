#include "cluster/effects/step_rates.hpp"

#include <algorithm>
#include <vector>

#include "network/network_model.hpp"
#include "step/step.hpp"

namespace orrery {
namespace {

/// The job's machine when it spans a level of which one unit has so many nodes.
Cluster placed(const Cluster& cluster, std::int32_t gpus, int level, long long unit_nodes) {
  Cluster result = cluster;
  result.chips = gpus;
  if (level <= kNodeLevel) {
    result.placement = Placement{};
    return result;
  }
  Node& node = result.node;
  if (gpus <= node.chips) {
    const int half = (gpus + 1) / 2;
    node.scale_out_bandwidth *= static_cast<double>(node.chips) / half;
    if (node.scale_up_domain <= node.chips) node.scale_up_domain = half;
    node.chips = half;
  }
  const long long nodes = std::max(unit_nodes, (static_cast<long long>(gpus) + node.chips - 1) / node.chips);
  result.placement = {PlacementOrder::Random, nodes * node.chips};
  return result;
}

}  // namespace

void set_step_rates(const StepSpec& spec, const SharedMachine& machine, std::int32_t kind, std::int32_t gpu_type,
                    RateTable& rates) {
  std::vector<long long> unit_nodes = {1, 1};
  for (const TopologyLevel& level : machine.levels) unit_nodes.push_back(level.nodes);
  std::sort(unit_nodes.begin(), unit_nodes.end());
  unit_nodes.push_back(machine.nodes());
  const int replica = spec.layout.tp * spec.layout.pp * spec.layout.cp;
  for (int level = 0; level < rates.levels(); ++level) {
    const long long units = unit_nodes.at(static_cast<std::size_t>(level));
    for (const std::int32_t gpus : rates.gpus()) {
      const bool one_node = level <= kNodeLevel;
      const long long most =
          level == kGpuLevel ? 1 : (one_node ? spec.cluster.node.chips : units * spec.cluster.node.chips);
      if (gpus > most || (!one_node && (gpus < 2 || units < 2)) || gpus % replica != 0) continue;
      StepSpec job = spec;
      job.layout.dp = gpus / replica;
      job.cluster = placed(spec.cluster, gpus, level, units);
      const auto step = simulate_step(job, *network_model(job.cluster));
      if (step && step->fits()) rates.set(kind, gpu_type, level, gpus, 1 / step->step_time.raw());
    }
  }
}

}  // namespace orrery
