#pragma once

#include <cstdint>
#include <vector>

#include "base/quantity.hpp"

namespace orrery {

/// One direction of a cable, or of a bundle of cables that traffic is spread over.
struct NetworkLink {
  BytesPerSecond capacity;
  Seconds latency;
  std::uint8_t tier = 0;  ///< Below this tier of the fabric: 0 joins a chip to its leaf.
  bool up = true;         ///< Away from the chips.
};

/// A link on a flow's way, and the share of the flow that passes it.
struct RouteHop {
  std::uint32_t link = 0;
  double share = 1;

  friend bool operator==(const RouteHop&, const RouteHop&) = default;
};

/// Links, and the ways between endpoints over them. Endpoints are numbered from 0; on a fabric they are the chips, each
/// with its share of the node's NICs.
class NetworkGraph {
 public:
  virtual ~NetworkGraph() = default;
  virtual std::uint32_t endpoints() const = 0;
  virtual const std::vector<NetworkLink>& links() const = 0;
  /// The endpoint whose NIC sends what `source` has for `destination`. Another than the source where its node hands the
  /// bytes over the scale-up links first, as NCCL's PXN does to reach another rail.
  virtual std::uint32_t nic_of(std::uint32_t source, std::uint32_t destination) const {
    (void)destination;
    return source;
  }
  /// Appends the way from `source` to `destination`: nothing where they are the same. `key` tells flows of one pair
  /// apart where routing hashes. False, with `hops` as before, where failures leave no way.
  virtual bool route(std::uint32_t source, std::uint32_t destination, std::uint64_t key,
                     std::vector<RouteHop>& hops) const = 0;
};

}  // namespace orrery
