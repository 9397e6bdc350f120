// The inputs that describe a fabric: what presets/fabrics, presets/switches, presets/optics and [cluster.fabric] say.
#include <string>
#include <utility>

#include "hardware/hardware_fields.hpp"

namespace orrery {
namespace {

constexpr double kLeastBandwidth = 1e6;  // Below, and above the next, a unit slipped.
constexpr double kMostBandwidth = 1e15;
constexpr double kMostChips = 1e8;
constexpr double kMostJoined = 1e9;  // Whole units of the tier below may be more than any machine.
constexpr double kMostPorts = 100'000;
constexpr double kMostPower = 1e6;
constexpr double kMostPrice = 1e9;

const Schema<Fabric::Tier>& tier_schema() {
  using T = Fabric::Tier;
  static const Schema<T> schema = [] {
    Schema<T> s("tier", "A tier of the network between nodes, from the leaf up.");
    s.text("name", &T::name, described("What answers call it.", "pod"))
        .integer("chips", &T::chips, bounded("Chips that one unit of this tier joins.", "3072", 1, kMostJoined, true))
        .number("oversubscription", &T::oversubscription,
                bounded("Bandwidth below over bandwidth above; 1 is non-blocking.", "7", 1, 1000))
        .integer("switches", &T::switches,
                 bounded("Switches of one unit, over all rails and planes; 0: as many as the ports need.", "16", 0,
                         kMostChips))
        .quantity("latency", &T::latency,
                  bounded("What crossing the links above a unit adds, one way: between sites.", "5 ms", 0, 1));
    return s;
  }();
  return schema;
}

}  // namespace

const Schema<SwitchKind>& switch_schema() {
  using S = SwitchKind;
  static const Schema<S> schema = [] {
    Schema<S> s("switches", "A kind of switch, without its optics.");
    s.text("name", &S::name, described("What answers call it.", "QM9700"))
        .integer("ports", &S::ports, bounded("Ports of one switch.", "64", 2, kMostPorts))
        .quantity("port_bandwidth", &S::port_bandwidth,
                  bounded("Of one port, one direction.", "400 Gbit/s", kLeastBandwidth, kMostBandwidth))
        .integer("split", &S::split, bounded("Slower ports that a breakout cable may make of one; 1: none.", "2", 1, 8))
        .quantity("latency", &S::latency,
                  bounded("From port to port, beyond what the fabric's end-to-end latency holds.", "0 s", 0, 1e-3))
        .quantity("power", &S::power,
                  bounded("At typical load, without transceivers; 0 W: unknown.", "750 W", 0, kMostPower))
        .quantity("price", &S::price,
                  bounded("Of one switch, without transceivers; $0: unknown.", "$25k", 0, kMostPrice))
        .ignore("aliases");
    return s;
  }();
  return schema;
}

const Schema<OpticsKind>& optics_schema() {
  using O = OpticsKind;
  static const Schema<O> schema = [] {
    Schema<O> s("optics", "What stands at the ends of a cable of one rate.");
    s.text("name", &O::name, described("What answers call it.", "400 Gbit/s, four lanes of 100"))
        .quantity("bandwidth", &O::bandwidth,
                  bounded("Of a cable, one direction.", "400 Gbit/s", kLeastBandwidth, kMostBandwidth, true))
        .quantity(
            "transceiver_power", &O::transceiver_power,
            bounded("Of one end of an optical cable; half of a twin-port module. 0 W: unknown.", "8.5 W", 0, 1000))
        .quantity("transceiver_price", &O::transceiver_price,
                  bounded("Of one end of an optical cable; $0: unknown.", "$500", 0, kMostPrice))
        .quantity("copper_price", &O::copper_price,
                  bounded("Of a passive copper cable with both ends, which draws no power; $0: unknown.", "$200", 0,
                          kMostPrice))
        .quantity("nic_power", &O::nic_power,
                  bounded("Of a network card with a port of this rate; 0 W: unknown.", "25 W", 0, 1000))
        .quantity("nic_price", &O::nic_price, bounded("Of that card; $0: unknown.", "$1.5k", 0, kMostPrice))
        .ignore("aliases");
    return s;
  }();
  return schema;
}

const Schema<Fabric>& fabric_schema() {
  static const Schema<Fabric> schema = [] {
    Schema<Fabric> s("fabric", "The network between scale-up domains.");
    s.text("name", &Fabric::name, described("What answers call it.", "InfiniBand NDR"))
        .quantity("latency", &Fabric::latency, bounded("End to end between two NICs, with software.", "4 us", 0, 1))
        .number("efficiency", &Fabric::efficiency,
                bounded("Share of the line rate that long messages reach.", "0.97", 0.01, 1))
        .choice("topology", &Fabric::topology,
                {{"fat_tree", FabricTopology::FatTree, "Tiers of switches, each joined by the one above."},
                 {"dragonfly", FabricTopology::Dragonfly,
                  "Groups of routers; all routers of a group, and all groups, "
                  "are joined in pairs."},
                 {"torus", FabricTopology::Torus, "No switches: each chip is joined to its neighbours."}},
                described("How the switches are joined.", "fat_tree"))
        .choice("routing", &Fabric::routing,
                {{"spray", Routing::Spray, "Packets over all shortest paths evenly: adaptive routing, spraying."},
                 {"ecmp", Routing::Ecmp, "One path by a hash of the flow: flows collide."},
                 {"d_mod_k", Routing::DestinationModulo,
                  "One path by the destination's number: no collision in "
                  "shifts."}},
                described("Which of several equally short paths a flow takes.", "spray"))
        .choice("rails", &Fabric::rails,
                {{"none", Rails::None, "All NICs of a node go to one leaf."},
                 {"optimised", Rails::Optimised, "One leaf for each position in the node; upper tiers join them."},
                 {"only", Rails::Only, "One leaf for each position, and nothing joins them."}},
                described("Whether chips of equal position in their nodes share leaf switches.", "optimised"))
        .integer("planes", &Fabric::planes,
                 bounded("Separate networks that every NIC has a port in; they share its bandwidth.", "2", 1, 64))
        .integer(
            "flows_per_connection", &Fabric::flows_per_connection,
            bounded(
                "Hashes that the traffic of two NICs is split over: channels a NIC times NCCL_IB_QPS_PER_CONNECTION.",
                "4", 1, 4096))
        .boolean("reduces_in_switch", &Fabric::reduces_in_switch,
                 described("Switches add up payloads (InfiniBand SHARP).", "true"))
        .integers("dimensions", &Fabric::dimensions,
                  bounded("Of a torus of chips; their product is the number of chips.", "[16, 16, 16]", 1, kMostChips))
        .table("switches", &Fabric::switches, switch_schema(),
               described("By name or as a table: what every tier is built of.", "qm9700"))
        .list("tiers", &Fabric::tiers, tier_schema(),
              described("Tiers from the leaf up; none: a non-blocking fat tree of any size.", ""))
        .ignore("default_node")
        .ignore("aliases");
    return s;
  }();
  return schema;
}

}  // namespace orrery
