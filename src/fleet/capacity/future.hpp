#pragma once

#include <array>
#include <cstddef>
#include <vector>

#include "fleet/capacity/result.hpp"

namespace orrery {

/// One future of a fleet. Times are seconds from the start, infinite where they lie behind the last step.
struct FleetFuture {
  std::size_t steps = 0;
  std::vector<double> series;         ///< By series, then step.
  std::vector<double> missing;        ///< By limit, then step: power that it keeps from being used (watts).
  std::vector<FleetLimit> binding;    ///< By step.
  std::vector<double> phases, feeds;  ///< When each is there.
  FleetLedger ledger;
  /// Dollars of the last year: capital in place as an annuity over its life, and operation; and the H100e-hours that
  /// they bought.
  std::array<double, kFleetCosts> year_cost{};
  double year_hours = 0;

  double& at(FleetSeries s, std::size_t step) { return series[static_cast<std::size_t>(s) * steps + step]; }
  double at(FleetSeries s, std::size_t step) const { return series[static_cast<std::size_t>(s) * steps + step]; }
  double& missing_at(FleetLimit l, std::size_t step) { return missing[static_cast<std::size_t>(l) * steps + step]; }
  double missing_at(FleetLimit l, std::size_t step) const {
    return missing[static_cast<std::size_t>(l) * steps + step];
  }
};

}  // namespace orrery
