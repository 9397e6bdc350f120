#pragma once

#include <cstdint>
#include <memory>

#include "hardware/cluster.hpp"
#include "network/fabric_load.hpp"
#include "network/traffic/link_load.hpp"

namespace orrery {

/// What a fabric does to a job whose every flow takes its own way: any placement, routing and failure. Counts the flows
/// on each link, all groups alike at once (see `stretch_of_loads`). Each question is counted anew.
class FlowLoad : public FabricLoad {
 public:
  /// `chips` places the ranks on `graph`'s endpoints; `salt` draws the hashes of per-flow routing.
  FlowLoad(const Cluster& cluster, std::shared_ptr<const NetworkGraph> graph, RankChips chips, std::uint64_t salt = 0);

  /// Infinite where failures leave a flow no way.
  double stretch(const Group& group, Traffic traffic) const override;
  Seconds extra_latency(const Group& group, Traffic traffic) const override;

  /// The loads that the stretch comes from.
  LinkLoads loads(const Group& group, Traffic traffic) const;

 private:
  Seconds way_latency(std::uint32_t source, std::uint32_t destination) const;

  Cluster cluster_;
  std::shared_ptr<const NetworkGraph> graph_;
  RankChips chips_;
  std::uint64_t salt_;
};

/// Routes that a question of a FlowLoad looks up: what makes it expensive.
double flow_work(const Cluster& cluster, const Group& group, Traffic traffic);

}  // namespace orrery
