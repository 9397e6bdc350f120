#include "network/fabric_load.hpp"

#include <algorithm>

namespace orrery {

double oversubscription_factor(const Cluster& cluster, const Group& group, Traffic traffic) {
  const double ranks = group.ranks, per_domain = std::max(1, group.ranks_per_domain);
  const double domains = std::max(1.0, ranks / per_domain);
  const double packed = domains * std::max(1, cluster.node.scale_up_domain);
  const double extent = std::max(packed, static_cast<double>(group.extent_chips));
  double factor = 1, cumulated = 1;
  for (const Fabric::Tier& tier : cluster.fabric.tiers) {
    cumulated *= std::max(1.0, tier.oversubscription);
    const double unit = static_cast<double>(tier.chips);
    if (unit <= 0 || unit >= extent) continue;
    double crossing = 0;  // share of the unit's NICs that the traffic keeps busy across its border
    if (traffic == Traffic::Uniform) {
      const double inside = std::max(per_domain, ranks * unit / extent);
      crossing = (ranks - inside) / std::max(1.0, ranks - per_domain);
    } else {
      const double flows = extent / domains * (traffic == Traffic::Tree ? 2 : 1);
      crossing = std::min(1.0, flows / unit);
    }
    factor = std::max(factor, cumulated * crossing);
  }
  return factor;
}

}  // namespace orrery
