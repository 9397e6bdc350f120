// What is wrong between the parts of a market's input, and what in it has no effect.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
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

/// "did you mean `x`?", or what there is.
std::string known(const std::string& name, const std::vector<std::string>& names, const char* what) {
  const std::string near = did_you_mean(name, names);
  return near.empty() ? fmt::format("{} are {}", what, fmt::join(names, ", "))
                      : fmt::format("did you mean `{}`?", near);
}

std::string no_buyer(const MarketInput& input, const std::string& name) {
  std::vector<std::string> names;
  for (const MarketBuyer& buyer : input.buyers) names.push_back(buyer.name);
  return fmt::format("no buyer is called `{}`: {}", name, known(name, names, "buyers"));
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
  for (std::size_t k = 0; k < buyer.goals.size(); ++k) {
    if (buyer.goals[k].due() <= input.start)
      problems.emplace_back(
          fmt::format("{}.goals[{}].by", path, k),
          fmt::format("a goal of {}, before the market's first quarter ends on {}", date_text(buyer.goals[k].by),
                      date_text(Date(next_quarter(input.start).days() - 1))));
  }
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

/// What has no effect because it is of a time outside the market.
void check_inside(const MarketInput& input, Date from, Date until, const std::string& path, const char* what,
                  Problems& problems) {
  check_span(from, until, path + ".until", problems);
  if (until <= from || input.until <= input.start) return;
  if (until <= input.start || input.until <= from)
    problems.emplace_back(path + (until <= input.start ? ".until" : ".from"),
                          fmt::format("{} of a time outside the market, which is of {} to {}", what,
                                      date_text(input.start), date_text(input.until)));
}

void check_contract(const MarketInput& input, std::size_t i, Problems& problems) {
  const MarketContract& contract = input.contracts[i];
  const std::string path = fmt::format("contracts[{}]", i);
  if (buyer_called(input, contract.buyer) == nullptr)
    problems.emplace_back(path + ".buyer", no_buyer(input, contract.buyer));
  check_inside(input, contract.from, contract.until, path, "a contract", problems);
  if (contract.share <= 0 && contract.chips_per_year <= 0)
    problems.emplace_back(path + ".buyer", "a contract promises nothing: `share` or `chips_per_year` is missing");
}

/// A fact that matches nothing would be left out without a word.
void check_fact(const MarketSpec& spec, std::size_t i, Problems& problems) {
  const MarketInput& input = spec.input;
  const MarketFact& fact = input.facts[i];
  const std::string path = fmt::format("facts[{}]", i);
  check_span(fact.from, fact.until, path + ".until", problems);
  for (const auto& [date, key] : {std::pair(fact.from, ".from"), std::pair(fact.until, ".until")}) {
    if (date < input.start || input.until < date)
      problems.emplace_back(path + key, fmt::format("a fact of {}, outside the market, which is of {} to {}",
                                                    date_text(date), date_text(input.start), date_text(input.until)));
    else if (quarter_start(date) != date)
      problems.emplace_back(path + key,
                            fmt::format("a fact is of whole quarters, and {} is within one: {} or {}", date_text(date),
                                        date_text(quarter_start(date)), date_text(next_quarter(date))));
  }
  const bool of_buyer = fact.measure == MarketMeasure::Chips || fact.measure == MarketMeasure::OwnChips ||
                        fact.measure == MarketMeasure::Share;
  const bool of_pool = fact.measure == MarketMeasure::Price || fact.measure == MarketMeasure::ListPrice;
  if (of_buyer && buyer_called(input, fact.buyer) == nullptr) {
    problems.emplace_back(path + ".buyer",
                          fact.buyer.empty() ? "of which buyer? `buyer` is missing" : no_buyer(input, fact.buyer));
  } else if (!of_buyer && !fact.buyer.empty()) {
    problems.emplace_back(
        path + ".buyer", "prices, outputs and revenues are of no buyer: `measure` is chips, own_chips or share of one");
  }
  const std::vector<std::string> pools = spec.pools();
  if (of_pool && std::find(pools.begin(), pools.end(), fact.pool) == pools.end())
    problems.emplace_back(path + ".pool",
                          fmt::format("no buyer is in the pool `{}`: {}", fact.pool, known(fact.pool, pools, "pools")));
  if (fact.vendor.empty()) return;
  std::set<std::string> vendors;
  for (const ChipOffer& offer : spec.offers) vendors.insert(offer.hardware.vendor);
  if (fact.measure != MarketMeasure::Output) {
    problems.emplace_back(path + ".vendor", "only an output is of a vendor: `measure` = \"output\"");
  } else if (vendors.count(fact.vendor) == 0) {
    problems.emplace_back(path + ".vendor",
                          fmt::format("no chip of the market is of `{}`: {}", fact.vendor,
                                      known(fact.vendor, {vendors.begin(), vendors.end()}, "vendors")));
  }
}

/// A kind that ends before it comes, or before the market does, and a market to which none comes.
void check_made(const MarketSpec& spec, Problems& problems) {
  const MarketInput& input = spec.input;
  bool any = false;
  for (std::size_t i = 0; i < input.lines.size(); ++i) {
    const MarketLine& line = input.lines[i];
    const Date launch = spec.offers[i].launch, begin = std::max(input.start, launch);
    any |= begin < std::min(input.until, line.until);
    if (line.until > begin) continue;
    problems.emplace_back(fmt::format("lines[{}].until", i),
                          fmt::format("`{}` is made until {}, {} on {}", line.offer, date_text(line.until),
                                      line.until <= launch ? "and comes" : "before the market begins",
                                      date_text(line.until <= launch ? launch : input.start)));
  }
  if (any || !problems.empty()) return;
  std::vector<std::string> comes;
  for (const ChipOffer& offer : spec.offers)
    comes.push_back(fmt::format("`{}` comes on {}", offer.name, date_text(offer.launch)));
  problems.emplace_back("lines", fmt::format("nothing is made in the market's time, {} to {}: {}",
                                             date_text(input.start), date_text(input.until), fmt::join(comes, ", ")));
}

/// Who buys in a pool in which nothing is ever for sale gets nothing.
void check_pools(const MarketSpec& spec, Problems& problems) {
  std::set<std::string> sold;
  for (std::size_t i = 0; i < spec.offers.size(); ++i) {
    if (spec.offers[i].owner.empty()) sold.insert(spec.input.lines[i].pool);
  }
  for (std::size_t i = 0; i < spec.input.buyers.size(); ++i) {
    const MarketBuyer& buyer = spec.input.buyers[i];
    if (sold.count(buyer.pool) > 0 || !buyer.owner.empty()) continue;
    problems.emplace_back(fmt::format("buyers[{}].pool", i),
                          fmt::format("nothing is for sale in the pool `{}`: {}", buyer.pool,
                                      known(buyer.pool, {sold.begin(), sold.end()}, "pools of `lines`")));
  }
}

}  // namespace

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
  // All else would be told to be missing for want of these.
  if (input.lines.empty()) problems.emplace_back("lines", "no chips come to the market");
  if (input.buyers.empty()) problems.emplace_back("buyers", "nobody buys");
  if (input.lines.empty() || input.buyers.empty()) return problems;
  std::set<std::string> offers;
  for (std::size_t i = 0; i < input.lines.size(); ++i) {
    if (!offers.insert(input.lines[i].offer).second)
      problems.emplace_back(fmt::format("lines[{}].name", i),
                            fmt::format("`{}` comes to the market twice", input.lines[i].offer));
  }
  for (std::size_t i = 0; i < input.buyers.size(); ++i) check_buyer(input, i, problems);
  for (std::size_t i = 0; i < input.contracts.size(); ++i) check_contract(input, i, problems);
  check_shares(input, problems);
  check_pools(spec, problems);
  if (input.start < input.until) check_made(spec, problems);
  for (std::size_t i = 0; i < input.facts.size(); ++i) check_fact(spec, i, problems);
  return problems;
}

}  // namespace orrery
