#include "network/traffic/flow_load.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "base/check.hpp"

namespace orrery {

FlowLoad::FlowLoad(const Cluster& cluster, std::shared_ptr<const NetworkGraph> graph, RankChips chips,
                   std::uint64_t salt)
    : cluster_(cluster), graph_(std::move(graph)), chips_(std::move(chips)), salt_(salt) {
  for (const std::uint32_t chip : chips_) ORRERY_CHECK(chip < graph_->endpoints(), "ranks sit on chips of the fabric");
}

LinkLoads FlowLoad::loads(const Group& group, Traffic traffic) const {
  const GroupTiling tiling = group_tiling(cluster_, group);
  ORRERY_CHECK(tiling.busy() <= chips_.size(), "a group's ranks belong to the job");
  return link_loads(*graph_, chips_, tiling, traffic, cluster_.fabric.flows_per_connection, salt_);
}

double FlowLoad::stretch(const Group& group, Traffic traffic) const {
  if (!group.spans_domains()) return 1;
  const LinkLoads counted = loads(group, traffic);
  if (counted.unreachable > 0) return std::numeric_limits<double>::infinity();
  const BytesPerSecond nic = cluster_.node.scale_out_bandwidth * cluster_.fabric.efficiency;
  return std::max(1.0, stretch_of_loads(*graph_, counted, nic).stretch);
}

/// What the way between two ranks takes beyond that below one leaf.
Seconds FlowLoad::way_latency(std::uint32_t source, std::uint32_t destination) const {
  std::vector<RouteHop> way;
  Seconds sum;
  const std::uint32_t to = chips_[destination];
  if (!graph_->route(graph_->nic_of(chips_[source], to), to, salt_, way)) return sum;
  for (const RouteHop& hop : way) sum += graph_->links()[hop.link].latency;
  return max(Seconds{}, sum - cluster_.fabric.latency);
}

Seconds FlowLoad::extra_latency(const Group& group, Traffic traffic) const {
  const GroupTiling t = group_tiling(cluster_, group);
  const std::uint32_t domains = t.domains();
  if (domains <= 1) return {};
  const auto rank = [&](std::uint32_t domain) { return domain * t.per_domain * t.stride; };  // of the first group
  Seconds sum;
  switch (traffic) {
    case Traffic::Neighbour:
      for (std::uint32_t d = 0; d < domains; ++d) sum += way_latency(rank(d), rank((d + 1) % domains));
      return sum / domains;
    case Traffic::Tree: {
      // The slowest way from a leaf to the root, a level's mean.
      Seconds slowest;
      for (std::uint32_t leaf = 0; leaf < domains; ++leaf) {
        Seconds way;
        int levels = 0;
        for (long long d = leaf, up = 0; (up = double_tree_parent(d, domains, false)) >= 0; d = up, ++levels) {
          way += way_latency(rank(static_cast<std::uint32_t>(d)), rank(static_cast<std::uint32_t>(up)));
        }
        if (levels > 0) slowest = max(slowest, way / levels);
      }
      return slowest;
    }
    case Traffic::Uniform:
      for (std::uint32_t d = 1; d < domains; ++d) sum = max(sum, way_latency(0, rank(d)));
      return sum;
  }
  ORRERY_CHECK(false, "every traffic has a latency");
}

double flow_work(const Cluster& cluster, const Group& group, Traffic traffic) {
  return flow_count(group_tiling(cluster, group), traffic) * cluster.fabric.flows_per_connection;
}

}  // namespace orrery
