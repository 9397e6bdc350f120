#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "fleet/capacity/model.hpp"

namespace orrery {

/// The drawn numbers of one future, in the units of `FleetModel`.
struct FleetValues {
  double hall_cost = 0;  ///< Dollars a watt of the facility.
  double hall_life = 0, chip_life = 0, capital_rate = 0;
  double cluster = 0;     ///< Dollars of servers, network and storage for a dollar of chips.
  double operations = 0;  ///< A year, of what chips and cluster cost.
  double interest = 0, rent = 0, equity_delay = 0, tranche_delay = 0;
  double draw_factor = 0;                    ///< Mean power at the meter over the nameplate of the servers.
  double usable = 0;                         ///< MFU x goodput x allocation.
  std::vector<double> build, wait;           ///< By phase and by feed.
  std::vector<double> stays;                 ///< By tenant.
  std::vector<double> electricity;           ///< By site, dollars a joule.
  std::vector<double> power;                 ///< By chip.
  std::vector<double> price, ceiling, lead;  ///< By chip, then step.

  /// Fills all from one quantile for each input; allocates only the first time.
  void draw(const FleetModel& model, std::span<const double> quantiles);
};

}  // namespace orrery
