#include "base/unit_table.hpp"
#include "fleet/economics.hpp"

namespace orrery {
namespace {

// Wider than any that was ever told; beyond lies a slip of a unit.
constexpr double kDearestWatt = 1000;         // $, of facility
constexpr double kDearestJoule = 10 / 3.6e6;  // $10/kWh

}  // namespace

const Schema<Economics>& economics_schema() {
  using E = Economics;
  static const Schema<E> schema = [] {
    constexpr Dimension kPlain = Dimension::None;
    Schema<E> s("economics", "What computing power costs besides the chips.");
    s.text("name", &E::name, described("Of the preset.", "2025"))
        .law("facility_capex", &E::facility_capex, Dimension::PowerPrice,
             bounded("Land, shell, mechanical and electrical plant, for facility power.",
                     "spread($8M/MW, $9.3M/MW, $12M/MW)", 0, kDearestWatt))
        .law("facility_life", &E::facility_life, Dimension::Time,
             bounded("How long a hall serves.", "spread(10 years, 14 years, 20 years)", kYear / 12, 100 * kYear))
        .law("hardware_life", &E::hardware_life, Dimension::Time,
             bounded("How long chips, servers and network serve.", "spread(3 years, 5 years, 7 years)", kYear / 12,
                     50 * kYear))
        .law("network_overhead", &E::network_overhead, kPlain,
             bounded("Dollars of network for a dollar of chips.", "0.3", 0, 10))
        .law("server_overhead", &E::server_overhead, kPlain,
             bounded("Dollars of servers, storage and racks for a dollar of chips.", "0.12", 0, 10))
        .law("cost_of_capital", &E::cost_of_capital, kPlain,
             bounded("A year, as a fraction.", "spread(0.07, 0.085, 0.1)", 0, 1))
        .law("pue", &E::pue, kPlain,
             bounded("Facility power over the power of the equipment, over a year.", "1.12", 1, 5))
        .law("power_use", &E::power_use, kPlain,
             bounded("Mean power of running equipment over its nameplate.", "0.85", 0, 1))
        .law("electricity_price", &E::electricity_price, Dimension::EnergyPrice,
             bounded("Of electricity.", "$0.07/kWh", 0, kDearestJoule))
        .law("operations", &E::operations, kPlain,
             bounded("Staff, maintenance and spares a year, as a share of what the hardware cost.", "0.03", 0, 1))
        .law("value_decline", &E::value_decline, kPlain,
             bounded("Share of its value that hardware loses a year on the market.", "0.28", 0, 1));
    return s;
  }();
  return schema;
}

}  // namespace orrery
