#include "network/sizing/port_plan.hpp"

#include <algorithm>
#include <cmath>

namespace orrery {
namespace {

constexpr double kRounding = 1e-9;      // 400 Gbit/s over 50 GB/s is one port, whatever the last bit says.
constexpr double kMostChipPorts = 1e6;  // Beyond any switch: keeps an absurd rate from overflowing.

long long ports_for(double ports) {
  return static_cast<long long>(std::clamp(std::ceil(ports - kRounding), 1.0, kMostChipPorts));
}

}  // namespace

PortPlan port_plan(const Fabric& fabric, int node_chips, BytesPerSecond nic) {
  const SwitchKind& kind = fabric.switches;
  const BytesPerSecond chip = nic / static_cast<double>(std::max(1, fabric.planes));
  PortPlan plan;
  while (plan.split * 2 <= kind.split && kind.port_bandwidth / (plan.split * 2.0) >= chip * (1 - kRounding)) {
    plan.split *= 2;
  }
  plan.radix = kind.ports * plan.split;
  plan.rate = kind.port_bandwidth / static_cast<double>(plan.split);
  const double ports = chip / plan.rate;
  const long long chip_ports = ports_for(ports);
  const bool shared = ports < 1 - kRounding;
  plan.node_ports = shared ? ports_for(ports * node_chips) : chip_ports * node_chips;
  plan.leaf_ports = plan.node_ports;
  if (fabric.rails != Rails::None) {
    plan.leaves = shared ? plan.node_ports : node_chips;
    plan.leaf_ports = shared ? 1 : chip_ports;
  }
  return plan;
}

}  // namespace orrery
