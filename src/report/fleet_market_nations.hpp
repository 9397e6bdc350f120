#pragma once

#include "report/fleet_market_text.hpp"

namespace orrery {

/// What buyers with goals have over time, and which firms of a nation lack compute with it.
void add_market_nations(const MarketAnswers& answers, Document& document);
void add_market_nation_sentences(const MarketAnswers& answers, Document& document);
void add_market_nation_notes(const MarketAnswers& answers, Document& document);

}  // namespace orrery
