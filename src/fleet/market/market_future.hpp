#pragma once

#include <vector>

#include "fleet/market/market.hpp"

namespace orrery {

/// Everything about a market that one future settles, by quarter.
struct MarketFuture {
  struct LineQuarter {
    double chips = 0;  ///< As planned.
    double h100e = 0;  ///< A chip.
    double price = 0;  ///< A chip, on the list.
  };
  std::vector<Date> starts;                        ///< One more than there are quarters.
  std::vector<std::vector<LineQuarter>> lines;     ///< By line, then quarter.
  std::vector<double> facility_watts;              ///< A chip, by line.
  std::vector<std::vector<double>> budget, power;  ///< By buyer, then quarter; power infinite without limit.
  std::vector<double> wafers, memory;              ///< By quarter; infinite without limit.
  std::vector<double> rent_worth;                  ///< Dollars an H100 equivalent, by quarter; infinite without rent.
  std::vector<double> urgency, elasticity;         ///< By buyer.
  double list_follows = 0;                         ///< Share of its gap that a list closes in a quarter.
  std::size_t life_quarters = 0;                   ///< That hardware serves.
};

MarketFuture market_future(const MarketSpec& spec, const MarketLevels& levels);

}  // namespace orrery
