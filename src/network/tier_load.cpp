#include "network/tier_load.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace orrery {
namespace {

/// What the links at the lower end of tier `tier` join.
std::string tier_name(const Fabric& fabric, std::size_t tier) {
  const auto name = [&](std::size_t i) -> std::string {
    return i < fabric.tiers.size() && !fabric.tiers[i].name.empty() ? fabric.tiers[i].name
                                                                    : fmt::format("tier {}", i + 1);
  };
  if (fabric.topology == FabricTopology::Torus) return "torus";
  return tier == 0 ? fmt::format("chip - {}", name(0)) : fmt::format("{} - {}", name(tier - 1), name(tier));
}

}  // namespace

std::vector<TierLoad> tier_loads(const NetworkGraph& graph, const Fabric& fabric, const std::vector<double>& load) {
  const std::vector<NetworkLink>& links = graph.links();
  const auto busy = [&](std::size_t l) { return load[l] > 0 ? load[l] / links[l].capacity.raw() : 0; };
  double busiest = 0;
  std::size_t tiers = 0;
  for (std::size_t l = 0; l < links.size(); ++l) {
    busiest = std::max(busiest, busy(l));
    tiers = std::max<std::size_t>(tiers, links[l].tier + 1U);
  }
  std::vector<TierLoad> result(2 * tiers);
  for (std::size_t l = 0; l < links.size(); ++l) {
    TierLoad& tier = result[2U * links[l].tier + (links[l].up ? 0 : 1)];
    const double share = busiest > 0 ? busy(l) / busiest : 0;
    ++tier.links;
    tier.mean += share;
    tier.peak = std::max(tier.peak, share);
  }
  for (std::size_t i = 0; i < result.size(); ++i) {
    result[i].name = tier_name(fabric, i / 2);
    result[i].up = i % 2 == 0;
    if (result[i].links > 0) result[i].mean /= static_cast<double>(result[i].links);
  }
  std::erase_if(result, [](const TierLoad& tier) { return tier.links == 0; });
  return result;
}

}  // namespace orrery
