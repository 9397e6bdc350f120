#pragma once

#include "base/expected.hpp"
#include "network/sizing/fabric_size.hpp"

namespace orrery {

/// Fills tiers and cables of a dragonfly: of p ports to chips a router, a routers a group and g groups, each pair of
/// routers in a group gets ceil(p / (o (a - 1))) cables, each pair of groups ceil(a p / (o' (g - 1))), o and o' the
/// oversubscription of router and group (Kim et al., ISCA 2008, with several cables a pair). The last group may have
/// fewer routers.
Expected<FabricSize, SizingProblem> size_dragonfly(const Cluster& cluster, FabricSize size);

/// Fills the cables of a torus.
FabricSize size_torus(const Cluster& cluster, FabricSize size);

}  // namespace orrery
