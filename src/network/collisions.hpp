#pragma once

#include <string>
#include <vector>

#include "hardware/cluster.hpp"
#include "network/fabric_load.hpp"

namespace orrery {

/// What hashing does to the flows that leave the units of one tier, by theory: balls into bins, one stage.
struct Collisions {
  std::string tier;
  long long flows = 0, paths = 0;               ///< Of one unit, upwards.
  double mean_fullest = 0;                      ///< Flows on the fullest path: its mean,
  double high_fullest = 0;                      ///< and what nine units of ten stay below.
  double mean_slowdown = 1, high_slowdown = 1;  ///< Of one flow, over the time alone: mean, and what 90 % stay below.
  double throughput = 1;  ///< Mean rate of a flow over what it wants; spread evenly it would be `spread`.
  double spread = 1;
};

/// For each tier whose border a packed group crosses, when all groups alike communicate at once; empty where paths are
/// not hashed. Paths are ports of the fabric's switches.
std::vector<Collisions> hash_collisions(const Cluster& cluster, const Group& group, Traffic traffic);

}  // namespace orrery
