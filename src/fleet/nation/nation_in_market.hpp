#pragma once

#include <vector>

#include "base/date.hpp"
#include "fleet/market/market_study.hpp"
#include "fleet/nation/nation_study.hpp"

namespace orrery {

/// A nation at the dates, whose GPUs come as fast as a market lets it have them instead of as announced.
///
/// What it buys from the last survey on are the chips of its supplies, one after the other as they are listed: of the
/// kinds, and of use to the firms, as those say. Chips beyond all supplies are of no use to them; announced dates,
/// delays and shares that never come do not count. Each set of values that fits the surveys goes with one future of
/// the market, independently of it.
/// `quarters`  of the market, first days, ascending.
/// `bought`    chips by future, then quarter; not empty.
std::vector<NationQuarter> nation_in_market(const NationSpec& spec, const std::vector<NationDraw>& draws,
                                            const std::vector<Date>& quarters,
                                            const std::vector<std::vector<double>>& bought,
                                            const std::vector<Date>& dates, ThreadPool& pool);

/// A buyer of a market that is a nation.
struct NationOfBuyer {
  std::size_t buyer = 0;
  NationSpec spec;
  int fitting = 0;                                  ///< Sets of values that fit its surveys.
  std::vector<Date> dates;                          ///< Last days of the market's years after the last survey.
  std::vector<std::vector<NationQuarter>> studies;  ///< [study of the market][date]; empty where no set fits.
};
/// `studies`  as `study_market` answers: the base, then the variants.
NationOfBuyer nation_of_buyer(std::size_t buyer, const NationSpec& spec, const std::vector<MarketStudy>& studies,
                              std::uint64_t seed, ThreadPool& pool);

}  // namespace orrery
