#pragma once

#include "base/quantity.hpp"
#include "fleet/chip_offer.hpp"
#include "fleet/economics.hpp"

namespace orrery {

/// What one chip costs to have, before it computes: dollars at the date it is bought.
struct ChipCapex {
  Dollars chip, network, servers, facility;
  Dollars hardware() const { return chip + network + servers; }
  Dollars total() const { return hardware() + facility; }
};

/// What an hour of one chip's use costs its owner, as dollars a second of use.
struct ChipCost {
  DollarsPerSecond hardware;  ///< Capital of chips, network and servers, over their life.
  DollarsPerSecond facility;  ///< Capital of the hall and its plant, over theirs.
  DollarsPerSecond energy;
  DollarsPerSecond operations;  ///< Staff, maintenance and spares.
  DollarsPerSecond total() const { return hardware + facility + energy + operations; }
  /// What running it costs once it is there: the floor of what it is worth renting it out for.
  DollarsPerSecond running() const { return energy + operations; }
};

/// Capital of one chip with its share of everything: network and servers as dollars for a dollar of chips, the hall by
/// its facility power. `price` is what the chip costs.
ChipCapex chip_capex(Dollars price, Watts facility_power, const EconomicValues& economics);

/// What a chip draws from the grid on average as long as it is installed, in use or not: nameplate `it_power` x
/// power_use x PUE. Less than its share of the facility's power, which is what a hall is built for.
Watts drawn_power(const ChipOffer& offer, const EconomicValues& economics);

/// Cost of an hour of use of a chip that is in use a share `use` (0 < use <= 1) of all hours. Capital is repaid in
/// equal payments over the life of hardware and hall (capital recovery factor, taxes left out); a chip draws its
/// nameplate `it_power` x power_use x PUE as long as it is installed, in use or not; what it is worth at the end of its
/// life is left out.
ChipCost chip_cost(Dollars price, Watts it_power, Watts facility_power, const EconomicValues& economics, double use);

/// The same of an offer bought at a date, at medians.
ChipCost chip_cost(const ChipOffer& offer, Date bought, const EconomicValues& economics, double use);

}  // namespace orrery
