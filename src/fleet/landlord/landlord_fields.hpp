#pragma once

#include <optional>
#include <string>
#include <vector>

#include "fleet/dated_series.hpp"
#include "fleet/landlord/landlord.hpp"
#include "scenario/schema.hpp"

namespace orrery {

/// Demand of a group of tenants as a scenario says it: [landlord.main], [landlord.others].
struct LandlordTenantInput {
  std::string name;
  Law demand;    ///< Chips busy at the decision.
  Law growth;    ///< Factor a year at first.
  Seconds fade;  ///< Zero: growth goes on.
  double volatility = 0;
  double jump_rate = 0;  ///< A year; of the main tenant only, as what follows.
  std::optional<Law> jump;
  double leave_rate = 0, short_leave_rate = 0;
  std::optional<Law> leave_share;
};

/// [landlord.contract]
struct LandlordContractInput {
  double share = 0;
  Seconds length;
  double take_or_pay = 0;
  std::optional<Law> price;
  std::optional<Law> collected;
};

/// The declared inputs of a landlord's question: [landlord] in a scenario.
struct LandlordInput {
  std::string chip;
  Date date;
  Seconds horizon;
  LandlordTenantInput main, others;
  DatedSeries serving;  ///< Chip-hours a month.
  Law standing;
  std::optional<Law> lead_time;
  LandlordContractInput contract;
  std::optional<double> project;  ///< Chips; otherwise what the main tenant lacks.
  Seconds review;
  int draws = 1000;
};

const Schema<LandlordInput>& landlord_schema();

}  // namespace orrery
