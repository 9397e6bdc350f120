#pragma once

#include <string>

#include "base/diagnostic.hpp"
#include "hardware/cluster.hpp"
#include "scenario/value.hpp"

namespace orrery {

/// Reports every contradiction within a fabric, each where `table`, which it was read from, says it: tiers that do not
/// nest, dimensions without a torus, rails that nothing joins, switches that the planes do not share evenly.
void check_fabric(const Fabric& fabric, const Value& table, Diagnostics& diagnostics);

/// Chips that the fabric as described joins: those of a torus's dimensions or of the top tier; 0: any number.
long long fabric_chips(const Fabric& fabric);

/// That the machine has more chips than its fabric joins, in words; empty where it does not, or where one scale-up
/// domain holds it.
std::string unjoined_chips(const Cluster& cluster);

}  // namespace orrery
