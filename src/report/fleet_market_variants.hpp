#pragma once

#include "report/fleet_market_text.hpp"

namespace orrery {

/// What variants change. All changes are of futures over the same futures without the variant; medians of prices, from
/// which they come, stand beside them.
void add_market_variants(const MarketAnswers& answers, Document& document);
/// A sentence for each.
void add_market_variant_sentences(const MarketAnswers& answers, Document& document);

}  // namespace orrery
