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

/// Days of a market on which a nation is looked at: the last ones of its years, of the last year the market's own last
/// day, after the nation's last survey. None where the market ends before.
std::vector<Date> nation_dates(const MarketInput& market, const NationSpec& spec);

/// A buyer of a market that is a nation.
struct NationOfBuyer {
  std::size_t buyer = 0;
  NationSpec spec;
  int fitting = 0;                                  ///< Sets of values that fit its surveys.
  std::vector<Date> dates;                          ///< `nation_dates` of the market.
  std::vector<std::vector<NationQuarter>> studies;  ///< [study of the market][date]; empty where no set fits.
};
/// `market`   the base, which has `nation_dates`.
/// `studies`  as `study_market` answers: the base, then the variants, in which the buyer is a nation too.
NationOfBuyer nation_of_buyer(std::size_t buyer, const NationSpec& spec, const MarketInput& market,
                              const std::vector<MarketStudy>& studies, std::uint64_t seed, ThreadPool& pool);

}  // namespace orrery
