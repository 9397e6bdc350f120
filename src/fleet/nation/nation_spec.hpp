#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/date.hpp"
#include "base/law.hpp"
#include "base/quantity.hpp"
#include "fleet/nation/firm_jobs.hpp"
#include "fleet/nation/firm_needs.hpp"
#include "fleet/nation/fluid_shares.hpp"
#include "scenario/field.hpp"

namespace orrery {

/// A survey of the firms, and the GPUs that they had at its date.
struct NationSurvey {
  Date date;
  double short_share = -1;        ///< Of all firms: those that said that they lack compute; below 0: not said.
  Law gpus;                       ///< Chips that they had.
  std::string chip = "h100-sxm";  ///< What chips.
  double h100e = 1;               ///< H100-equivalents of one.
};

/// GPUs that were bought, planned or promised.
struct NationSupply {
  std::string name;
  std::string chip;
  Date date;         ///< As announced.
  double gpus = 0;   ///< Chips.
  double h100e = 1;  ///< H100-equivalents of a chip.
  ValueStatus status = ValueStatus::Plan;
  Law usable = Law::fixed(1);     ///< Share of them that the firms of the survey can use.
  Law delivered = Law::fixed(1);  ///< Share of them that comes at all.
  Law delay;                      ///< Seconds beyond the date.
  Watts power;                    ///< Of the facility, a chip; 0: not said.
  Dollars cost;                   ///< Of all; 0: not said.
  std::string chip_name{};        ///< What data sheets call the chip; empty: not looked up.
};

/// What an H100-equivalent costs.
struct NationPrices {
  Law purchase;  ///< Dollars, with its servers and network.
  Law power;     ///< Watts of the facility.
  Law rent;      ///< Dollars a second, abroad.
  std::string currency = "KRW";
  double per_dollar = 1450;
};

/// A nation with few GPUs and many firms.
struct NationSpec {
  std::string name;
  double firms = 1;
  std::vector<NationSurvey> surveys;  ///< One or two, by date.

  // What the surveys do not tell: each set of values that fits them is one of the band.
  Law need_share;                                 ///< Share of the firms with any need of GPUs.
  Law sigma;                                      ///< Of the logarithm of needs.
  Law served_below;                               ///< Who gets less than this of its need lacks compute.
  Law burst;                                      ///< A firm's peak over its mean use.
  NationPolicy reference = NationPolicy::Blocks;  ///< How GPUs were shared when the surveys were made.

  NationPolicy policy = NationPolicy::FairShare;  ///< How they are to be shared.
  double target = 0.3;                            ///< Share of the firms that may lack compute.
  Law growth = Law::fixed(1);                     ///< Of needs, a year, after the last survey.
  Date until;
  Law life = Law::fixed(5 * 365.25 * 86400);  ///< Seconds until a GPU is given up.
  std::vector<NationSupply> supply;

  std::vector<std::string> classes;  ///< Of firms by people, smallest first.
  FirmSizes sizes;
  NationPrices prices;
  FirmJobLaw jobs;
  int draws = 400;
};

}  // namespace orrery
