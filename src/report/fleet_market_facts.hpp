#pragma once

#include "report/fleet_market_text.hpp"

namespace orrery {

/// What the world did beside what the model says of it.
void add_market_facts(const MarketAnswers& answers, Document& document);
/// How far the model is from facts that are none of its inputs.
void add_market_facts_sentence(const MarketAnswers& answers, Document& document);

}  // namespace orrery
