#include "fleet/buying/rent_market.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include "base/check.hpp"
#include "base/statistics.hpp"
#include "fleet/chip_cost.hpp"

namespace orrery {
namespace {

double year_of(Date date) {
  return years_between(Date::of(2000, 1, 1), date);
}

/// The offer as its landlords knew it: prices fall as chips in general do.
ChipOffer known_to_landlords(const ChipOffer& offer, Date date, const EconomicValues& landlord) {
  ChipOffer known = known_at(offer, date);
  known.price.growth = Law::fixed(1 - landlord.value_decline);
  return known;
}

double quote_scatter(const ChipOffer& known) {
  std::vector<double> deviations;
  const double width = 2 * normal_quantile(0.9);
  for (const DatedValue& quote : known.rent.points) {
    const double low = quote.value.quantile(0.1), high = quote.value.quantile(0.9);
    if (low > 0) deviations.push_back(std::log(high / low) / width);
  }
  return deviations.empty() ? 0 : median(deviations);
}

std::vector<PremiumPoint> premiums(const ChipOffer& known, const EconomicValues& landlord) {
  std::vector<PremiumPoint> history;
  for (const DatedValue& quote : known.rent.points) {
    const DollarsPerSecond rent(quote.value.quantile(0.5));
    history.push_back({year_of(quote.date), premium_of(rent_cost(known, quote.date, landlord), rent)});
  }
  return history;
}

}  // namespace

RentCost RentMarket::cost_after(double years, double factor) const {
  const double fallen = std::pow(factor, years);
  return {cost.operating, cost.capital * (hardware * fallen + 1 - hardware)};
}

EconomicValues landlord_economics() {
  Diagnostics diagnostics;
  const Value table(Value::Table{{"preset", Span{}, Value(std::string("neocloud"), Span{})}}, Span{});
  const Economics economics = read_economics(&table, diagnostics);
  ORRERY_CHECK(!diagnostics.has_errors(), "our presets are sound");
  return values_of(economics);
}

RentCost rent_cost(const ChipOffer& offer, Date bought, const EconomicValues& landlord) {
  const ChipCost hour = chip_cost(offer, bought, landlord, kSoldHours);
  return {hour.running(), hour.hardware + hour.facility};
}

RentMarket rent_market(const ChipOffer& offer, const ChipOffer& other, const EconomicValues& landlord, Date known) {
  ORRERY_CHECK(!offer.price.empty() && !other.price.empty(), "chips on a market have prices");
  const ChipOffer now = known_to_landlords(offer, known, landlord);
  const ChipOffer others = known_to_landlords(other, known, landlord);
  RentMarket market;
  // Quotes older than others by more than a year tell of another market.
  market.borrowed = now.rent.empty() || (!others.rent.empty() && years_between(now.rent.points.back().date,
                                                                               others.rent.points.back().date) > 1);
  const ChipOffer& quoted = market.borrowed ? others : now;
  // Where nobody has quoted yet, rents stand at cost.
  market.quoted = quoted.rent.empty() ? known : quoted.rent.points.back().date;
  const std::vector<PremiumPoint> own = premiums(quoted, landlord);
  if (!own.empty()) market.premium = own.back().premium;
  // How much a market moves is learnt from the chip with the longest history.
  const std::vector<PremiumPoint> others_own = premiums(others, landlord);
  const std::vector<PremiumPoint>& longest = own.size() >= others_own.size() ? own : others_own;
  market.model = fitted_rent_model({}, longest);
  market.quotes = static_cast<int>(longest.size());
  market.scatter = quote_scatter(own.size() >= others_own.size() ? quoted : others);
  market.price_factor = 1 - landlord.value_decline;
  const ChipCost hour = chip_cost(now, market.quoted, landlord, kSoldHours);
  market.cost = rent_cost(now, market.quoted, landlord);
  market.hardware = hour.hardware / market.cost.capital;
  market.rent = rent_of_premium(market.cost, market.premium);
  return market;
}

RentBand rent_band(const RentMarket& market, Date date) {
  const double years = std::max(0.0, years_between(market.quoted, date));
  const RentCost cost = market.cost_after(years);
  const auto moved = [&](double q) {
    return rent_of_premium(cost, premium_quantile(market.model, market.premium, years, q));
  };
  const DollarsPerSecond middle = moved(0.5);
  const double quote = market.scatter * normal_quantile(0.9);
  const double up = std::hypot(std::log(moved(0.9) / middle), quote);
  const double down = std::hypot(std::log(middle / moved(0.1)), quote);
  return {middle * std::exp(-down), middle, middle * std::exp(up)};
}

std::vector<RentScore> score_rents(const ChipOffer& offer, const EconomicValues& landlord, Date split) {
  const RentMarket market = rent_market(offer, offer, landlord, split);
  std::vector<RentScore> scores;
  for (const DatedValue& quote : offer.rent.points) {
    if (quote.date <= split) continue;
    scores.push_back(
        {market.quoted, quote.date, DollarsPerSecond(quote.value.quantile(0.5)), rent_band(market, quote.date)});
  }
  return scores;
}

std::vector<RentScore> score_next_rents(const ChipOffer& offer, const EconomicValues& landlord) {
  std::vector<RentScore> scores;
  const std::vector<DatedValue>& quotes = offer.rent.points;
  for (std::size_t i = 2; i < quotes.size(); ++i) {
    const RentMarket market = rent_market(offer, offer, landlord, quotes[i - 1].date);
    scores.push_back({market.quoted, quotes[i].date, DollarsPerSecond(quotes[i].value.quantile(0.5)),
                      rent_band(market, quotes[i].date)});
  }
  return scores;
}

}  // namespace orrery
