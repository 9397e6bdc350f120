#pragma once

#include <string>
#include <vector>

#include "report/fleet_market_text.hpp"

namespace orrery {

/// A market and its variants, as `study_market` answers: who is displaced and at what price, by quarter, year and
/// buyer, when goals are reached, who lacks compute in nations that buy, what packaging allows, what variants change,
/// and how far it is from what happened.
Document fleet_market_document(const MarketAnswers& answers, const std::vector<std::string>& assumptions);

}  // namespace orrery
