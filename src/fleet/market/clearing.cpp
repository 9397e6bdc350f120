#include "fleet/market/clearing.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/check.hpp"

namespace orrery {
namespace {

constexpr double kNever = std::numeric_limits<double>::infinity();

double total_at(const std::vector<MarketDemand>& demands, double price) {
  return std::accumulate(demands.begin(), demands.end(), 0.0,
                         [&](double sum, const MarketDemand& demand) { return sum + demand.units_at(price); });
}

/// Slope of the logarithm of a demand over that of the price, just above `price`: not positive.
double slope_above(const MarketDemand& demand, double price) {
  double slope = 0;
  // As in `kinks`, so that a stretch that begins at a kink is past it, whatever the rounding.
  if (price >= demand.money / demand.most) slope -= 1;
  if (price >= demand.worth) slope -= demand.elasticity;
  return slope;
}

/// Prices at which the slope of some demand changes, ascending, above `reserve`.
std::vector<double> kinks(const std::vector<MarketDemand>& demands, double reserve) {
  std::vector<double> prices;
  for (const MarketDemand& demand : demands) {
    for (const double kink : {demand.worth, demand.money / demand.most}) {
      if (std::isfinite(kink) && kink > reserve) prices.push_back(kink);
    }
  }
  std::sort(prices.begin(), prices.end());
  return prices;
}

/// The price in [low, high], a stretch without kinks inside, at which the demands add up to `supply`; they do not at
/// `low`, where they are more. The total is a sum of powers, convex in the logarithm of the price: from the left
/// Newton's steps never pass the answer.
double price_in_stretch(const std::vector<MarketDemand>& demands, double supply, double low, double high) {
  double price = low;
  for (int step = 0; step < 200; ++step) {
    double total = 0, steepness = 0;
    for (const MarketDemand& demand : demands) {
      const double units = demand.units_at(price);
      total += units;
      steepness -= units * slope_above(demand, low);
    }
    // Nothing that falls is left but rounding.
    if (total <= supply || steepness <= 0) break;
    const double next = std::min(high, price * std::exp((total - supply) / steepness));
    if (next <= price * (1 + 1e-15)) break;
    price = next;
  }
  return price;
}

MarketClearing at_price(const std::vector<MarketDemand>& demands, double price, double supply) {
  MarketClearing clearing{price, {}};
  for (const MarketDemand& demand : demands) clearing.units.push_back(demand.units_at(price));
  // The last digit of the price must not sell more than there is.
  const double sold = clearing.sold();
  if (sold > supply) {
    for (double& units : clearing.units) units *= supply / sold;
  }
  return clearing;
}

}  // namespace

double MarketDemand::units_at(double price) const {
  const double affordable = std::min(money / price, most);
  if (price <= worth) return affordable;
  return worth <= 0 ? 0 : affordable * std::pow(worth / price, elasticity);
}

double MarketClearing::sold() const {
  return std::accumulate(units.begin(), units.end(), 0.0);
}

MarketClearing clear_auction(const std::vector<MarketDemand>& demands, double supply, double reserve) {
  ORRERY_CHECK(reserve > 0 && supply >= 0, "a market has a least price");
  if (supply <= 0) return {kNever, std::vector<double>(demands.size(), 0.0)};
  if (total_at(demands, reserve) <= supply) return at_price(demands, reserve, supply);
  const std::vector<double> prices = kinks(demands, reserve);
  // The first kink at which no more than the supply is asked for.
  const auto end = std::partition_point(prices.begin(), prices.end(),
                                        [&](double price) { return total_at(demands, price) > supply; });
  const double low = end == prices.begin() ? reserve : *(end - 1);
  const double high = end == prices.end() ? kNever : *end;
  return at_price(demands, price_in_stretch(demands, supply, low, high), supply);
}

MarketClearing clear_ration(const std::vector<MarketDemand>& demands, double supply, double list_price) {
  ORRERY_CHECK(list_price > 0 && supply >= 0, "a list has a price");
  MarketClearing clearing{list_price, {}};
  for (const MarketDemand& demand : demands) clearing.units.push_back(demand.units_at(list_price));
  if (clearing.sold() <= supply) return clearing;
  std::vector<std::size_t> order(demands.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  const auto asked_a_weight = [&](std::size_t i) {
    return clearing.units[i] > 0 ? clearing.units[i] / demands[i].weight : 0;
  };
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return asked_a_weight(a) < asked_a_weight(b); });
  double left = supply;
  double weights = std::accumulate(demands.begin(), demands.end(), 0.0,
                                   [](double sum, const MarketDemand& demand) { return sum + demand.weight; });
  for (const std::size_t i : order) {
    const double share = weights > 0 ? left * std::min(1.0, demands[i].weight / weights) : 0;
    clearing.units[i] = std::min(clearing.units[i], share);
    left = std::max(0.0, left - clearing.units[i]);
    weights -= demands[i].weight;
  }
  return clearing;
}

}  // namespace orrery
