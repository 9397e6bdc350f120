#pragma once

#include <string>

#include "fleet/market/market_study.hpp"

namespace orrery {

// Words of the market's page, shared by its tables, its answer and its history.

std::string market_count_text(double count);            ///< Three digits: "13,100", "2.41 M".
std::string market_count_band(const MarketBand& band);  ///< "2.41 M (1.9 M to 3.1 M)"
std::string market_money_text(double dollars);          ///< "$13000", or "no price" where it is infinite.
std::string market_money_band(const MarketBand& band);
/// Of a share, less 1: "+12.5 %", and from ten times on "x 130".
std::string market_change_text(double change, int decimals = 1);
std::string market_change_band(const MarketBand& band);
std::string market_share_band(const MarketBand& band);
/// "2027-Q3", or "not before 2031" from the end of the market on.
std::string market_quarter_text(const MarketSpec& spec, double quarter);

}  // namespace orrery
