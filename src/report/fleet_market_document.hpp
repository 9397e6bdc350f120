#pragma once

#include <string>
#include <vector>

#include "fleet/market/market_study.hpp"
#include "report/document.hpp"

namespace orrery {

/// A market and its variants, as `study_market` answers: who is displaced and at what price, by quarter, year and
/// buyer, when goals are reached, what packaging allows, what variants change, and how far it is from what happened.
/// `studies`: the base, then one for each variant.
Document fleet_market_document(const MarketSpec& base, const std::vector<MarketVariant>& variants,
                               const std::vector<MarketStudy>& studies, const std::vector<std::string>& assumptions);

}  // namespace orrery
