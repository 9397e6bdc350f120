#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/diagnostic.hpp"
#include "base/law.hpp"
#include "base/quantity.hpp"
#include "scenario/schema.hpp"

namespace orrery {

/// What computing power costs besides the chips: halls, power, capital, and how long it lasts. Each is a law, because
/// none is known well; `values_of` draws them. Presets: presets/economics.
struct Economics {
  std::string name{};
  Law facility_capex;     ///< $ a watt of facility power: land, shell, mechanical and electrical plant.
  Law facility_life;      ///< Seconds.
  Law hardware_life;      ///< Seconds that chips, servers and network serve.
  Law network_overhead;   ///< Dollars of network for a dollar of chips.
  Law server_overhead;    ///< Dollars of servers, storage and racks for a dollar of chips.
  Law cost_of_capital;    ///< A year, as a fraction.
  Law pue;                ///< Facility power over the power of the equipment, on average over a year.
  Law power_use;          ///< Mean power of running equipment over its nameplate.
  Law electricity_price;  ///< $ a joule.
  Law operations;         ///< Staff, maintenance and spares a year, as a share of what the hardware cost.
  Law value_decline;      ///< Share of its value that hardware loses a year on the market.
};

/// Economics in one future.
struct EconomicValues {
  DollarsPerWatt facility_capex;
  Seconds facility_life, hardware_life;
  double network_overhead = 0, server_overhead = 0, cost_of_capital = 0, pue = 1, power_use = 1;
  DollarsPerJoule electricity_price;
  double operations = 0, value_decline = 0;
};

/// An input of which only a law is known, with the name that answers call it by.
struct UncertainInput {
  std::string name;  ///< "economics.pue"
  Law law;
  Dimension dimension = Dimension::None;
};

/// The inputs of which `values_of` takes one level each, in its order.
std::vector<UncertainInput> uncertain_inputs(const Economics& economics);

/// The economics at a level (0 .. 1) of each input; without levels at all medians.
EconomicValues values_of(const Economics& economics, std::span<const double> levels = {});

/// Equal yearly payments, as a share of what was borrowed, that repay it over `life` with interest:
/// r / (1 - (1 + r)^-n), and 1 / n without interest. `life` above zero.
double capital_recovery_factor(double rate_per_year, Seconds life);

/// What may be said of economics: [economics], and presets/economics.
const Schema<Economics>& economics_schema();

/// [economics] of a scenario, over the preset that it names ("2025" where it names none); `written` is null where the
/// scenario has no such table. Mistakes go to `diagnostics`.
Economics read_economics(const Value* written, Diagnostics& diagnostics, Provenance* provenance = nullptr);

/// The preset of that name, which exists.
Economics economics_preset(const std::string& name = "2025");

}  // namespace orrery
