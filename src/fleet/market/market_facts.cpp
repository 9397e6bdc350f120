// What the path says of published facts.
#include <algorithm>
#include <limits>

#include "fleet/market/market.hpp"

namespace orrery {
namespace {

double sum_over(const std::vector<MarketQuarter>& path, Date from, Date until, const auto& of) {
  double sum = 0;
  for (const MarketQuarter& quarter : path) {
    if (from <= quarter.start && quarter.start < until) sum += of(quarter);
  }
  return sum;
}

double buyer_measure(const MarketSpec& spec, const std::vector<MarketQuarter>& path, const MarketFact& fact) {
  const std::vector<MarketBuyer>& buyers = spec.input.buyers;
  const auto buyer =
      std::find_if(buyers.begin(), buyers.end(), [&](const MarketBuyer& its) { return its.name == fact.buyer; });
  if (buyer == buyers.end()) return std::numeric_limits<double>::quiet_NaN();
  const auto b = static_cast<std::size_t>(buyer - buyers.begin());
  if (fact.measure == MarketMeasure::Chips)
    return sum_over(path, fact.from, fact.until, [&](const MarketQuarter& q) { return q.purchases[b].chips; });
  if (fact.measure == MarketMeasure::OwnChips)
    return sum_over(path, fact.from, fact.until, [&](const MarketQuarter& q) { return q.purchases[b].own_chips; });
  const std::vector<std::string> pools = spec.pools();
  const auto p = static_cast<std::size_t>(std::find(pools.begin(), pools.end(), buyer->pool) - pools.begin());
  return sum_over(path, fact.from, fact.until, [&](const MarketQuarter& q) { return q.purchases[b].got; }) /
         sum_over(path, fact.from, fact.until, [&](const MarketQuarter& q) { return q.pools[p].h100e; });
}

}  // namespace

double market_measure(const MarketSpec& spec, const std::vector<MarketQuarter>& path, const MarketFact& fact) {
  const bool covered =
      !path.empty() && path.front().start <= fact.from && fact.until <= next_quarter(path.back().start);
  if (!covered) return std::numeric_limits<double>::quiet_NaN();
  const auto over_pools = [&](const auto& of) {
    return sum_over(path, fact.from, fact.until, [&](const MarketQuarter& quarter) {
      double sum = 0;
      for (const MarketPool& pool : quarter.pools) sum += of(pool);
      return sum;
    });
  };
  const std::vector<std::string> pools = spec.pools();
  const auto found = std::find(pools.begin(), pools.end(), fact.pool);
  const auto mean_price = [&](double MarketPool::*price) {
    if (found == pools.end()) return std::numeric_limits<double>::quiet_NaN();
    const auto p = static_cast<std::size_t>(found - pools.begin());
    const auto sold = [&](const MarketQuarter& q) { return q.pools[p].sold; };
    const auto paid = [&](const MarketQuarter& q) {
      return q.pools[p].sold > 0 ? q.pools[p].sold * q.pools[p].*price : 0;
    };
    return sum_over(path, fact.from, fact.until, paid) / sum_over(path, fact.from, fact.until, sold);
  };
  switch (fact.measure) {
    case MarketMeasure::Output:
      return sum_over(path, fact.from, fact.until, [&](const MarketQuarter& quarter) {
        double sum = 0;
        for (std::size_t i = 0; i < spec.offers.size(); ++i) {
          if (fact.vendor.empty() || spec.offers[i].hardware.vendor == fact.vendor) sum += quarter.made_h100e[i];
        }
        return sum;
      });
    case MarketMeasure::Revenue:
      return over_pools([](const MarketPool& pool) { return pool.sold > 0 ? pool.sold * pool.list : 0; });
    case MarketMeasure::ListPrice:
      return mean_price(&MarketPool::list);
    case MarketMeasure::Price:
      return mean_price(&MarketPool::clearing);
    default:
      return buyer_measure(spec, path, fact);
  }
}

}  // namespace orrery
