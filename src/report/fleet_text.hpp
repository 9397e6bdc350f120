#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <optional>
#include <string>

#include "fleet/capacity/result.hpp"
#include "fleet/capacity/spec.hpp"
#include "report/document.hpp"

namespace orrery {

/// A plan with what became of it.
struct FleetCase {
  std::string name;  ///< Of a variant; of the plan itself its own name.
  FleetSpec plan;
  FleetResult result;
};

// What answers, tables and charts about a fleet call things.

/// "build times", "money": what a limit is called.
const char* fleet_limit_name(FleetLimit limit);

/// "price of chips": what a drawn input is called; its key where it has no name.
std::string fleet_input_name(const std::string& key);

/// "2025-Q3", or "2025-07" where steps are months: the step that ends before a day.
std::string fleet_step_name(const FleetSpec& plan, Date end);

/// "10.0 GW by 2029-01-01".
std::string fleet_target_name(const FleetTarget& target);

/// "2026-04-19", or "after 2027-04-01" where a date lies behind the end.
std::string fleet_date_text(const std::optional<Date>& date, Date end);

/// The limit with the largest share.
FleetLimit most_frequent(const std::array<double, kFleetLimits>& shares);

/// A series at the end of the plan.
inline const FleetBand& at_end(const FleetResult& result, FleetSeries series) {
  return result.of(series).back();
}

/// Watts and dollars as `Figure`s, and whole chips with three digits.
inline Figure watts_figure(double value) {
  return figure(Watts(value));
}
inline Figure dollars_figure(double value) {
  return figure(Dollars(value));
}
inline Figure chips_figure(double value) {
  return large(std::floor(value * (1 + 1e-9)), 3);
}

}  // namespace orrery
