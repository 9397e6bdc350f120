#pragma once

#include <vector>

#include "base/date.hpp"
#include "fleet/buying/rental_price.hpp"
#include "fleet/chip_offer.hpp"
#include "fleet/economics.hpp"

namespace orrery {

/// Share of the hours of its chips that a landlord plans to sell: what an hour's cost is reckoned with.
inline constexpr double kSoldHours = 0.85;

/// The market on which chips of a kind are rented, as it was known at a date: its last rent, and how rents may go on.
struct RentMarket {
  RentModel model;
  RentCost cost;          ///< Of an hour, at the last quote.
  double hardware = 0;    ///< Share of `cost.capital` that falls with the price of chips; the rest is halls.
  Date quoted;            ///< The last quote's.
  double premium = 0;     ///< Then.
  DollarsPerSecond rent;  ///< Then.
  bool borrowed = false;  ///< The premium is that of H100s, since this kind has no quotes, or only old ones.
  int quotes = 0;         ///< That the volatility was estimated from.
  /// Of the logarithm of a quote about the market's rent: what offers of one date differ by (terms, size, seller). The
  /// median over the quotes of their own 80 % ranges.
  double scatter = 0;
  double price_factor = 1;  ///< A year: what chips cost new, where the offer's prices are not known.

  /// The cost of an hour so many years after the last quote; `factor` a year instead of the market's own.
  RentCost cost_after(double years, double factor) const;
  RentCost cost_after(double years) const { return cost_after(years, price_factor); }
};

/// What those pay who rent out chips: the economics of the preset "neocloud".
EconomicValues landlord_economics();

/// What an hour of a chip of an offer costs a landlord that buys at a date and sells `kSoldHours` of its hours.
RentCost rent_cost(const ChipOffer& offer, Date bought, const EconomicValues& landlord);

/// The market as known at `known`: quotes and prices of later dates are not looked at, and chips grow cheaper as
/// `landlord.value_decline` says. An offer without quotes until then, or with none for
/// a year after which `other` had some, takes the premium of `other` (H100s), whose rents
/// are known best: a market short of one chip is short of all.
RentMarket rent_market(const ChipOffer& offer, const ChipOffer& other, const EconomicValues& landlord, Date known);

/// A rent by its 10, 50 and 90 % quantiles.
struct RentBand {
  DollarsPerSecond p10, p50, p90;
};

/// What a quote of a date from the last one on may say, in closed form: how far the market moves and how far quotes
/// differ, their distances from the median added as independent ones are. The cost of an hour is taken as known.
RentBand rent_band(const RentMarket& market, Date date);

/// One quote that a model which did not know it is scored on.
struct RentScore {
  Date from, date;
  DollarsPerSecond quoted;
  RentBand band;
  bool inside() const { return band.p10 <= quoted && quoted <= band.p90; }
};

/// Quotes after `split`, each against the market as known at `split`.
std::vector<RentScore> score_rents(const ChipOffer& offer, const EconomicValues& landlord, Date split);

/// Every quote from the third on, against the market as known at the quote before it.
std::vector<RentScore> score_next_rents(const ChipOffer& offer, const EconomicValues& landlord);

}  // namespace orrery
