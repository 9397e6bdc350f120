#include "fleet/market/clearing.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "base/random.hpp"

namespace orrery {
namespace {

MarketDemand with_money(double money) {
  MarketDemand demand;
  demand.money = money;
  return demand;
}

/// Buyers as they may come: money over six orders of magnitude, some with limits of wants or worth.
std::vector<MarketDemand> random_demands(Rng& rng) {
  std::vector<MarketDemand> demands(1 + rng.below(12));
  for (MarketDemand& demand : demands) {
    demand.money = std::pow(10.0, 6 * rng.uniform01());
    if (rng.uniform01() < 0.5) demand.most = std::pow(10.0, 4 * rng.uniform01());
    if (rng.uniform01() < 0.5) demand.worth = std::pow(10.0, 4 * rng.uniform01() - 1);
    demand.elasticity = 0.2 + 4 * rng.uniform01();
    demand.weight = 0.1 + rng.uniform01();
    if (rng.uniform01() < 0.1) demand.money = 0;
  }
  return demands;
}

double asked(const std::vector<MarketDemand>& demands, double price) {
  double sum = 0;
  for (const MarketDemand& demand : demands) sum += demand.units_at(price);
  return sum;
}

}  // namespace

TEST_CASE("clearing: hand-computed, two buyers of one chip") {
  // $300 and $100 for 8 units: 400 / 8 = $50 a unit, 6 and 2 of them.
  const MarketClearing market = clear_auction({with_money(300), with_money(100)}, 8, 1);
  CHECK(market.price == doctest::Approx(50));
  CHECK(market.units[0] == doctest::Approx(6));
  CHECK(market.units[1] == doctest::Approx(2));
}

TEST_CASE("clearing: hand-computed, a buyer that wants no more leaves its chips to the other") {
  // The first wants 2 at any price that it can pay; $100 are left for the 8 others: $12.50 a unit.
  MarketDemand modest = with_money(300);
  modest.most = 2;
  const MarketClearing market = clear_auction({modest, with_money(100)}, 10, 1);
  CHECK(market.price == doctest::Approx(12.5));
  CHECK(market.units[0] == doctest::Approx(2));
  CHECK(market.units[1] == doctest::Approx(8));
}

TEST_CASE("clearing: hand-computed, worth and elasticity") {
  // Wants 16 units, worth $10 each, elasticity 2: 16 (10 / p)^2 = 4 at p = $20.
  MarketDemand demand = with_money(1e9);
  demand.most = 16;
  demand.worth = 10;
  demand.elasticity = 2;
  const MarketClearing market = clear_auction({demand}, 4, 1);
  CHECK(market.price == doctest::Approx(20));
}

TEST_CASE("clearing: hand-computed, the least price leaves chips") {
  const MarketClearing market = clear_auction({with_money(100)}, 50, 4);
  CHECK(market.price == 4);
  CHECK(market.sold() == doctest::Approx(25));
  CHECK(clear_auction({with_money(100)}, 0, 4).sold() == 0);
}

TEST_CASE("clearing: hand-computed, rations") {
  // 12 units at $1: 2 are asked for by one, more than 5 each by the others: 2, 5, 5.
  const MarketClearing market = clear_ration({with_money(100), with_money(2), with_money(50)}, 12, 1);
  CHECK(market.units[0] == doctest::Approx(5));
  CHECK(market.units[1] == doctest::Approx(2));
  CHECK(market.units[2] == doctest::Approx(5));
  CHECK(market.price == 1);
}

TEST_CASE("clearing: laws of auctions") {
  for (std::uint64_t seed = 0; seed < 2000; ++seed) {
    CAPTURE(seed);
    Rng rng = Rng::stream(seed, "test/clearing", 0, 0);
    const std::vector<MarketDemand> demands = random_demands(rng);
    const double supply = std::pow(10.0, 5 * rng.uniform01() - 1), reserve = 0.01 + rng.uniform01();
    const MarketClearing market = clear_auction(demands, supply, reserve);
    // Complementary slackness: nothing beyond the supply, and either the least price or everything sold.
    CHECK(market.sold() <= supply * (1 + 1e-12));
    CHECK(market.price >= reserve);
    if (market.price > reserve) CHECK(market.sold() == doctest::Approx(supply).epsilon(1e-9));
    // What each pays is what it has, what each gets what it asks for at that price.
    for (std::size_t i = 0; i < demands.size(); ++i) {
      CHECK(market.units[i] * market.price <= demands[i].money * (1 + 1e-9));
      CHECK(market.units[i] <= demands[i].most * (1 + 1e-9));
    }
    // More supply never raises the price.
    CHECK(clear_auction(demands, supply * 1.3, reserve).price <= market.price * (1 + 1e-12));
    // More money never leaves its owner with fewer units, and nobody else with more.
    std::vector<MarketDemand> richer = demands;
    const std::size_t who = rng.below(demands.size());
    richer[who].money *= 1.5;
    const MarketClearing after = clear_auction(richer, supply, reserve);
    CHECK(after.units[who] >= market.units[who] * (1 - 1e-9));
    CHECK(after.price >= market.price * (1 - 1e-12));
    for (std::size_t i = 0; i < demands.size(); ++i) {
      if (i != who) CHECK(after.units[i] <= market.units[i] * (1 + 1e-9));
    }
    // The order of buyers is irrelevant.
    std::vector<MarketDemand> reversed(demands.rbegin(), demands.rend());
    CHECK(clear_auction(reversed, supply, reserve).price == doctest::Approx(market.price).epsilon(1e-12));
  }
}

TEST_CASE("clearing: laws of rations") {
  for (std::uint64_t seed = 0; seed < 2000; ++seed) {
    CAPTURE(seed);
    Rng rng = Rng::stream(seed, "test/ration", 0, 0);
    const std::vector<MarketDemand> demands = random_demands(rng);
    const double supply = std::pow(10.0, 5 * rng.uniform01() - 1), price = 0.01 + rng.uniform01();
    const MarketClearing market = clear_ration(demands, supply, price);
    const double wanted = asked(demands, price);
    CHECK(market.sold() == doctest::Approx(std::min(wanted, supply)).epsilon(1e-9));
    // Nobody gets more than it asks for; of those that got less, all got the same for a unit of weight, and nobody
    // else got more for it.
    double level = 0;
    for (std::size_t i = 0; i < demands.size(); ++i) {
      CHECK(market.units[i] <= demands[i].units_at(price) * (1 + 1e-12));
      level = std::max(level, market.units[i] / demands[i].weight);
    }
    for (std::size_t i = 0; i < demands.size(); ++i) {
      if (market.units[i] < demands[i].units_at(price) * (1 - 1e-9))
        CHECK(market.units[i] / demands[i].weight == doctest::Approx(level).epsilon(1e-9));
    }
  }
}

TEST_CASE("clearing: oracle, prices tried one by one") {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    CAPTURE(seed);
    Rng rng = Rng::stream(seed, "test/oracle", 0, 0);
    const std::vector<MarketDemand> demands = random_demands(rng);
    const double supply = std::pow(10.0, 4 * rng.uniform01()), reserve = 0.05;
    double tried = reserve;
    while (asked(demands, tried) > supply) tried *= 1.0005;
    const double price = clear_auction(demands, supply, reserve).price;
    CHECK(price <= tried * (1 + 1e-12));
    CHECK(price >= tried / 1.0005 * (1 - 1e-12));
  }
}

}  // namespace orrery
