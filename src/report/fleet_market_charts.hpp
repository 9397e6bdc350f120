#pragma once

#include "report/fleet_market_text.hpp"

namespace orrery {

/// Charts of a market: prices with their bands, shares of a quarter's output, who is displaced, goals, firms of
/// nations.
void add_market_charts(const MarketAnswers& answers, Document& document);

}  // namespace orrery
