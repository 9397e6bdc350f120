#include "fleet/chip_cost.hpp"

#include "base/check.hpp"
#include "base/unit_table.hpp"

namespace orrery {

ChipCapex chip_capex(Dollars price, Watts facility_power, const EconomicValues& economics) {
  return {price, price * economics.network_overhead, price * economics.server_overhead,
          economics.facility_capex * facility_power};
}

Watts drawn_power(const ChipOffer& offer, const EconomicValues& economics) {
  return offer.it_power * economics.power_use * economics.pue;
}

ChipCost chip_cost(Dollars price, Watts it_power, Watts facility_power, const EconomicValues& economics, double use) {
  ORRERY_CHECK(use > 0 && use <= 1, "a chip is used some of the time");
  const ChipCapex capex = chip_capex(price, facility_power, economics);
  const Seconds used(kYear * use);
  const double rate = economics.cost_of_capital;
  return {capex.hardware() * capital_recovery_factor(rate, economics.hardware_life) / used,
          capex.facility * capital_recovery_factor(rate, economics.facility_life) / used,
          it_power * economics.power_use * economics.pue * economics.electricity_price / use,
          capex.hardware() * economics.operations / used};
}

ChipCost chip_cost(const ChipOffer& offer, Date bought, const EconomicValues& economics, double use) {
  return chip_cost(Dollars(offer.price.at(bought)), offer.it_power, Watts(offer.facility_power.quantile(0.5)),
                   economics, use);
}

}  // namespace orrery
