#pragma once

#include "report/fleet_market_text.hpp"

namespace orrery {

/// The market as it is, by year: what is for sale at what price, who gets how much and who is displaced, goals,
/// packaging and memory against plans.
void add_market_tables(const MarketAnswers& answers, Document& document);
/// What decides the price, and the first pool quarter by quarter.
void add_market_details(const MarketAnswers& answers, Document& document);

}  // namespace orrery
