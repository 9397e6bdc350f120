#include "fleet/market/market_study.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "base/statistics.hpp"
#include "fleet/uncertainty/latin_hypercube.hpp"

namespace orrery {
namespace {

/// A price where there is none to be had, a quarter that never comes.
constexpr double kNone = std::numeric_limits<double>::infinity();

MarketBand band_over(const std::vector<double>& values) {
  return {quantile(values, 0.1), quantile(values, 0.5), quantile(values, 0.9)};
}

using Path = std::vector<MarketQuarter>;

/// Quarters of a path from one date to another.
struct Window {
  std::size_t first = 0, last = 0;  ///< Half open.
};
Window window_of(const Path& path, Date from, Date until) {
  Window window{path.size(), path.size()};
  for (std::size_t q = path.size(); q-- > 0;) {
    if (path[q].start >= until) window.last = q;
    if (path[q].start >= from) window.first = q;
  }
  return {window.first, std::max(window.first, window.last)};
}

template <class Of>
double sum_in(const Path& path, Window window, const Of& of) {
  double sum = 0;
  for (std::size_t q = window.first; q < window.last; ++q) sum += of(path[q]);
  return sum;
}

/// Mean price of a pool over what was on offer, and the share of what new money asked for that it did not get.
/// Infinite where contracts take all that there is in a quarter, as what is left has no price, or where nothing is for
/// sale.
struct PoolSums {
  double h100e = 0, chips = 0, list = 0, clearing = 0, displaced = 0;
};
PoolSums pool_sums(const Path& path, Window window, std::size_t p) {
  PoolSums sums;
  double units = 0, asked = 0, displaced = 0;
  for (std::size_t q = window.first; q < window.last; ++q) {
    const MarketPool& pool = path[q].pools[p];
    if (pool.units <= 0) continue;
    sums.h100e += pool.h100e;
    sums.chips += pool.chips;
    units += pool.units;
    sums.list += pool.units * pool.list;
    sums.clearing += pool.units * pool.clearing;
    asked += pool.asked;
    displaced += pool.displaced;
  }
  sums.list = units > 0 ? sums.list / units : kNone;
  sums.clearing = units > 0 ? sums.clearing / units : kNone;
  if (asked > 0) sums.displaced = std::max(0.0, displaced) / asked;
  return sums;
}

/// H100 equivalents that a buyer asked for in a time and did not get in it; none where it got more.
double displaced_in(const Path& path, Window window, std::size_t b) {
  return std::max(0.0, sum_in(path, window, [&](const MarketQuarter& q) { return q.purchases[b].displaced; }));
}

/// The same ranks, without infinities: an index of variance needs a number, so that they are as the largest one.
std::vector<double> finite_ranks(std::vector<double> values) {
  double largest = 0;
  for (const double value : values) {
    if (std::isfinite(value)) largest = std::max(largest, value);
  }
  for (double& value : values) value = std::min(value, largest);
  return values;
}

/// All futures of a market, and what they are reduced to.
class Reducer {
 public:
  Reducer(const MarketSpec& spec, std::vector<Path> paths) : spec_(spec), paths_(std::move(paths)) {}

  MarketStudy reduce() {
    MarketStudy study;
    study.draws = static_cast<int>(paths_.size());
    study.median = simulate_market(spec_, median_levels(spec_));
    for (Date year = Date::of(spec_.input.start.year(), 1, 1); year < spec_.input.until;
         year = Date::of(year.year() + 1, 1, 1))
      study.years.push_back(year);
    add_prices(study);
    add_years(study);
    add_goals(study);
    add_holdings(study);
    for (const MarketFact& fact : spec_.input.facts)
      study.facts.push_back(over([&](const Path& path) { return market_measure(spec_, path, fact); }));
    return study;
  }

  /// By draw: clearing, list, displaced, the mean chip; and by buyer what it took.
  struct Compared {
    std::vector<double> list, clearing, displaced, chip;
    std::vector<std::vector<double>> taken, missing;
  };
  Compared compared() const {
    Compared all;
    const std::size_t buyers = spec_.input.buyers.size();
    all.taken.resize(buyers);
    all.missing.resize(buyers);
    for (const Path& path : paths_) {
      const Window window = window_of(path, spec_.input.compare_from, spec_.input.compare_until);
      const PoolSums sums = pool_sums(path, window, 0);
      all.list.push_back(sums.list);
      all.clearing.push_back(sums.clearing);
      all.displaced.push_back(sums.displaced);
      all.chip.push_back(sums.chips > 0 ? sums.h100e / sums.chips : 0);
      for (std::size_t b = 0; b < buyers; ++b) {
        all.taken[b].push_back(
            sum_in(path, window, [&](const MarketQuarter& q) { return q.purchases[b].got + q.purchases[b].own; }));
        all.missing[b].push_back(displaced_in(path, window, b));
      }
    }
    return all;
  }

 private:
  template <class Of>
  MarketBand over(const Of& of) const {
    std::vector<double> values;
    for (const Path& path : paths_) {
      const double value = of(path);
      if (!std::isnan(value)) values.push_back(value);
    }
    if (values.empty()) return {std::nan(""), std::nan(""), std::nan("")};
    return band_over(values);
  }

  void add_prices(MarketStudy& study) const {
    const std::size_t pools = spec_.pools().size();
    study.list.resize(pools);
    study.clearing.resize(pools);
    for (std::size_t p = 0; p < pools; ++p) {
      for (std::size_t q = 0; q < study.median.size(); ++q) {
        const auto price = [&](double MarketPool::*which) {
          return over([&](const Path& path) {
            const double dollars = path[q].pools[p].*which;
            return dollars > 0 ? dollars : std::nan("");
          });
        };
        study.list[p].push_back(price(&MarketPool::list));
        study.clearing[p].push_back(price(&MarketPool::clearing));
      }
    }
  }

  void add_years(MarketStudy& study) const {
    study.pools.resize(spec_.pools().size());
    study.buyers.resize(spec_.input.buyers.size());
    const std::vector<std::string> pools = spec_.pools();
    for (const Date year : study.years) {
      const Window window = window_of(study.median, year, Date::of(year.year() + 1, 1, 1));
      for (std::size_t p = 0; p < pools.size(); ++p) {
        const auto of = [&](double PoolSums::*what) {
          return over([&](const Path& path) { return pool_sums(path, window, p).*what; });
        };
        study.pools[p].push_back(
            {of(&PoolSums::h100e), of(&PoolSums::list), of(&PoolSums::clearing), of(&PoolSums::displaced)});
      }
      for (std::size_t b = 0; b < study.buyers.size(); ++b) {
        const auto p =
            static_cast<std::size_t>(std::find(pools.begin(), pools.end(), spec_.input.buyers[b].pool) - pools.begin());
        study.buyers[b].push_back(buyer_year(window, b, p));
      }
      study.made.push_back(over([&](const Path& path) {
        return sum_in(path, window, [](const MarketQuarter& q) { return q.made; }) /
               static_cast<double>(window.last - window.first);
      }));
      const auto used = [&](double MarketQuarter::*needed, double MarketQuarter::*there) {
        return over([&](const Path& path) {
          const double all = sum_in(path, window, [&](const MarketQuarter& q) { return q.*there; });
          return std::isfinite(all) ? sum_in(path, window, [&](const MarketQuarter& q) { return q.*needed; }) / all
                                    : std::nan("");
        });
      };
      study.wafers_used.push_back(used(&MarketQuarter::wafers_needed, &MarketQuarter::wafers));
      study.memory_used.push_back(used(&MarketQuarter::memory_needed, &MarketQuarter::memory));
    }
  }

  MarketBuyerYear buyer_year(Window window, std::size_t b, std::size_t p) const {
    const auto sum = [&](const Path& path, double MarketPurchase::*what) {
      return sum_in(path, window, [&](const MarketQuarter& q) { return q.purchases[b].*what; });
    };
    const auto of = [&](double MarketPurchase::*what) {
      return over([&](const Path& path) { return sum(path, what); });
    };
    MarketBuyerYear year;
    year.got = of(&MarketPurchase::got);
    year.own = of(&MarketPurchase::own);
    year.displaced = over([&](const Path& path) { return displaced_in(path, window, b); });
    year.filled = over([&](const Path& path) {
      const double asked = sum(path, &MarketPurchase::asked);
      return asked > 0 ? 1 - displaced_in(path, window, b) / asked : 1;
    });
    year.share = over([&](const Path& path) {
      const double all = sum_in(path, window, [&](const MarketQuarter& q) { return q.pools[p].h100e; });
      return all > 0 ? sum(path, &MarketPurchase::got) / all : 0;
    });
    return year;
  }

  void add_goals(MarketStudy& study) const {
    for (std::size_t b = 0; b < spec_.input.buyers.size(); ++b) {
      const std::vector<MarketGoal>& goals = spec_.input.buyers[b].goals;
      for (std::size_t g = 0; g < goals.size(); ++g) {
        MarketGoalAnswer answer;
        answer.buyer = b;
        answer.goal = g;
        const Window until_then = window_of(study.median, spec_.input.start, goals[g].due());
        std::vector<double> quarters;
        double in_time = 0, ever = 0;
        for (const Path& path : paths_) {
          const std::size_t q = goal_reached(path, b, goals[g]);
          quarters.push_back(q < path.size() ? static_cast<double>(q) : kNone);
          if (q < until_then.last) ++in_time;
          if (q < path.size()) ++ever;
        }
        answer.quarter = band_over(quarters);
        answer.in_time = in_time / static_cast<double>(paths_.size());
        answer.ever = ever / static_cast<double>(paths_.size());
        answer.chips_then = over([&](const Path& path) {
          return sum_in(path, until_then, [&](const MarketQuarter& q) { return q.purchases[b].chips; });
        });
        study.goals.push_back(answer);
      }
    }
  }

  void add_holdings(MarketStudy& study) const {
    for (std::size_t b = 0; b < spec_.input.buyers.size(); ++b) {
      if (spec_.input.buyers[b].goals.empty() && spec_.input.buyers[b].nation.empty()) continue;
      MarketHoldings its{b, {}, {}};
      for (const Date year : study.years) {
        const Window until = window_of(study.median, spec_.input.start, Date::of(year.year() + 1, 1, 1));
        its.by_year.push_back(over([&](const Path& path) {
          return sum_in(path, until, [&](const MarketQuarter& q) { return q.purchases[b].chips; });
        }));
      }
      for (const Path& path : paths_) {
        std::vector<double>& bought = its.bought.emplace_back();
        for (const MarketQuarter& quarter : path) bought.push_back(quarter.purchases[b].chips);
      }
      study.held.push_back(std::move(its));
    }
  }

  const MarketSpec& spec_;
  const std::vector<Path> paths_;
};

/// Of a figure, future by future, against the base; infinite where the base has nothing, or where there is no price
/// beside one; minus infinity where there is a price beside none; no change where neither has anything, or a price.
MarketBand changes(const std::vector<double>& mine, const std::vector<double>& base) {
  std::vector<double> change;
  for (std::size_t d = 0; d < mine.size(); ++d) {
    if (mine[d] == base[d]) {
      change.push_back(0);
    } else if (std::isinf(base[d])) {
      change.push_back(-kNone);
    } else {
      change.push_back(base[d] > 0 ? mine[d] / base[d] - 1 : kNone);
    }
  }
  return band_over(change);
}

MarketComparison comparison(const Reducer::Compared& mine, const Reducer::Compared& base) {
  MarketComparison all;
  all.list = band_over(mine.list);
  all.clearing = band_over(mine.clearing);
  all.displaced = band_over(mine.displaced);
  all.clearing_change = changes(mine.clearing, base.clearing);
  all.chip_change = changes(mine.chip, base.chip);
  for (std::size_t b = 0; b < mine.taken.size(); ++b) {
    all.taken.push_back(band_over(mine.taken[b]));
    all.missing.push_back(band_over(mine.missing[b]));
    all.change.push_back(changes(mine.taken[b], base.taken[b]));
  }
  return all;
}

}  // namespace

std::vector<MarketStudy> study_market(const MarketSpec& base, const std::vector<MarketVariant>& variants,
                                      const MarketOptions& options, ThreadPool& pool) {
  const auto inputs = static_cast<int>(kMarketUnknowns + base.input.buyers.size());
  const std::vector<RankCorrelation> together = {{static_cast<int>(MarketUnknown::OutputGrowth),
                                                  static_cast<int>(MarketUnknown::BudgetGrowth), kMarketCorrelation}};
  const QuantileMatrix levels = latin_hypercube(options.seed, "fleet/market", options.draws, inputs, together);
  const auto futures = [&](const MarketSpec& spec) {
    return pool.parallel_map(static_cast<std::size_t>(options.draws), [&](std::size_t draw) {
      const auto row = levels.row(static_cast<int>(draw));
      return simulate_market(spec, MarketLevels(row.begin(), row.end()));
    });
  };
  std::vector<MarketStudy> studies;
  Reducer reducer(base, futures(base));
  studies.push_back(reducer.reduce());
  const Reducer::Compared unchanged = reducer.compared();
  studies.front().compared = comparison(unchanged, unchanged);
  if (std::any_of(unchanged.clearing.begin(), unchanged.clearing.end(), [](double its) { return std::isfinite(its); }))
    studies.front().decides_clearing = sensitivities(levels, finite_ranks(unchanged.clearing));
  for (const MarketVariant& variant : variants) {
    Reducer changed(variant.spec, futures(variant.spec));
    studies.push_back(changed.reduce());
    studies.back().compared = comparison(changed.compared(), unchanged);
  }
  return studies;
}

std::string market_input_name(const MarketSpec& spec, int input) {
  const auto place = static_cast<std::size_t>(input);
  if (place < kMarketUnknowns) return market_unknown_name(place);
  return "budget of " + spec.input.buyers[place - kMarketUnknowns].name;
}

}  // namespace orrery
