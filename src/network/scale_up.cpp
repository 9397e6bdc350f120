#include "network/scale_up.hpp"

#include <algorithm>
#include <cmath>

namespace orrery {
namespace {

/// NCCL makes rings of the 6 NVLinks of a V100 in a DGX-1: a pair shares 1 or 2 of them, four chips 4, eight chips 6.
/// Source: NVIDIA DGX-1 With Tesla V100 System Architecture (WP-08437), figure of the hybrid cube mesh.
double cube_mesh_links(int ranks) {
  return ranks <= 2 ? 2.0 / 6 : ranks <= 4 ? 4.0 / 6 : 1.0;
}

ScaleUpRates uniform(BytesPerSecond rate, BytesPerSecond pair, int ranks) {
  return {rate, rate, pair, {}, rate, ranks - 1};
}

/// The chips of a slice form a square or cube as good as their number allows. A chip has two links an axis.
ScaleUpRates torus(const Cluster& cluster, int ranks, int axes, const CollectiveConstants& constants) {
  const long long chips = std::min<long long>(cluster.node.scale_up_domain, std::max<long long>(cluster.chips, ranks));
  const int side = std::max(2, static_cast<int>(std::lround(std::pow(static_cast<double>(chips), 1.0 / axes))));
  const BytesPerSecond link = constants.torus_share * cluster.node.scale_up_bandwidth / (2.0 * axes);

  int used = 1;
  for (double reach = side; reach < ranks && used < axes; reach *= side) ++used;
  const bool whole_axes = used > 1 || ranks >= side;
  const double length = std::ceil(std::pow(static_cast<double>(ranks), 1.0 / used));  // of an axis
  ScaleUpRates rates;
  // Both directions of every axis at once; a line has no way around.
  rates.ring = link * used * (whole_axes && ranks > 2 ? 2.0 : 1.0);
  rates.point_to_point = link;
  // A byte takes length / 4 hops an axis on a ring (length / 3 on a line), and a chip has two links for that axis.
  const double hops = whole_axes ? length / 4 : (length + 1) / 3;
  rates.all_to_all = link * 2.0 / std::max(1.0, hops);
  rates.own_copy = cluster.node.scale_up_bandwidth * constants.own_copy_share;
  rates.hops = std::max(1, static_cast<int>(used * (whole_axes ? std::ceil(length / 2) : length - 1)));
  return rates;
}

}  // namespace

bool reduces_in_switch(const Cluster& cluster) {
  return cluster.node.topology == ScaleUpTopology::Switched && cluster.chip.vendor == "NVIDIA" &&
         cluster.chip.peak_fp8.raw() > 0 && cluster.node.scale_up_domain > 2;
}

ScaleUpRates scale_up_rates(const Cluster& cluster, int ranks, const CollectiveConstants& constants) {
  const BytesPerSecond nominal = cluster.node.scale_up_bandwidth;
  ScaleUpRates rates;
  switch (cluster.node.topology) {
    case ScaleUpTopology::Switched:
      rates = uniform(constants.switched_share * nominal, constants.switched_share * nominal, ranks);
      rates.all_to_all = constants.all_to_all_share * nominal;
      if (reduces_in_switch(cluster) && ranks > 2) {
        const double share =
            cluster.chip.peak_fp4.raw() > 0 ? constants.blackwell_switch_share : constants.hopper_switch_share;
        rates.in_switch = share * (ranks - 1) / ranks * nominal;
      }
      break;
    case ScaleUpTopology::FullMesh: {
      // One link to each other chip of the domain: a group uses the links among its own chips.
      const int others = std::max(1, cluster.node.scale_up_domain - 1);
      const BytesPerSecond link = constants.full_mesh_share * nominal / others;
      rates = uniform(link * std::min(others, ranks - 1), link, ranks);
      break;
    }
    case ScaleUpTopology::HybridCubeMesh:
      rates = uniform(constants.switched_share * cube_mesh_links(ranks) * nominal,
                      constants.switched_share / 6 * nominal, ranks);
      break;
    case ScaleUpTopology::Torus2d:
      return torus(cluster, ranks, 2, constants);
    case ScaleUpTopology::Torus3d:
      return torus(cluster, ranks, 3, constants);
  }
  rates.own_copy = constants.own_copy_share * nominal;
  rates.hops = ranks - 1;
  return rates;
}

}  // namespace orrery
