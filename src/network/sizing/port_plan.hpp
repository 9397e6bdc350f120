#pragma once

#include "hardware/fabric.hpp"

namespace orrery {

/// How the NICs of a node meet the ports of a switch, in one plane.
struct PortPlan {
  int radix = 0;             ///< Ports of a switch, after splitting.
  BytesPerSecond rate;       ///< Of a port, after splitting.
  int split = 1;             ///< Into how many ports each of the switch is split.
  long long node_ports = 0;  ///< Of a node: whole ports for each chip, or shared by its chips where a port is faster.
  long long leaves = 1;      ///< Leaf switches that the node's ports go to: one, or one for each rail.
  long long leaf_ports = 0;  ///< Of a node on each of those.
};

/// Ports that a node of `node_chips` chips with `nic` each (one direction) takes. Ports of the switch are split, by
/// halves, down to the rate of a chip in a plane, as far as its breakout allows; a rate above a port's takes several.
PortPlan port_plan(const Fabric& fabric, int node_chips, BytesPerSecond nic);

}  // namespace orrery
