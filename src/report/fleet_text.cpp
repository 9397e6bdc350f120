#include "report/fleet_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/check.hpp"

namespace orrery {

const char* fleet_limit_name(FleetLimit limit) {
  switch (limit) {
    case FleetLimit::Plan:
      return "the plan";
    case FleetLimit::Build:
      return "build times";
    case FleetLimit::Power:
      return "power";
    case FleetLimit::Money:
      return "money";
    case FleetLimit::Chips:
      return "supply of chips";
    case FleetLimit::LeadTime:
      return "lead times";
  }
  ORRERY_CHECK(false, "every limit has a name");
}

std::string fleet_input_name(const std::string& key) {
  static const std::array<std::pair<const char*, const char*>, 27> names = {{
      {"economics.facility_capex", "cost of halls"},
      {"economics.facility_life", "life of halls"},
      {"economics.hardware_life", "life of chips"},
      {"economics.network_overhead", "cost of the network"},
      {"economics.server_overhead", "cost of servers"},
      {"economics.cost_of_capital", "cost of capital"},
      {"economics.pue", "PUE"},
      {"economics.power_use", "power used of the nameplate"},
      {"economics.electricity_price", "price of electricity"},
      {"economics.operations", "cost of operations"},
      {"offers.price", "price of chips"},
      {"offers.price_growth", "how that price goes on"},
      {"offers.output", "world output of chips"},
      {"offers.output_growth", "how that output goes on"},
      {"offers.lead_time", "lead time of chips"},
      {"offers.facility_power", "facility power of a chip"},
      {"money.equity_delay", "delay of equity"},
      {"money.tranche_delay", "delay of loans"},
      {"money.interest", "interest"},
      {"money.rent", "rent at the market"},
      {"use.mfu", "MFU"},
      {"use.goodput", "goodput"},
      {"use.allocation", "allocation"},
      {"build.all", "build times, of all sites"},
      {"power.all", "waits for power, of all sites"},
      {"build.", "building "},
      {"power.", "power at "},
  }};
  for (const auto& [known, name] : names) {
    const std::string prefix = known;
    if (key == prefix) return name;
    if (prefix.ends_with('.') && key.starts_with(prefix)) return name + key.substr(prefix.size());
  }
  if (key.starts_with("money.tenants.")) return key.substr(14) + " stays";
  return key;
}

std::string fleet_step_name(const FleetSpec& plan, Date end) {
  const Date inside(end.days() - 1);
  return plan.step == FleetStep::Quarter ? quarter_text(inside) : month_text(inside);
}

std::string fleet_target_name(const FleetTarget& target) {
  std::string what;
  switch (target.measure) {
    case FleetMeasure::H100e:
      what = cell_text(chips_figure(target.amount)) + " H100e";
      break;
    case FleetMeasure::Gpus:
      what = cell_text(chips_figure(target.amount)) + " GPUs";
      break;
    case FleetMeasure::Power:
      what = cell_text(watts_figure(target.amount));
      break;
    case FleetMeasure::Spent:
      what = cell_text(dollars_figure(target.amount)) + " spent";
      break;
  }
  return target.by ? fmt::format("{} by {}", what, date_text(*target.by)) : what;
}

std::string fleet_date_text(const std::optional<Date>& date, Date end) {
  return date ? date_text(*date) : "after " + date_text(end);
}

FleetLimit most_frequent(const std::array<double, kFleetLimits>& shares) {
  return static_cast<FleetLimit>(std::max_element(shares.begin(), shares.end()) - shares.begin());
}

}  // namespace orrery
