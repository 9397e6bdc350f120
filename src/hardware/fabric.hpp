#pragma once

#include <string>
#include <vector>

#include "base/quantity.hpp"

namespace orrery {

/// How the switches of a fabric are joined.
enum class FabricTopology { FatTree, Dragonfly, Torus };

/// Which of several equally short paths a flow takes.
enum class Routing {
  Spray,             ///< Packets over all of them evenly: adaptive routing, packet spraying. The fluid ideal.
  Ecmp,              ///< One of them, by a hash of the flow: flows collide.
  DestinationModulo  ///< One of them, by the destination's number (d-mod-k, OpenSM's ftree): no collision in shifts.
};

/// Whether chips of equal position in their nodes share leaf switches.
enum class Rails {
  None,       ///< A node's NICs all go to the same leaf.
  Optimised,  ///< One leaf a position; the tiers above join them.
  Only        ///< One leaf a position, and nothing joins them: other positions are reached through the scale-up links.
};

/// A kind of switch, without its optics.
struct SwitchKind {
  std::string name;
  int ports = 64;                       ///< Of `port_bandwidth` each.
  BytesPerSecond port_bandwidth{50e9};  ///< One direction.
  Seconds latency{0};                   ///< From port to port, beyond what the fabric's end-to-end latency holds.
  Watts power;                          ///< At typical load, without transceivers. Zero: unknown.
  Dollars price;                        ///< Zero: unknown.
  int split = 1;  ///< Slower ports that one may be split into by a breakout cable: 2 of 400 Gbit/s from 800 Gbit/s.

  friend bool operator==(const SwitchKind&, const SwitchKind&) = default;
};

/// The network between scale-up domains. Tiers run from the leaf up.
///
/// A fat tree's tier joins `chips` chips below each of its units; a unit may be many switches. Of a dragonfly the tiers
/// are the router, the group and the whole; a torus has none, but `dimensions`.
struct Fabric {
  struct Tier {
    std::string name;
    long long chips = 0;          ///< Chips that one unit of this tier joins.
    double oversubscription = 1;  ///< Bandwidth below over bandwidth above; 1 is non-blocking.
    long long switches = 0;       ///< In one unit, all rails and planes; 0: as many as the ports need. Where they are
                                  ///< stated and above the leaves, they may be chassis of more ports.
    Seconds latency{0};           ///< What crossing this tier's upper links adds, one way: the way between sites.

    friend bool operator==(const Tier&, const Tier&) = default;
  };
  std::string name;
  Seconds latency{5e-6};    ///< End to end between two NICs below one leaf, with software.
  double efficiency = 0.9;  ///< Share of the line rate that long messages reach on an idle path.
  FabricTopology topology = FabricTopology::FatTree;
  Routing routing = Routing::Spray;
  Rails rails = Rails::None;
  int planes = 1;  ///< Separate networks that a NIC has a port each in; its bandwidth is shared evenly among them.
  /// Hashes that the traffic of two NICs is split over: NCCL's channels a NIC (16 on eight NICs) times
  /// NCCL_IB_QPS_PER_CONNECTION.
  int flows_per_connection = 2;
  bool reduces_in_switch = false;     ///< Switches add up payloads (InfiniBand SHARP).
  std::vector<long long> dimensions;  ///< Of a torus of chips.
  SwitchKind switches;
  std::vector<Tier> tiers;  ///< Empty: a non-blocking fat tree of `switches` at any size.

  friend bool operator==(const Fabric&, const Fabric&) = default;
};

}  // namespace orrery
