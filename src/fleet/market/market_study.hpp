#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/thread_pool.hpp"
#include "fleet/market/market.hpp"
#include "fleet/uncertainty/sensitivity.hpp"

namespace orrery {

/// 10, 50 and 90 % quantiles over futures: an 80 % interval. A price is infinite where contracts leave nothing,
/// or nothing is for sale.
struct MarketBand {
  double p10 = 0, p50 = 0, p90 = 0;
};

/// When a buyer has a goal's chips, over the futures.
struct MarketGoalAnswer {
  std::size_t buyer = 0, goal = 0;
  MarketBand quarter;     ///< Index of the first quarter at whose end it has them; infinite for never.
  double in_time = 0;     ///< Share of the futures in which that is no later than the goal asks.
  double ever = 0;        ///< In which it is before the end.
  MarketBand chips_then;  ///< That it has by the goal's date.
};

/// Chips that a buyer with goals or a nation has bought since the market's start.
struct MarketHoldings {
  std::size_t buyer = 0;
  std::vector<MarketBand> by_year;          ///< At the ends of the years.
  std::vector<std::vector<double>> bought;  ///< By future, then quarter: in it.
};

/// A buyer over a time, in H100 equivalents.
struct MarketBuyerYear {
  MarketBand got, displaced, own;
  MarketBand share;   ///< Of its pool.
  MarketBand filled;  ///< Of what it asked for; 1 where it asked for nothing.
};

/// A pool over a year.
struct MarketPoolYear {
  MarketBand h100e, list, clearing, displaced;  ///< Displaced: share of what new money asks for.
};

/// What is compared between variants: over compare_from .. compare_until, of the first buyer's pool.
struct MarketComparison {
  MarketBand list, clearing, displaced;
  // Changes are of each future over the same future of the base, less 1: the median of them is not the change of the
  // medians, where futures differ in how much they change.
  MarketBand clearing_change;
  MarketBand chip_change;           ///< Of the H100 equivalents of a mean chip.
  std::vector<MarketBand> taken;    ///< By buyer: got and own silicon, H100 equivalents.
  std::vector<MarketBand> missing;  ///< By buyer: asked for and not got, H100 equivalents.
  std::vector<MarketBand> change;   ///< By buyer: of what it takes.
};

/// The market over many futures.
struct MarketStudy {
  std::vector<MarketQuarter> median;                       ///< All inputs at their medians.
  std::vector<Date> years;                                 ///< First days.
  std::vector<std::vector<MarketBand>> list, clearing;     ///< By pool, then quarter: dollars a unit.
  std::vector<std::vector<MarketPoolYear>> pools;          ///< By pool, then year.
  std::vector<std::vector<MarketBuyerYear>> buyers;        ///< By buyer, then year.
  std::vector<MarketBand> made, wafers_used, memory_used;  ///< By year: shares; used of what could be.
  std::vector<MarketGoalAnswer> goals;
  std::vector<MarketHoldings> held;  ///< Of buyers with goals or a nation.
  std::vector<MarketBand> facts;     ///< What the model says of each.
  MarketComparison compared;
  std::vector<Sensitivity> decides_clearing;  ///< Of the comparison, by falling swing; none without a price.
  int draws = 0;
};

/// One of a scenario's what-ifs.
struct MarketVariant {
  std::string name, note;
  MarketSpec spec;
};

struct MarketOptions {
  int draws = 1000;
  std::uint64_t seed = 0;
};

/// The base market, then each variant, in the same futures. Growth of output and of budgets have the rank correlation
/// `kMarketCorrelation`: makers build for those who pay.
std::vector<MarketStudy> study_market(const MarketSpec& base, const std::vector<MarketVariant>& variants,
                                      const MarketOptions& options, ThreadPool& pool);

inline constexpr double kMarketCorrelation = 0.5;

/// Name of an input of the futures: of the unknowns, then "budget of NAME".
std::string market_input_name(const MarketSpec& spec, int input);

}  // namespace orrery
