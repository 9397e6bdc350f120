#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "fleet/buying/rent_market.hpp"

namespace orrery {

/// What can be done about a need for chips: buy them now, rent until a date and buy then, or rent throughout.
enum class PurchaseOption { Buy, Wait, Rent };
inline constexpr std::array<PurchaseOption, 3> kPurchaseOptions = {PurchaseOption::Buy, PurchaseOption::Wait,
                                                                   PurchaseOption::Rent};

/// A need for chips of one kind over some years, and what is known of prices when it has to be decided.
///
/// Time goes in months. Bought hardware is paid when it is delivered; until then the work is done on rented chips (or,
/// without `rents_meanwhile`, later, on more chips). When hardware has served its life, it is replaced at the prices of
/// that day; at the end it is sold for what the market gives. Halls are leased at what they cost a year. Left out:
/// taxes, what leaving a rental contract costs, and what it is worth to have results earlier.
struct PurchaseSpec {
  ChipOffer offer;      ///< As known at `date`.
  Economics economics;  ///< The buyer's.
  RentMarket market;    ///< As known at `date`.
  Date date;            ///< Of the decision.
  int months = 48;      ///< That the need lasts.
  int wait = 12;        ///< Months after which the second option buys; below `months`.
  bool rents_meanwhile = true;
  double busy_chips = 0;  ///< That compute at any time, on average over the months.
  /// Where the need is one of operations, `busy_chips` is that at the peak: shares of it that training makes use of.
  Law mfu = Law::fixed(1), goodput = Law::fixed(1);
  Law use = Law::fixed(kSoldHours);  ///< Share of the hours of own chips that the need fills.
  double rented_use = 1;             ///< The same of rented chips: below 1 where idle hours are paid too.
  Law resale = Law::fixed(1);        ///< Share of the market's value that selling brings.
};

/// Everything uncertain in one future. Scales multiply what the market says; turning points move them.
struct PurchaseValues {
  EconomicValues economics;
  double price_level = 0.5, price_factor = 1, lead_level = 0.5, use = kSoldHours, resale = 1;
  Watts facility_power;
  double busy = 0;               ///< Chips that compute.
  double deal = 1;               ///< What this buyer's rents are of the market's.
  std::vector<double> premiums;  ///< Of rents over cost, by month.
  double price_scale = 1, rent_scale = 1;
};

/// The uncertain inputs, in the order of the levels that `purchase_values` takes.
std::vector<UncertainInput> purchase_inputs(const PurchaseSpec& spec);

/// The values at a level (0 .. 1) of each input; without levels at medians. `premiums` are the expected ones where
/// `rng` is null, a draw otherwise.
PurchaseValues purchase_values(const PurchaseSpec& spec, std::span<const double> levels, Rng* rng);

/// What a chip costs a buyer that orders it so many months after the decision, in one future: dollars. Beyond what the
/// offer knows prices fall by `price_factor`.
double purchase_price(const PurchaseSpec& spec, const PurchaseValues& values, int month);
/// What an hour of a rented chip costs this buyer in a month, in one future.
DollarsPerSecond purchase_rent(const PurchaseSpec& spec, const PurchaseValues& values, int month);

/// What an option costs, discounted to the decision; dollars. The parts add up to the total.
struct PurchaseCost {
  double hardware = 0, resale = 0, facility = 0, energy = 0, operations = 0, rent = 0;  ///< `resale` is negative.
  std::vector<double> cumulative;  ///< By month, what is sold at the end in the last.
  double chips = 0;                ///< Bought, without replacements.
  int purchases = 0;               ///< How many times; 0: the hardware would come when the need is over.
  double total() const { return hardware + resale + facility + energy + operations + rent; }
};
PurchaseCost purchase_cost(const PurchaseSpec& spec, const PurchaseValues& values, PurchaseOption option);

}  // namespace orrery
