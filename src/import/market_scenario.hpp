#pragma once

#include <string>
#include <vector>

#include "fleet/market/market_fields.hpp"
#include "fleet/market/market_study.hpp"
#include "scenario/value.hpp"

namespace orrery {

/// What a scenario says of the market for chips: [market] with its [[market.variants]], [[offers]] and [economics].
struct MarketScenario {
  MarketSpec spec;
  std::vector<MarketVariant> variants;
  std::vector<ChipOffer> offers;         ///< [[offers]] as written, then the presets that lines name beside them.
  std::vector<std::string> assumptions;  ///< What was filled where the scenario is silent, in sentences.
  Provenance provenance;                 ///< Of everything that was written, with full paths.
};

/// Reads the tables; those of other levels are left alone. A variant is a `name`, perhaps a `note`, and inputs of
/// [market] that it changes, lines and buyers by their names:
///
///     [[market.variants]]
///     name = "three times the AMD"
///     [market.variants.lines.mi300x]
///     output_factor = 3
///
/// Mistakes: an unknown offer or buyer, buyers without money, shares above one, dates out of order, numbers that grow
/// beyond all bounds.
MarketScenario read_market_scenario(const Value& root, Diagnostics& diagnostics);

/// Every input as it was read, presets expanded and defaults written out, each number with its source; variants as
/// they were written.
Value market_scenario_table(const MarketScenario& scenario, const Value& root);

}  // namespace orrery
