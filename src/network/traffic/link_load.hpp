#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/quantity.hpp"
#include "network/topology/network_graph.hpp"
#include "network/traffic/pattern.hpp"
#include "network/traffic/placement.hpp"

namespace orrery {

/// Flows on every link of a graph, when all groups of a tiling communicate at once.
struct LinkLoads {
  std::vector<double> flows;      ///< By link; a flow spread over k links counts 1/k on each.
  std::uint32_t unreachable = 0;  ///< Flows that failures leave no way.
  double busiest_endpoint = 0;    ///< Flows at the chip that sends or receives most.
};

/// A flow starts at the NIC that sends it (NetworkGraph::nic_of).
///
/// `connections`  ways that the flows of one pair are hashed to, each carrying its share.
/// `salt`         tells one draw of the hashes from another.
LinkLoads link_loads(const NetworkGraph& graph, const RankChips& chips, const GroupTiling& tiling, Traffic traffic,
                     int connections = 1, std::uint64_t salt = 0);

/// The most loaded link, and by which factor it stretches the transfers.
struct Bottleneck {
  std::uint32_t link = 0;
  double stretch = 1;
};

/// When flows of equal bytes start together and share links max-min fairly, the last ends exactly when the most loaded
/// link has moved its bytes: its share is the lowest of all, so it is the first to fill, its flows keep that rate until
/// they all end, and as others leave no share falls below it. So no events are needed: the stretch over what the
/// busiest chip's NIC alone, at `nic`, would take is max over links of flows / capacity, over flows of that chip /
/// `nic`.
Bottleneck stretch_of_loads(const NetworkGraph& graph, const LinkLoads& loads, BytesPerSecond nic);

}  // namespace orrery
