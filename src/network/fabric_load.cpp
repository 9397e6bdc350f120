#include "network/fabric_load.hpp"

#include <algorithm>
#include <cmath>

namespace orrery {
namespace {

double domains_of(const Group& group) {
  return std::max(1.0, static_cast<double>(group.ranks) / std::max(1, group.ranks_per_domain));
}

/// Chips of the machine that the group spreads over.
double extent_of(const Group& group, const Node& node) {
  const double packed = domains_of(group) * std::max(1, node.scale_up_domain);
  return std::max(packed, static_cast<double>(group.extent_chips));
}

}  // namespace

Traffic traffic_of(std::string_view algorithm) {
  for (const char* name : {"tree", "NVLSTree", "PAT", "CollNet", "halving-doubling"}) {
    if (algorithm.starts_with(name)) return Traffic::Tree;
  }
  return algorithm.starts_with("all-to-all") ? Traffic::Uniform : Traffic::Neighbour;
}

double ClosedFormLoad::stretch(const Group& group, Traffic traffic) const {
  const double ranks = group.ranks, per_domain = std::max(1, group.ranks_per_domain);
  const double domains = domains_of(group), extent = extent_of(group, node_);
  double factor = 1, cumulated = 1;
  for (const Fabric::Tier& tier : fabric_.tiers) {
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

Seconds ClosedFormLoad::extra_latency(const Group& group, Traffic traffic) const {
  const double domains = domains_of(group), extent = extent_of(group, node_);
  Seconds extra;
  for (const Fabric::Tier& tier : fabric_.tiers) {
    if (tier.latency.raw() <= 0) continue;
    const double unit = static_cast<double>(tier.chips);
    if (unit <= 0 || unit >= extent || domains <= 1) continue;
    const double units = std::min(domains, std::ceil(extent / unit));
    const double crossing = traffic == Traffic::Neighbour ? units / domains
                            : traffic == Traffic::Tree    ? std::log2(units) / std::log2(domains)
                                                          : 1;
    extra += crossing * tier.latency;
  }
  return extra;
}

}  // namespace orrery
