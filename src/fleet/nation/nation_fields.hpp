#pragma once

#include <string>
#include <vector>

#include "fleet/nation/nation_spec.hpp"
#include "scenario/schema.hpp"

namespace orrery {

/// [[nation.supply]] as written.
struct NationSupplyInput {
  std::string name{}, chip = "h100-sxm", cost{};
  Date date;
  double gpus = 0;
  ValueStatus status = ValueStatus::Plan;
  Law usable = Law::fixed(1), delivered = Law::fixed(1), delay;
};

/// [[nation.classes]]: firms by number of people.
struct NationClassInput {
  std::string name{};
  double share = 0;
};

/// [nation] as written.
struct NationInput {
  std::string name{};
  double firms = 0;
  std::vector<NationSurvey> surveys;
  Law need_share = Law::uniform(0.6, 0.95);
  Law sigma = Law::uniform(1, 2.5);
  Law served_below = Law::uniform(0.5, 0.9);
  Law burst = Law::uniform(1, 2.5);
  NationPolicy reference = NationPolicy::Blocks, policy = NationPolicy::FairShare;
  double target = 0.3;
  Law growth = Law::spread(1.6, 1.9, 2.5);
  Date until = Date::of(2030, 12, 31);
  Law life = Law::spread(3 * 365.25 * 86400, 5 * 365.25 * 86400, 7 * 365.25 * 86400);
  std::vector<NationSupplyInput> supply;
  std::vector<NationClassInput> classes;
  double size_correlation = 0.5;
  Law purchase = Law::spread(38e3, 50e3, 52e3);
  Law power = Law::spread(1400, 1740, 1810);
  Law rent = Law::spread(2.0 / 3600, 2.6 / 3600, 3.0 / 3600);
  std::string currency = "KRW";
  double per_dollar = 0;
  std::string jobs = "philly";
  Seconds longest_run{3 * 86400.0}, span{28 * 86400.0};
  int draws = 400;
};
const Schema<NationInput>& nation_schema();

/// "1.459 T KRW", "$1.0B" or "1 B USD" in dollars, with `per_dollar` of `currency` to a dollar; says what is wrong with
/// it otherwise. Scales are K, M, B and T.
Expected<Dollars, UnitError> parse_money_in(const std::string& text, const std::string& currency, double per_dollar);

}  // namespace orrery
