// What the path says of published facts, and what is wrong between the parts of an input.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "fleet/market/market.hpp"

namespace orrery {
namespace {

using Problems = std::vector<std::pair<std::string, std::string>>;

const MarketBuyer* buyer_called(const MarketInput& input, const std::string& name) {
  const auto found = std::find_if(input.buyers.begin(), input.buyers.end(),
                                  [&](const MarketBuyer& buyer) { return buyer.name == name; });
  return found == input.buyers.end() ? nullptr : &*found;
}

std::string known_buyer(const MarketInput& input, const std::string& name) {
  std::vector<std::string> names;
  for (const MarketBuyer& buyer : input.buyers) names.push_back(buyer.name);
  const std::string near = did_you_mean(name, names);
  return near.empty() ? fmt::format("buyers are {}", fmt::join(names, ", ")) : fmt::format("did you mean `{}`?", near);
}

void check_series(const DatedSeries& series, const std::string& path, Problems& problems) {
  for (std::size_t i = 1; i < series.points.size(); ++i) {
    if (series.points[i - 1].date < series.points[i].date) continue;
    problems.emplace_back(path, fmt::format("dates do not ascend: {} after {}", date_text(series.points[i].date),
                                            date_text(series.points[i - 1].date)));
    return;
  }
}

void check_span(Date from, Date until, const std::string& path, Problems& problems) {
  if (until <= from)
    problems.emplace_back(
        path, fmt::format("it ends on {}, no later than it begins on {}", date_text(until), date_text(from)));
}

void check_buyer(const MarketInput& input, std::size_t i, Problems& problems) {
  const MarketBuyer& buyer = input.buyers[i];
  const std::string path = fmt::format("buyers[{}]", i);
  for (std::size_t k = 0; k < i; ++k) {
    if (input.buyers[k].name == buyer.name)
      problems.emplace_back(path + ".name", fmt::format("two buyers are called `{}`", buyer.name));
  }
  check_series(buyer.budget, path + ".budget", problems);
  check_series(buyer.power, path + ".power", problems);
  const bool has_money =
      buyer.extra.raw() > 0 || std::any_of(buyer.budget.points.begin(), buyer.budget.points.end(),
                                           [](const DatedValue& point) { return point.value.quantile(0.5) > 0; });
  if (!has_money)
    problems.emplace_back(path + ".budget",
                          fmt::format("`{}` has no money at all: it buys nothing and is better left out", buyer.name));
  if (buyer.extra.raw() > 0) check_span(buyer.extra_from, buyer.extra_until, path + ".extra", problems);
  for (std::size_t k = 1; k < buyer.goals.size(); ++k) {
    const MarketGoal &before = buyer.goals[k - 1], &goal = buyer.goals[k];
    if (goal.by <= before.by || goal.chips < before.chips) {
      problems.emplace_back(
          fmt::format("{}.goals[{}].by", path, k),
          fmt::format("goals follow each other: {} chips by {} after {} by {}", format_count(std::llround(goal.chips)),
                      date_text(goal.by), format_count(std::llround(before.chips)), date_text(before.by)));
    }
  }
}

/// Shares of one pool that contracts promise: never above one at once.
void check_shares(const MarketInput& input, Problems& problems) {
  for (std::size_t i = 0; i < input.contracts.size(); ++i) {
    const MarketContract& contract = input.contracts[i];
    const MarketBuyer* buyer = buyer_called(input, contract.buyer);
    if (buyer == nullptr) continue;
    double shares = 0;  // On the day on which this one begins.
    for (const MarketContract& other : input.contracts) {
      const MarketBuyer* owner = buyer_called(input, other.buyer);
      if (owner == nullptr || owner->pool != buyer->pool) continue;
      if (other.from <= contract.from && contract.from < other.until) shares += other.share;
    }
    if (shares > 1 + 1e-9) {
      problems.emplace_back(fmt::format("contracts[{}].share", i),
                            fmt::format("contracts promise {} of the output of pool `{}` from {}",
                                        format_percent(shares), buyer->pool, date_text(contract.from)));
      return;
    }
  }
}

double sum_over(const std::vector<MarketQuarter>& path, Date from, Date until, const auto& of) {
  double sum = 0;
  for (const MarketQuarter& quarter : path) {
    if (from <= quarter.start && quarter.start < until) sum += of(quarter);
  }
  return sum;
}

double buyer_measure(const MarketSpec& spec, const std::vector<MarketQuarter>& path, const MarketFact& fact) {
  const MarketBuyer* buyer = buyer_called(spec.input, fact.buyer);
  if (buyer == nullptr) return std::numeric_limits<double>::quiet_NaN();
  const auto b = static_cast<std::size_t>(buyer - spec.input.buyers.data());
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

std::vector<std::pair<std::string, std::string>> market_problems(const MarketSpec& spec) {
  const MarketInput& input = spec.input;
  Problems problems;
  constexpr std::size_t kMostQuarters = 200;
  if (input.start != quarter_start(input.start))
    problems.emplace_back("start", fmt::format("{} is no first day of a quarter", date_text(input.start)));
  check_span(input.start, input.until, "until", problems);
  if (input.start < input.until && spec.quarters() > kMostQuarters)
    problems.emplace_back("until", fmt::format("more than {} quarters", kMostQuarters));
  if (input.start < input.until) check_span(input.compare_from, input.compare_until, "compare_until", problems);
  if (input.compare_from < input.start) problems.emplace_back("compare_from", "it is before the market's start");
  if (input.until < input.compare_until) problems.emplace_back("compare_until", "it is after the market's end");
  check_series(input.wafers, "wafers", problems);
  if (input.lines.empty()) problems.emplace_back("lines", "no chips come to the market");
  if (input.buyers.empty()) problems.emplace_back("buyers", "nobody buys");
  // All that names one of them would be wrong too.
  if (input.lines.empty() || input.buyers.empty()) return problems;
  std::set<std::string> offers;
  for (std::size_t i = 0; i < input.lines.size(); ++i) {
    if (!offers.insert(input.lines[i].offer).second)
      problems.emplace_back(fmt::format("lines[{}].name", i),
                            fmt::format("`{}` comes to the market twice", input.lines[i].offer));
  }
  for (std::size_t i = 0; i < input.buyers.size(); ++i) check_buyer(input, i, problems);
  for (std::size_t i = 0; i < input.contracts.size(); ++i) {
    const MarketContract& contract = input.contracts[i];
    const std::string path = fmt::format("contracts[{}]", i);
    if (buyer_called(input, contract.buyer) == nullptr)
      problems.emplace_back(path + ".buyer", fmt::format("no buyer is called `{}`: {}", contract.buyer,
                                                         known_buyer(input, contract.buyer)));
    check_span(contract.from, contract.until, path + ".until", problems);
  }
  check_shares(input, problems);
  const std::vector<std::string> pools = spec.pools();
  for (std::size_t i = 0; i < input.facts.size(); ++i) {
    const MarketFact& fact = input.facts[i];
    const std::string path = fmt::format("facts[{}]", i);
    check_span(fact.from, fact.until, path + ".until", problems);
    const bool of_buyer = fact.measure == MarketMeasure::Chips || fact.measure == MarketMeasure::OwnChips ||
                          fact.measure == MarketMeasure::Share;
    if (of_buyer && buyer_called(input, fact.buyer) == nullptr)
      problems.emplace_back(path + ".buyer",
                            fmt::format("no buyer is called `{}`: {}", fact.buyer, known_buyer(input, fact.buyer)));
    if (!of_buyer && std::find(pools.begin(), pools.end(), fact.pool) == pools.end())
      problems.emplace_back(path + ".pool", fmt::format("no buyer is in the pool `{}`", fact.pool));
  }
  return problems;
}

}  // namespace orrery
