#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/date.hpp"
#include "base/law.hpp"
#include "fleet/chip_offer.hpp"
#include "fleet/dated_series.hpp"
#include "fleet/economics.hpp"

namespace orrery {

/// Of a kind of chip that nothing is known to end.
inline const Date kMarketNoEnd = Date::of(9999, 12, 31);

/// How a quarter's chips find their buyers.
enum class MarketRule {
  Auction,  ///< One price, at which what is asked for is what there is.
  Ration,   ///< At the list price, shared out where more is asked for.
};

/// A kind of chip that comes to the market, or, where its offer has an owner, to that owner alone.
struct MarketLine {
  std::string offer;           ///< Name of an offer: what it is, when it comes, what it costs.
  std::string pool = "world";  ///< Buyers of this pool bid for it; own silicon is in none.
  double worth = 1;            ///< What an H100 equivalent of it is worth beside one of the others: software, networks.
  double per_wafer = 0;        ///< Packages from one packaging (CoWoS) wafer; 0: takes none.
  Law gain = Law::fixed(1);    ///< Factor a year of H100 equivalents a chip, by successors that take its place.
  Date gain_from;              ///< From when on.
  Date until = kMarketNoEnd;   ///< Day after the last on which it is made.
  double output_factor = 1;    ///< What if so many times as many were made.
};

/// So many chips in all that a buyer wants to have bought by a date, since the market's start.
struct MarketGoal {
  std::string name;
  Date by;
  double chips = 0;

  /// Quarters that begin before it count: chips of a quarter are there on its last day.
  Date due() const { return quarter_start(Date(by.days() + 1)); }
};

/// Someone who buys chips.
struct MarketBuyer {
  std::string name;
  std::string pool = "world";
  std::string owner;   ///< Own silicon of this owner is its own.
  DatedSeries budget;  ///< Dollars a year for chips.
  double budget_factor = 1;
  Dollars extra;  ///< More dollars for chips, evenly over extra_from .. extra_until.
  Date extra_from, extra_until;
  double carry = 0;                ///< Share of what a quarter left unspent that the next one still has.
  Law urgency = Law::fixed(1);     ///< What a chip is worth to it over what its rent repays.
  Law elasticity = Law::fixed(1);  ///< How fast its projects fall away above that.
  double weight = 1;               ///< In a ration, over what it asks for.
  DatedSeries power;               ///< Watts of facility energised for its chips; empty: no limit.
  std::string nation;              ///< File of the scenario of its firms ([nation]), beside the market's own.
  std::vector<MarketGoal> goals;   ///< Where there are any it buys no more than they need. Ascending dates and chips.
};

/// Chips that a maker has promised: served first, at the list price.
struct MarketContract {
  std::string buyer;
  Date from, until;
  double share = 0;           ///< Of its pool's output.
  double chips_per_year = 0;  ///< Besides, in chips of the pool's mean kind.
  /// The purchase is made: neither goals, nor money, nor halls of the buyer keep it from taking all of it. Otherwise
  /// it takes no more of it than it would ask for.
  bool firm = false;
};

/// What a published fact is about.
enum class MarketMeasure {
  Chips,      ///< Chips that a buyer bought of its pool.
  OwnChips,   ///< Chips of its own silicon that a buyer got.
  Share,      ///< Of its pool's H100 equivalents.
  Output,     ///< H100 equivalents that a vendor, or all, made; own silicon too.
  ListPrice,  ///< Dollars an H100 equivalent: mean over what was sold.
  Price,      ///< The same of the price that clears an auction.
  Revenue,    ///< Dollars for the chips of all pools, at list prices whatever the rule.
};

/// What the world did, to compare with.
struct MarketFact {
  std::string name, buyer, pool = "world";
  std::string vendor;  ///< Of an output: of its chips alone; empty: of all.
  MarketMeasure measure = MarketMeasure::Chips;
  Date from, until;
  Law value;          ///< p10, p50, p90 as sources differ.
  bool used = false;  ///< It went into the inputs: no test of the model.
};

/// The market's inputs as a scenario says them.
struct MarketInput {
  std::string name;
  Date start = Date::of(2023, 1, 1), until = Date::of(2031, 1, 1);  ///< Whole quarters.
  MarketRule rule = MarketRule::Ration;
  double reserve = 0.3;  ///< Share of the list price below which makers do not sell.
  DatedSeries wafers;    ///< Packaging wafers a month; empty: no limit.
  Law wafer_share = Law::fixed(1), yield = Law::fixed(1);
  /// From when packaging and memory cut what makers plan; what was shipped before could be made.
  Date limits_from = Date::of(2026, 1, 1);
  /// Memory makers deliver `memory_margin` times what the chips of the year before `limits_from` took, growing by
  /// `memory_growth` a year; no limit where the margin is 0.
  Law memory_margin, memory_growth = Law::fixed(1);
  /// Share of the gap (in logarithms) between its list price and the price that would clear that a pool closes in a
  /// year, from `list_from` on: lists rise where more is asked for than there is, and fall where chips are left.
  Law list_follows;
  Date list_from = Date::of(2026, 1, 1);
  std::string rent_of;  ///< Offer whose rent tells what a chip earns; empty: worth is no limit.
  double use = 0.85;    ///< Share of hours in which a chip earns it.
  std::vector<MarketLine> lines;
  std::vector<MarketBuyer> buyers;
  std::vector<MarketContract> contracts;
  std::vector<MarketFact> facts;
  Date compare_from, compare_until;  ///< Headlines and variants are of this time; within the market.
  int draws = 1000;                  ///< Futures.
};

/// A market that can be simulated: no problem of `market_problems` in it.
struct MarketSpec {
  MarketInput input;
  std::vector<ChipOffer> offers;  ///< One for each line.
  ChipOffer rent_offer;           ///< Of `rent_of`.
  Economics economics;

  std::vector<std::string> pools() const;  ///< Of the buyers, in their order.
  std::size_t quarters() const;
};

/// What is uncertain about all at once; each has one level (quantile) in a future. Budgets come after, one a buyer.
enum class MarketUnknown {
  Output,
  OutputGrowth,
  Gain,
  Wafers,
  WaferGrowth,
  Yield,
  WaferShare,
  MemoryMargin,
  MemoryGrowth,
  ListPrice,
  ListPriceGrowth,
  ListFollows,
  BudgetGrowth,
  Rent,
  RentGrowth,
  Urgency,
  Elasticity,
};
inline constexpr std::size_t kMarketUnknowns = 17;
const char* market_unknown_name(std::size_t input);

/// Quantiles of one future: of the unknowns above, then of every buyer's budget.
using MarketLevels = std::vector<double>;
MarketLevels median_levels(const MarketSpec& spec);

/// A pool in a quarter. A unit is an H100 equivalent as worth as NVIDIA's; dollars are those of a unit.
struct MarketPool {
  double units = 0, chips = 0, h100e = 0;  ///< On offer.
  double sold = 0;                         ///< Units.
  double list = 0;                         ///< List price; 0 where nothing is on offer.
  double clearing = 0;                     ///< What an auction of the same chips would clear at.
  double price = 0;                        ///< What was paid beyond contracts.
  double asked = 0;                        ///< Units that new money asks for at the list price.
  double wanted = 0;     ///< Units asked for at the list price, older wants and money that was kept too.
  double displaced = 0;  ///< Units, of all buyers: as MarketPurchase::displaced.
  double watts = 0;      ///< Facility power of all its chips.
};

/// A buyer in a quarter; H100 equivalents unless it says otherwise.
struct MarketPurchase {
  double wanted = 0;  ///< At the list price, with all money that it has: what the ration shares out by.
  /// At the list price, had all that it ever asked for been there: what is wanted for the first time. A dollar, a place
  /// in a hall and a chip of a goal ask once, whenever they are served.
  double asked = 0;
  double got = 0;  ///< Of its pool, contracts too.
  /// Asked for and not got. Negative where what was missing before is served: summed over a span it is what is asked
  /// for in the span less what is got in it, and what waits or has lapsed counts once.
  double displaced = 0;
  double contracted = 0;
  double chips = 0;  ///< What it got, in chips of the pool's mean kind.
  double own = 0, own_chips = 0;
  Dollars money;  ///< That it had; what firm contracts cost beyond it too.
  Dollars spent;  ///< Own silicon too.
  Watts power;    ///< That its new chips need.
};

struct MarketQuarter {
  Date start;
  std::vector<MarketPool> pools;          ///< As `pools()`.
  std::vector<MarketPurchase> purchases;  ///< By buyer.
  std::vector<double> made_h100e;         ///< H100 equivalents made, by line.
  double planned = 0;                     ///< Chips that makers plan, own silicon too.
  double wafers_needed = 0, wafers = 0;   ///< In the quarter, by what makers planned; infinite without limit.
  double memory_needed = 0, memory = 0;   ///< Bytes, the same.
  double made = 1;                        ///< Share of the plan that packaging and memory let be made.
};

/// The market quarter by quarter in one future.
///
/// In a quarter: makers plan their outputs; where packaging wafers or memory do not suffice all are cut by one factor;
/// own silicon goes to its owner, at cost; contracts are served at the list price; the rest of each pool is auctioned
/// or rationed (clearing.hpp). Chips count in the quarter in which they are made. Chips of one pool are perfect
/// substitutes at their worth: its list price is the mean over its chips. Chips older than the hardware's life free
/// their power.
std::vector<MarketQuarter> simulate_market(const MarketSpec& spec, const MarketLevels& levels);

/// Quarters of a path after which nothing more is for sale in a pool, because all of its kinds have ended.
std::size_t market_pool_end(const std::vector<MarketQuarter>& path, std::size_t pool);

/// Dollars that a chip is worth to who lets it out at `rent`: the price at which its cost of an hour of use is its
/// rent. 0 where it does not even earn what running it costs.
Dollars rent_worth(DollarsPerSecond rent, const ChipOffer& offer, const EconomicValues& economics, double use);

/// First quarter at whose end a buyer has a goal's chips: its index, or the number of quarters where it never has.
std::size_t goal_reached(const std::vector<MarketQuarter>& path, std::size_t buyer, const MarketGoal& goal);

/// What the path says of a fact: NaN where it is of a time outside the path.
double market_measure(const MarketSpec& spec, const std::vector<MarketQuarter>& path, const MarketFact& fact);

/// What is wrong between the parts of an input, with the path of the input that is to blame ("lines[2].offer").
std::vector<std::pair<std::string, std::string>> market_problems(const MarketSpec& spec);

}  // namespace orrery
