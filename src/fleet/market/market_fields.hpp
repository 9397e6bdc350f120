#pragma once

#include "fleet/market/market.hpp"
#include "scenario/schema.hpp"

namespace orrery {

/// What may be said of a market: [market].
const Schema<MarketInput>& market_schema();

}  // namespace orrery
