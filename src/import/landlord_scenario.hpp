#pragma once

#include <string>
#include <vector>

#include "fleet/landlord/landlord_fields.hpp"
#include "fleet/landlord/landlord_study.hpp"
#include "scenario/value.hpp"

namespace orrery {

/// What a scenario says of a landlord's question: [landlord], with [economics] and [[offers]].
struct LandlordScenario {
  LandlordInput input;
  Economics economics;
  ChipOffer offer;
  std::string output_source;             ///< Of what is made of the chip in the median lead time.
  std::vector<std::string> assumptions;  ///< What was filled where the scenario is silent, in sentences.
  Provenance provenance;                 ///< Of everything that was written, with full paths.
  Provenance offer_sources;              ///< Of the offer, those of its preset too: "offers[0].price[1].value".
};

/// Reads a scenario's tables; unknown tables and keys are mistakes, tables of other levels are left alone.
///
/// Refuses demand of nothing, chips that nobody knows, are not sold yet or cost nothing, series whose dates do not
/// ascend, reviews beyond the horizon, and contracts of some length for no share of the chips.
LandlordScenario read_landlord_scenario(const Value& root, Diagnostics& diagnostics);

LandlordSpec landlord_spec(const LandlordScenario& scenario);
LandlordQuestion landlord_question(const LandlordScenario& scenario, std::uint64_t seed);

/// Every input of a scenario as `read_landlord_scenario` takes it, presets expanded and defaults written out.
Value landlord_scenario_table(const LandlordScenario& scenario);

}  // namespace orrery
