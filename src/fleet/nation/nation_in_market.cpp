#include "fleet/nation/nation_in_market.hpp"

#include <algorithm>
#include <utility>

#include "base/check.hpp"

namespace orrery {
namespace {

/// The draw with what is bought in its supplies' place.
NationDraw with_purchases(const NationSpec& spec, NationDraw draw, const std::vector<Date>& quarters,
                          const std::vector<double>& bought) {
  const std::vector<NationDraw::Arrival> announced = std::exchange(draw.arrivals, {});
  const Date survey = spec.surveys.back().date;
  std::size_t k = 0;
  double left = spec.supply.empty() ? 0 : spec.supply.front().gpus;  // Chips of supply k that have not come.
  for (std::size_t q = 0; q < quarters.size(); ++q) {
    if (quarters[q] < survey) continue;
    // Chips are there on the last day of the quarter in which they are bought.
    const double after = (next_quarter(quarters[q]) - survey).raw() - 86400;
    for (double chips = bought[q]; chips > 0 && k < spec.supply.size();) {
      const double some = std::min(chips, left);
      draw.arrivals.push_back({after, some * spec.supply[k].h100e * announced[k].usable, announced[k].usable});
      chips -= some;
      left -= some;
      if (left <= 0 && ++k < spec.supply.size()) left = spec.supply[k].gpus;
    }
  }
  return draw;
}

}  // namespace

std::vector<NationQuarter> nation_in_market(const NationSpec& spec, const std::vector<NationDraw>& draws,
                                            const std::vector<Date>& quarters,
                                            const std::vector<std::vector<double>>& bought,
                                            const std::vector<Date>& dates, ThreadPool& pool) {
  ORRERY_CHECK(!bought.empty() && bought.front().size() == quarters.size(), "a market has futures");
  std::vector<NationDraw> fed;
  for (std::size_t i = 0; i < draws.size(); ++i)
    fed.push_back(with_purchases(spec, draws[i], quarters, bought[i % bought.size()]));
  std::vector<NationQuarter> answers;
  for (const Date date : dates) answers.push_back(nation_at(spec, fed, date, false, pool));
  return answers;
}

std::vector<Date> nation_dates(const MarketInput& market, const NationSpec& spec) {
  std::vector<Date> dates;
  const Date end(market.until.days() - 1);
  for (int year = market.start.year(); year <= end.year(); ++year) {
    const Date last = std::min(Date::of(year, 12, 31), end);
    if (last > spec.surveys.back().date) dates.push_back(last);
  }
  return dates;
}

NationOfBuyer nation_of_buyer(std::size_t buyer, const NationSpec& spec, const MarketInput& market,
                              const std::vector<MarketStudy>& studies, std::uint64_t seed, ThreadPool& pool) {
  NationOfBuyer nation;
  nation.buyer = buyer;
  nation.spec = spec;
  nation.dates = nation_dates(market, spec);
  ORRERY_CHECK(!nation.dates.empty(), "the market goes on after the nation's last survey");
  const std::vector<NationDraw> draws = fitted_draws(spec, spec.reference, seed, pool);
  nation.fitting = static_cast<int>(draws.size());
  if (draws.empty()) return nation;
  std::vector<Date> quarters;
  for (const MarketQuarter& quarter : studies.front().median) quarters.push_back(quarter.start);
  for (const MarketStudy& study : studies) {
    const auto held = std::find_if(study.held.begin(), study.held.end(),
                                   [&](const MarketHoldings& its) { return its.buyer == buyer; });
    ORRERY_CHECK(held != study.held.end(), "what a nation buys is kept");
    nation.studies.push_back(nation_in_market(spec, draws, quarters, held->bought, nation.dates, pool));
  }
  return nation;
}

}  // namespace orrery
