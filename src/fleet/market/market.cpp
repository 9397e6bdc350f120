#include "fleet/market/market.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>

#include "base/check.hpp"
#include "fleet/market/clearing.hpp"
#include "fleet/market/market_future.hpp"

namespace orrery {
namespace {

constexpr double kUnlimited = std::numeric_limits<double>::infinity();
constexpr std::array<const char*, kMarketUnknowns> kUnknownNames = {
    "output of chips",   "growth of output",   "gain of successors",  "packaging wafers",
    "growth of wafers",  "yield of packaging", "share of wafers",     "memory beyond what was shipped",
    "growth of memory",  "list prices",        "fall of list prices", "how lists follow demand",
    "growth of budgets", "rent of a chip",     "change of rents",     "urgency",
    "elasticity"};

/// Chips at most this part of one are none.
constexpr double kHalfChip = 0.5;

/// What a buyer's past leaves for its next quarter.
struct Past {
  double purse = 0;           ///< Dollars kept.
  double bought = 0;          ///< Chips of its pool so far.
  std::vector<double> watts;  ///< By quarter: facility power of its new chips.
};

class MarketRun {
 public:
  MarketRun(const MarketSpec& spec, const MarketLevels& levels)
      : spec_(spec), input_(spec.input), future_(market_future(spec, levels)), pools_(spec.pools()) {
    const std::size_t buyers = input_.buyers.size();
    list_factor_.assign(pools_.size(), 1);
    past_.resize(buyers);
    served_.resize(buyers);
    missing_.assign(buyers, 0);
  }

  std::vector<MarketQuarter> run() {
    std::vector<MarketQuarter> path;
    for (std::size_t q = 0; q < spec_.quarters(); ++q) path.push_back(quarter(q));
    return path;
  }

 private:
  MarketQuarter quarter(std::size_t q) {
    MarketQuarter now;
    now.start = future_.starts[q];
    now.purchases.resize(input_.buyers.size());
    plan(q, now);
    for (const auto& line : future_.lines) now.made_h100e.push_back(now.made * line[q].chips * line[q].h100e);
    for (std::size_t b = 0; b < input_.buyers.size(); ++b)
      now.purchases[b].money = Dollars(past_[b].purse + future_.budget[b][q]);
    serve_own_silicon(q, now);
    for (const std::string& pool : pools_) now.pools.push_back(offered(q, pool, now.made));
    for (std::size_t p = 0; p < pools_.size(); ++p) {
      now.pools[p].list *= list_factor_[p];
      trade(q, p, now);
      follow(now.pools[p], now.start, list_factor_[p]);
    }
    for (std::size_t b = 0; b < input_.buyers.size(); ++b) {
      MarketPurchase& purchase = now.purchases[b];
      past_[b].watts.push_back(purchase.power.raw());
      past_[b].bought += purchase.chips;
      past_[b].purse = input_.buyers[b].carry * std::max(0.0, (purchase.money - purchase.spent).raw());
    }
    return now;
  }

  /// What makers plan, and how much of it packaging and memory let them make.
  void plan(std::size_t q, MarketQuarter& now) const {
    for (std::size_t i = 0; i < input_.lines.size(); ++i) {
      const double chips = future_.lines[i][q].chips;
      now.planned += chips;
      if (input_.lines[i].per_wafer > 0) now.wafers_needed += chips / input_.lines[i].per_wafer;
      now.memory_needed += chips * spec_.offers[i].hardware.memory.raw();
    }
    now.wafers = future_.wafers[q];
    now.memory = future_.memory[q];
    if (now.start < input_.limits_from) return;
    if (now.wafers_needed > now.wafers) now.made = now.wafers / now.wafers_needed;
    if (now.memory_needed * now.made > now.memory) now.made = now.memory / now.memory_needed;
  }

  /// Facility power that is left for new chips.
  double free_watts(std::size_t q, std::size_t b, const Past& past, Watts taken) const {
    if (future_.power[b][q] == kUnlimited) return kUnlimited;
    const std::size_t first = q > future_.life_quarters ? q - future_.life_quarters : 0;
    const double used = std::accumulate(past.watts.begin() + static_cast<std::ptrdiff_t>(first), past.watts.end(), 0.0);
    return std::max(0.0, future_.power[b][q] - used - taken.raw());
  }

  void serve_own_silicon(std::size_t q, MarketQuarter& now) const {
    for (std::size_t i = 0; i < input_.lines.size(); ++i) {
      const std::string& owner = spec_.offers[i].owner;
      if (owner.empty()) continue;
      for (std::size_t b = 0; b < input_.buyers.size(); ++b) {
        if (input_.buyers[b].owner != owner) continue;
        MarketPurchase& purchase = now.purchases[b];
        const MarketFuture::LineQuarter& line = future_.lines[i][q];
        double chips = now.made * line.chips;
        chips = std::min(chips, free_watts(q, b, past_[b], purchase.power) / future_.facility_watts[i]);
        if (line.price > 0)
          chips = std::min(chips, std::max(0.0, (purchase.money - purchase.spent).raw()) / line.price);
        purchase.own_chips += chips;
        purchase.own += chips * line.h100e;
        purchase.spent = purchase.spent + Dollars(chips * line.price);
        purchase.power = purchase.power + Watts(chips * future_.facility_watts[i]);
      }
    }
  }

  MarketPool offered(std::size_t q, const std::string& name, double made) const {
    MarketPool pool;
    double dollars = 0;
    for (std::size_t i = 0; i < input_.lines.size(); ++i) {
      const MarketLine& line = input_.lines[i];
      if (!spec_.offers[i].owner.empty() || line.pool != name) continue;
      const MarketFuture::LineQuarter& now = future_.lines[i][q];
      const double chips = made * now.chips;
      pool.chips += chips;
      pool.h100e += chips * now.h100e;
      pool.units += chips * now.h100e * line.worth;
      pool.watts += chips * future_.facility_watts[i];
      dollars += chips * now.price;
    }
    if (pool.units > 0) pool.list = dollars / pool.units;
    return pool;
  }

  /// Units that a buyer may want at any price: what its goals leave and its halls can power.
  double most_units(std::size_t q, std::size_t b, const MarketPool& pool, const Past& past, Watts taken) const {
    double most = free_watts(q, b, past, taken) / (pool.watts / pool.units);
    const MarketBuyer& buyer = input_.buyers[b];
    if (buyer.goals.empty()) return most;
    const auto next = std::find_if(buyer.goals.begin(), buyer.goals.end(), [&](const MarketGoal& goal) {
      return future_.starts[q] < goal.due() && goal.chips > past.bought + kHalfChip;
    });
    if (next == buyer.goals.end()) {
      // Late for all that are due: what is missing of the last is wanted at once.
      const double missing = buyer.goals.back().chips - past.bought;
      return std::min(most, std::max(0.0, missing) * pool.units / pool.chips);
    }
    double left = 0;
    for (std::size_t later = q; later + 1 < future_.starts.size() && future_.starts[later] < next->due(); ++later)
      ++left;
    return std::min(most, (next->chips - past.bought) / std::max(1.0, left) * pool.units / pool.chips);
  }

  /// After its own silicon, which took `own`, with such a past.
  MarketDemand demand(std::size_t q, std::size_t b, const MarketPool& pool, const Past& past,
                      const MarketPurchase& own) const {
    MarketDemand demand;
    demand.money = std::max(0.0, past.purse + future_.budget[b][q] - own.spent.raw());
    demand.most = most_units(q, b, pool, past, own.power);
    demand.worth = future_.rent_worth[q] * future_.urgency[b];
    demand.elasticity = future_.elasticity[b];
    return demand;
  }

  /// Units that a maker owes a buyer in the quarter, of all its contracts or of those that are firm.
  double owed(std::size_t q, const MarketBuyer& buyer, const MarketPool& pool, bool firm_alone) const {
    double units = 0;
    for (const MarketContract& contract : input_.contracts) {
      if (contract.buyer != buyer.name || (firm_alone && !contract.firm)) continue;
      const Date from = std::max(contract.from, future_.starts[q]);
      const Date until = std::min(contract.until, future_.starts[q + 1]);
      if (until <= from) continue;
      const double part = (until - from) / (future_.starts[q + 1] - future_.starts[q]);
      units += part * (contract.share * pool.units + contract.chips_per_year / 4 * pool.units / pool.chips);
    }
    return units;
  }

  /// What a buyer still asks for once a share of what it asked for at the list price is its own.
  static MarketDemand less(MarketDemand demand, double share) {
    demand.money *= 1 - share;
    demand.most *= 1 - share;
    return demand;
  }

  /// Units that a buyer would take, with all that it ever asked for behind it, at the list price. Where the pool has
  /// nothing on offer it asks for nothing, and keeps its money as it really does.
  double ask(std::size_t q, std::size_t b, const MarketPool& pool, const MarketPurchase& own) {
    Past& past = served_[b];
    const bool offered = pool.units > 0;
    const double units =
        offered ? std::max(demand(q, b, pool, past, own).units_at(pool.list), owed(q, input_.buyers[b], pool, true))
                : 0;
    const double left = past.purse + future_.budget[b][q] - own.spent.raw() - (offered ? units * pool.list : 0);
    past.purse = input_.buyers[b].carry * std::max(0.0, left);
    past.bought += offered ? units * pool.chips / pool.units : 0;
    past.watts.push_back(own.power.raw() + (offered ? units * pool.watts / pool.units : 0));
    return units;
  }

  void trade(std::size_t q, std::size_t p, MarketQuarter& now) {
    MarketPool& pool = now.pools[p];
    std::vector<std::size_t> buyers;
    std::vector<double> asked;
    for (std::size_t b = 0; b < input_.buyers.size(); ++b) {
      if (input_.buyers[b].pool != pools_[p]) continue;
      buyers.push_back(b);
      asked.push_back(ask(q, b, pool, now.purchases[b]));
    }
    if (pool.units <= 0) return;
    std::vector<MarketDemand> demands;
    std::vector<double> wanted, firm;
    double promised = 0;
    for (const std::size_t b : buyers) {
      demands.push_back(demand(q, b, pool, past_[b], now.purchases[b]));
      // A contract is a right, of which nobody takes more than it would at that price, unless it is firm.
      wanted.push_back(std::max(demands.back().units_at(pool.list), owed(q, input_.buyers[b], pool, true)));
      firm.push_back(std::min(owed(q, input_.buyers[b], pool, false), wanted.back()));
      promised += firm.back();
    }
    // Shares of one in all leave nothing, whatever the rounding.
    if (promised > pool.units * (1 - 1e-12)) {
      for (double& units : firm) units *= pool.units / promised;
      promised = pool.units;
    }
    for (std::size_t k = 0; k < buyers.size(); ++k) {
      if (wanted[k] > 0) demands[k] = less(demands[k], firm[k] / wanted[k]);
      // Who asks for more gets more, unless a maker favours somebody.
      demands[k].weight = input_.buyers[buyers[k]].weight * std::max(0.0, wanted[k] - firm[k]);
    }
    const double left = std::max(0.0, pool.units - promised);
    const MarketClearing auction = clear_auction(demands, left, input_.reserve * pool.list);
    const MarketClearing clearing =
        input_.rule == MarketRule::Auction ? auction : clear_ration(demands, left, pool.list);
    pool.clearing = auction.price;
    pool.price = clearing.price;
    pool.asked = std::accumulate(asked.begin(), asked.end(), 0.0);
    pool.wanted = std::accumulate(wanted.begin(), wanted.end(), 0.0);
    pool.sold = promised + clearing.sold();
    for (std::size_t k = 0; k < buyers.size(); ++k) {
      MarketPurchase& purchase = now.purchases[buyers[k]];
      purchase.asked = asked[k] * pool.h100e / pool.units;
      purchase.wanted = wanted[k] * pool.h100e / pool.units;
      book(purchase, pool, firm[k], clearing.units[k], clearing.price);
      displace(purchase, missing_[buyers[k]]);
      pool.displaced += purchase.displaced * pool.units / pool.h100e;
    }
  }

  /// What is got beyond what is asked for serves what has been missing; more than that, and what an auction below the
  /// list price brings beyond what is wanted at it, makes nothing good.
  static void displace(MarketPurchase& purchase, double& missing) {
    purchase.displaced =
        std::max(-missing, purchase.asked - std::min(purchase.got, std::max(purchase.asked, purchase.wanted)));
    missing += purchase.displaced;
  }

  /// Moves the list towards the price that would have cleared.
  void follow(const MarketPool& pool, Date date, double& factor) const {
    if (date < input_.list_from || pool.units <= 0 || !std::isfinite(pool.clearing)) return;
    factor *= std::pow(pool.clearing / pool.list, future_.list_follows);
  }

  static void book(MarketPurchase& purchase, const MarketPool& pool, double firm, double units, double price) {
    const double h100e = pool.h100e / pool.units, got = firm + units;
    purchase.contracted = firm * h100e;
    purchase.got = got * h100e;
    purchase.chips = got * pool.chips / pool.units;
    purchase.power = purchase.power + Watts(got * pool.watts / pool.units);
    purchase.spent = purchase.spent + Dollars(firm * pool.list + (units > 0 ? units * price : 0));
    purchase.money = std::max(purchase.money, purchase.spent);
  }

  const MarketSpec& spec_;
  const MarketInput& input_;
  const MarketFuture future_;
  const std::vector<std::string> pools_;
  std::vector<double> list_factor_;  ///< By pool: its list price over that of its offers.
  std::vector<Past> past_;           ///< By buyer.
  std::vector<Past> served_;         ///< By buyer: had all that it asked for been there.
  std::vector<double> missing_;      ///< By buyer: H100 equivalents asked for and not got so far, lapsed ones too.
};

}  // namespace

const char* market_unknown_name(std::size_t input) {
  return kUnknownNames.at(input);
}

std::vector<std::string> MarketSpec::pools() const {
  std::vector<std::string> all;
  for (const MarketBuyer& buyer : input.buyers) {
    if (std::find(all.begin(), all.end(), buyer.pool) == all.end()) all.push_back(buyer.pool);
  }
  return all;
}

std::size_t MarketSpec::quarters() const {
  std::size_t count = 0;
  for (Date start = input.start; start < input.until; start = next_quarter(start)) ++count;
  return count;
}

MarketLevels median_levels(const MarketSpec& spec) {
  return MarketLevels(kMarketUnknowns + spec.input.buyers.size(), 0.5);
}

std::vector<MarketQuarter> simulate_market(const MarketSpec& spec, const MarketLevels& levels) {
  return MarketRun(spec, levels).run();
}

std::size_t market_pool_end(const std::vector<MarketQuarter>& path, std::size_t pool) {
  std::size_t end = path.size();
  while (end > 0 && path[end - 1].pools[pool].units <= 0) --end;
  return end;
}

std::size_t goal_reached(const std::vector<MarketQuarter>& path, std::size_t buyer, const MarketGoal& goal) {
  double chips = 0;
  for (std::size_t q = 0; q < path.size(); ++q) {
    chips += path[q].purchases[buyer].chips;
    if (chips > goal.chips - kHalfChip) return q;
  }
  return path.size();
}

}  // namespace orrery
