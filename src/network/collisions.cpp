#include "network/collisions.hpp"

#include <algorithm>
#include <cmath>

#include "network/topology/ecmp.hpp"
#include "network/traffic/pattern.hpp"

namespace orrery {

std::vector<Collisions> hash_collisions(const Cluster& cluster, const Group& group, Traffic traffic) {
  const Fabric& fabric = cluster.fabric;
  std::vector<Collisions> all;
  if (fabric.routing != Routing::Ecmp || fabric.topology != FabricTopology::FatTree || !group.spans_domains())
    return all;
  const GroupTiling t = group_tiling(cluster, group);
  const double nic = cluster.node.scale_out_bandwidth.raw();
  const double port = std::min(nic / fabric.planes, fabric.switches.port_bandwidth.raw());
  double cumulated = 1;
  for (const Fabric::Tier& tier : fabric.tiers) {
    cumulated *= tier.oversubscription;
    const auto unit = static_cast<double>(tier.chips);
    if (tier.chips >= t.busy()) break;
    // Flows that leave a unit, of one connection: each chip has as many as its traffic has partners outside.
    double flows = std::min(unit, static_cast<double>(t.per_domain) * t.stride);
    if (traffic == Traffic::Tree) flows *= 2;
    if (traffic == Traffic::Uniform) {
      const double inside = std::max<double>(t.per_domain, std::min<double>(t.ranks, unit / t.stride));
      flows = unit * (t.ranks - inside);
    } else if (t.block() <= unit && tier.chips % t.block() == 0) {
      flows = 0;
    }
    if (flows <= 0) continue;
    const double busiest = traffic == Traffic::Uniform ? t.ranks - t.per_domain : traffic == Traffic::Tree ? 4 : 1;
    const int connections = fabric.flows_per_connection;
    HashedFlows hashed;
    hashed.flows = static_cast<std::uint64_t>(std::llround(flows * connections));
    hashed.paths = static_cast<std::uint64_t>(std::max(1.0, std::round(unit * nic / cumulated / port)));
    hashed.demand = nic / port / busiest / connections;
    Collisions one;
    one.tier = tier.name;
    one.flows = static_cast<long long>(hashed.flows);
    one.paths = static_cast<long long>(hashed.paths);
    one.mean_fullest = mean_max_load(hashed);
    one.high_fullest = static_cast<double>(max_load_quantile(hashed, 0.9));
    one.mean_slowdown = mean_slowdown(hashed);
    one.high_slowdown = slowdown_quantile(hashed, 0.9);
    one.throughput = hashed_throughput(hashed);
    one.spread = std::min(1.0, static_cast<double>(hashed.paths) / (static_cast<double>(hashed.flows) * hashed.demand));
    all.push_back(one);
  }
  return all;
}

}  // namespace orrery
