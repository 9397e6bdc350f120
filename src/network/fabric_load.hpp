#pragma once

#include "hardware/cluster.hpp"
#include "network/collective.hpp"

namespace orrery {

/// Who sends to whom between domains.
enum class Traffic {
  Neighbour,  ///< A chain through the domains in their order: rings, pipelines, point to point.
  Tree,       ///< A double binary tree over the domains in their order: twice the chain's crossings of a border.
  Uniform     ///< All-to-all.
};

/// By which factor oversubscribed tiers stretch the transfers of `group`, when all chips of the machine belong to
/// groups alike that communicate at the same time. 1 without oversubscription, or when the group stays below it.
///
/// A unit of C chips below a tier of cumulated oversubscription s offers C/s NICs' worth of bandwidth upwards. A chain
/// crosses its border once for each group in it, so that extent / domains chips' NICs cross at a time; uniform traffic
/// crosses with the share of the partners outside. Expected load of perfectly spread routes: collisions of hashed paths
/// belong to the fabric's `efficiency`.
double oversubscription_factor(const Cluster& cluster, const Group& group, Traffic traffic);

}  // namespace orrery
