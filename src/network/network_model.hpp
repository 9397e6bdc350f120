#pragma once

#include <cstdint>
#include <memory>

#include "hardware/cluster.hpp"
#include "network/fabric_load.hpp"
#include "network/hierarchical.hpp"

namespace orrery {

/// What the fabric does to a job, looked at as closely as is quick: counted exactly where the fold holds
/// (folded_load.hpp); by flows, the mean over a few draws, where paths are hashed or places random and the flows are
/// not too many (flow_load.hpp); by formula elsewhere. Answers are kept; threads may ask at the same time.
std::shared_ptr<const FabricLoad> closest_load(const Cluster& cluster, std::uint64_t seed = 0);

/// The network as a training step meets it: NCCL's costs at the endpoints, and that load between them. A search that
/// asks about thousands of layouts takes `HierarchicalModel(cluster)` instead, and this for its finalists.
std::unique_ptr<CollectiveModel> network_model(const Cluster& cluster, std::uint64_t seed = 0);

}  // namespace orrery
