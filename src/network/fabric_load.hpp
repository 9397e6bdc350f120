#pragma once

#include <string_view>

#include "hardware/cluster.hpp"
#include "network/collective.hpp"

namespace orrery {

/// Who sends to whom between domains.
enum class Traffic {
  Neighbour,  ///< A chain through the domains in their order: rings, pipelines, point to point.
  Tree,       ///< A double binary tree over the domains in their order: twice the chain's crossings of a border.
  Uniform     ///< All-to-all.
};

/// The traffic that an algorithm of a `CostLine` makes between domains.
Traffic traffic_of(std::string_view algorithm);

/// What the fabric does to the transfers of a group of chips, beyond the chips' own NICs.
class FabricLoad {
 public:
  virtual ~FabricLoad() = default;
  /// By which factor, at least 1, network transfers of the group take longer than with its chips' NICs alone.
  virtual double stretch(const Group& group, Traffic traffic) const = 0;
  /// What the way between members adds to the fabric's latency, one way: the mean over the hops that a message takes
  /// one after the other (the steps of a ring, the levels of a tree); of uniform traffic the longest way.
  virtual Seconds extra_latency(const Group& group, Traffic traffic) const = 0;
};

/// The closed form, from the tiers of the machine's fabric alone.
///
/// Stretch: when all chips of the machine belong to groups alike that communicate at the same time. A unit of C chips
/// below a tier of cumulated oversubscription s offers C/s NICs' worth of bandwidth upwards. A chain crosses its border
/// once for each group in it, so that extent / domains chips' NICs cross at a time; uniform traffic crosses with the
/// share of the partners outside. Expected load of perfectly spread routes: collisions of hashed paths belong to the
/// fabric's `efficiency`.
///
/// Extra latency: `Fabric::Tier::latency` of the tiers above the units that the group does not fit into. Of a chain's
/// hops one a unit crosses, of a tree's levels the upper log2(units).
class ClosedFormLoad : public FabricLoad {
 public:
  /// Copies what it needs.
  explicit ClosedFormLoad(const Cluster& cluster) : node_(cluster.node), fabric_(cluster.fabric) {}

  double stretch(const Group& group, Traffic traffic) const override;
  Seconds extra_latency(const Group& group, Traffic traffic) const override;

 private:
  Node node_;
  Fabric fabric_;
};

}  // namespace orrery
