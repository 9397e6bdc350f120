#pragma once

#include <string>
#include <vector>

#include "network/network_fields.hpp"
#include "scenario/value.hpp"

namespace orrery {

/// What a scenario says about the network: the tables [cluster] and [network].
struct NetworkScenario {
  Cluster cluster;
  NetworkInput network;
  std::vector<std::string> assumptions;  ///< What was filled where the scenario is silent, in sentences.
  Provenance provenance;                 ///< Of everything that was written, with full paths.
};

/// Reads a scenario's tables; unknown tables and keys are mistakes, tables of other levels are left alone.
NetworkScenario read_network_scenario(const Value& root, Diagnostics& diagnostics);

}  // namespace orrery
