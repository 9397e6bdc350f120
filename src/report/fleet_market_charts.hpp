#pragma once

#include <vector>

#include "fleet/market/market_study.hpp"
#include "report/document.hpp"

namespace orrery {

/// Charts of a market: prices with their bands, shares of a quarter's output, who is displaced, goals.
void add_market_charts(const MarketSpec& spec, const MarketStudy& study, Document& document);

}  // namespace orrery
