#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/expected.hpp"
#include "hardware/cluster.hpp"
#include "hardware/optics.hpp"
#include "network/sizing/port_plan.hpp"
#include "network/sizing/sizing_problem.hpp"

namespace orrery {

/// What may be said about the building of a fabric, beside the machine.
struct SizingOptions {
  std::vector<double> oversubscription{};  ///< Instead of the tiers' own, from the leaf up.
  std::vector<OpticsKind> optics{};        ///< Known kinds of cable ends; one is taken by its rate.
  bool copper_to_nodes = false;  ///< Passive copper between nodes and their leaves, else all cables are optical.
};

/// What a fabric for a number of chips is built of.
struct FabricSize {
  struct Tier {
    std::string name;
    std::string cables_name;  ///< What the cables below it join: "leaf-spine".
    long long units = 0;
    long long switches = 0;      ///< None where the tier is joined by cables alone (a dragonfly's group, a torus).
    long long ports = 0;         ///< Of those switches.
    long long down = 0, up = 0;  ///< Ports in use towards the chips and away from them.
    long long cables = 0;        ///< Below this tier.
    bool other_kind = false;     ///< Its stated switches need more ports than `switches` has: another, unnamed kind.

    long long spare() const { return ports - down - up; }
  };
  long long chips = 0;  ///< Asked for.
  long long nodes = 0;  ///< Built for: whole ones.
  PortPlan ports;       ///< All chips of a torus have `links` ports instead.
  long long nics = 0;   ///< One for each port of a node, with a port in each plane.
  std::vector<Tier> tiers;
  long long optical_cables = 0, copper_cables = 0;
  long long transceivers = 0;  ///< Ends of optical cables; a twin-port module is two.
  // Nothing: unknown. A total is known where all its parts are.
  std::optional<Watts> switch_power, optics_power, nic_power;
  std::optional<Dollars> switch_price, cable_price, nic_price;

  long long switches() const;
  long long cables() const;
  std::optional<Watts> power() const;
  std::optional<Dollars> price() const;
};

/// Switches, cables, power and price of the cluster's fabric, for its chips rounded up to whole nodes.
///
/// A fat tree is counted tier by tier (network/sizing/fat_tree.hpp), with the tiers of `complete_tiers` where it has
/// none. A dragonfly has a cable or more between all routers of a group and between all groups, as many as the tiers'
/// oversubscription asks for. A torus has a cable between neighbours (one where a dimension is 2, none where it is 1)
/// and no switches. Power is the typical one of switches, transceivers and NICs; racks, fibres and spares are left out.
Expected<FabricSize, SizingProblem> size_fabric(const Cluster& cluster, const SizingOptions& options = {});

}  // namespace orrery
