#pragma once

#include <string>

#include "base/quantity.hpp"

namespace orrery {

/// What stands at the ends of a cable of one rate: transceivers or copper, and the network card of a node.
struct OpticsKind {
  std::string name;
  BytesPerSecond bandwidth;   ///< Of a cable, one direction.
  Watts transceiver_power;    ///< Of one end of an optical cable: half of a twin-port module. Zero: unknown.
  Dollars transceiver_price;  ///< Of one end. Zero: unknown.
  Dollars copper_price;       ///< Of a passive copper cable, which draws no power. Zero: unknown.
  Watts nic_power;            ///< Of a card with one port of this rate, without its transceiver. Zero: unknown.
  Dollars nic_price;          ///< Zero: unknown.

  friend bool operator==(const OpticsKind&, const OpticsKind&) = default;
};

}  // namespace orrery
