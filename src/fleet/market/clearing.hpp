#pragma once

#include <limits>
#include <vector>

#include "base/quantity.hpp"

namespace orrery {

/// What one buyer asks for in one quarter at a price of a unit of computing power (an H100 equivalent, say). At most
///
///     min(money / price, most) x min(1, (worth / price)^elasticity)
///
/// units: up to what a unit is worth to it, a buyer takes all that its money, its wants and its power allow; above, the
/// share of its projects that are still worth the price falls as a power of it. Never rises with the price.
struct MarketDemand {
  double money = 0;                                        ///< Dollars that it has for chips.
  double most = std::numeric_limits<double>::infinity();   ///< Units: what it wants, or what its halls can power.
  double worth = std::numeric_limits<double>::infinity();  ///< Dollars a unit.
  double elasticity = 1;                                   ///< Above zero.
  double weight = 1;  ///< In a ration: its share, before all are served, is in proportion.

  double units_at(double price) const;
};

/// Who gets how much, at which price.
struct MarketClearing {
  double price = 0;           ///< Dollars a unit.
  std::vector<double> units;  ///< By buyer, in the order of the demands.
  double sold() const;
};

/// One price at which the buyers take no more than `supply` units: the least one from `reserve` up. Where it is above
/// `reserve` everything is sold; at `reserve` some may be left. Without supply the price is infinite and nobody buys.
///
/// Exact: the logarithm of each demand is linear in that of the price between its few kinks, so a binary search over
/// all kinks finds the stretch, and Newton's method on a convex falling function the price in it.
/// `reserve`  above zero.
MarketClearing clear_auction(const std::vector<MarketDemand>& demands, double supply, double reserve);

/// The same supply at a list price that does not move: who asks for no more than its share, by weight, of what is there
/// gets all of it, and what it leaves goes to the others (water filling).
MarketClearing clear_ration(const std::vector<MarketDemand>& demands, double supply, double list_price);

}  // namespace orrery
