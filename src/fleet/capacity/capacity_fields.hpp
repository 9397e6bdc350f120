#pragma once

#include <optional>
#include <string>
#include <vector>

#include "fleet/capacity/spec.hpp"
#include "scenario/schema.hpp"

namespace orrery {

/// The share of a chip's world output that the plan can get, where it is not that of all.
struct FleetShareInput {
  std::string chip;
  double share = 0;
};

/// A target as a scenario says it: one measure, and perhaps a date.
struct FleetTargetInput {
  std::optional<double> h100e, gpus;
  std::optional<Watts> power;
  std::optional<Dollars> spent;
  std::optional<Date> by;
};

/// The same plan with some inputs changed, answered beside it.
struct FleetVariantInput {
  std::string name;
  std::string like;              ///< An earlier variant, whose changes come first; empty: the plan.
  std::vector<std::string> set;  ///< As --set takes them.
};

/// The declared inputs of the fleet level: [fleet] in a scenario, beside [economics] and [[offers]].
struct FleetInput {
  FleetSpec plan;
  std::vector<std::string> chips;  ///< Preset offers, where the scenario has no [[offers]].
  double share = 0.25;             ///< Of each chip that is for sale.
  std::vector<FleetShareInput> shares;
  std::vector<FleetTargetInput> targets;
  std::vector<FleetVariantInput> variants;
  int draws = 1000;
};

const Schema<FleetInput>& fleet_schema();

}  // namespace orrery
