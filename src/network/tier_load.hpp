#pragma once

#include <string>
#include <vector>

#include "hardware/cluster.hpp"
#include "network/topology/network_graph.hpp"

namespace orrery {

/// How busy the links of one tier are in one direction, relative to the busiest link of the fabric.
struct TierLoad {
  std::string name;           ///< "chips to leaf", "pod to core".
  bool up = true;             ///< Away from the chips.
  long long links = 0;        ///< A bundle that traffic is spread over counts as one.
  double mean = 0, peak = 0;  ///< 0..1.
};

/// `load` by link, in bytes or flows.
std::vector<TierLoad> tier_loads(const NetworkGraph& graph, const Fabric& fabric, const std::vector<double>& load);

}  // namespace orrery
