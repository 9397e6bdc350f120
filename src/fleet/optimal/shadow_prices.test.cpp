#include "fleet/optimal/shadow_prices.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "fleet/optimal/buildout_plan.hpp"
#include "fleet/optimal/test_buildouts.hpp"

using namespace orrery;
using test::each;
using Kind = ShadowPrice::Kind;

namespace {

constexpr double kM = 1e6;

const ShadowPrice* find(const ShadowPrices& all, Kind kind, int step = -1) {
  for (const ShadowPrice& price : all.prices) {
    if (price.kind == kind && price.step == step) return &price;
  }
  return nullptr;
}

ShadowPrices prices_of(const BuildoutProblem& problem, int most = 12) {
  const auto plan = optimal_buildout(problem);
  REQUIRE(plan.has_value());
  return shadow_prices(problem, *plan, most);
}

double value_of(const BuildoutProblem& problem) {
  const auto plan = optimal_buildout(problem);
  return plan ? plan->value : std::nan("");
}

/// The problem with so much more of what a price is of, by its meaning and not by rows.
BuildoutProblem with(const BuildoutProblem& problem, const ShadowPrice& price, double times) {
  BuildoutProblem more = problem;
  const auto i = static_cast<std::size_t>(price.index), t = static_cast<std::size_t>(price.step);
  switch (price.kind) {
    case Kind::Money:
      more.money.equity[t] += Dollars(times * price.amount);
      break;
    case Kind::Supply:
      more.chips[i].ceiling[t] += times * price.amount;
      break;
    case Kind::Power: {
      // Halls that are there from that step on, for nothing, with their power.
      BuildoutPhase gift{"gift", Watts(times * price.amount), Dollars(0), -1, {}, -1};
      gift.starts.push_back({price.step, price.step, {1.0}, -1});
      more.sites[i].phases.push_back(gift);
      for (std::size_t u = t; u < more.steps.size(); ++u) more.sites[i].feed[u] += Watts(times * price.amount);
      break;
    }
    case Kind::AllMoney:
      for (Dollars& dollars : more.money.equity) dollars *= 1 + times * price.amount;
      for (Dollars& dollars : more.money.promised) dollars *= 1 + times * price.amount;
      break;
    case Kind::AllSupply:
      for (BuildoutChip& chip : more.chips) {
        for (double& count : chip.ceiling) count *= 1 + times * price.amount;
      }
      break;
    case Kind::AllPower:
      for (BuildoutSite& site : more.sites) {
        for (Watts& watts : site.feed) watts *= 1 + times * price.amount;
        for (BuildoutPhase& phase : site.phases) {
          phase.power *= 1 + times * price.amount;
          phase.cost *= 1 + times * price.amount;
        }
      }
      break;
    case Kind::Target:
      more.aim.h100e *= 1 + times * price.amount;
      more.aim.flop *= 1 + times * price.amount;
      break;
  }
  return more;
}

}  // namespace

TEST_CASE("shadow prices: hand-computed") {
  // Money alone binds: a chip costs 40,000 dollars and 2 kW of hall at a dollar a watt, so a million buys 23.81.
  BuildoutProblem problem = test::empty_buildout(2, {30 * kM, 20 * kM});
  problem.chips.push_back(test::plain_chip(2, 5000));
  test::add_site(problem, {test::plain_phase(2, 10 * kM, 10 * kM, 0)});
  const ShadowPrices money = prices_of(problem);
  CHECK(money.per_dollar == doctest::Approx(1 / 42'000.0));
  const ShadowPrice* price = find(money, Kind::Money, 1);  // In the second quarter it does as well as in the first.
  REQUIRE(price != nullptr);
  CHECK(price->gain == doctest::Approx(kM / 42'000));
  CHECK(price->dual_gain == doctest::Approx(kM / 42'000));
  CHECK(price->dollars == doctest::Approx(kM));
  CHECK(find(money, Kind::Money, 0) == nullptr);
  // A megawatt of halls for nothing saves a million, whenever it comes; chips are there in plenty.
  const ShadowPrice* power = find(money, Kind::Power, 1);
  REQUIRE(power != nullptr);
  CHECK(power->gain == doctest::Approx(kM / 42'000));
  CHECK(power->dollars == doctest::Approx(kM));
  CHECK(find(money, Kind::Supply, 0) == nullptr);
  // Supply alone binds: one percent of 300 is 3 chips, worth 3; dollars are worth nothing.
  for (double& ceiling : problem.chips[0].ceiling) ceiling = 300;
  const ShadowPrices supply = prices_of(problem);
  REQUIRE(find(supply, Kind::Supply, 0) != nullptr);
  CHECK(find(supply, Kind::Supply, 0)->gain == doctest::Approx(3));
  CHECK(std::isnan(find(supply, Kind::Supply, 0)->dollars));
  CHECK(find(supply, Kind::AllSupply)->gain == doctest::Approx(6));
  CHECK(find(supply, Kind::Money, 0) == nullptr);
  // Of a least cost: chips cost 40,000 now and 30,000 later, of which 300 come. One percent more then, 3 chips, saves
  // 3 x 10,000; one percent more of 400 asked, 4 chips, cost 4 x (40,000 + 2,000).
  problem.aim.goal = BuildoutGoal::LeastCost;
  problem.aim.h100e = 400;
  problem.chips[0].price[1] = Dollars(30'000);
  const ShadowPrices cost = prices_of(problem);
  CHECK(cost.per_dollar == 1);
  REQUIRE(find(cost, Kind::Supply, 1) != nullptr);
  CHECK(find(cost, Kind::Supply, 1)->gain == doctest::Approx(30'000));
  CHECK(find(cost, Kind::Supply, 1)->dollars == doctest::Approx(30'000));
  REQUIRE(find(cost, Kind::Target) != nullptr);
  CHECK(find(cost, Kind::Target)->gain == doctest::Approx(-4 * 42'000.0));
}

TEST_CASE("shadow prices: law, they are what solving the changed problem from the beginning gives") {
  Rng rng = Rng::stream(31, "test/shadow_prices");
  int checked = 0;
  for (int trial = 0; trial < 40; ++trial) {
    CAPTURE(trial);
    BuildoutProblem problem = test::random_buildout(rng);
    const bool flop = rng.bernoulli(0.3);
    problem.aim.goal = flop ? BuildoutGoal::MostFlop : BuildoutGoal::MostH100e;
    const double most = value_of(problem);
    if (most < 1) continue;
    const bool cost = !flop && rng.bernoulli(0.4);
    if (cost) {
      problem.aim.goal = BuildoutGoal::LeastCost;
      problem.aim.h100e = 0.7 * most;
    }
    const double base = value_of(problem), sign = cost ? -1 : 1;
    const double slack = 1e-6 * std::abs(base) + 1e-3;
    for (const ShadowPrice& price : prices_of(problem, 4).prices) {
      CAPTURE(static_cast<int>(price.kind));
      CAPTURE(price.index);
      CAPTURE(price.step);
      const double gain = sign * (value_of(with(problem, price, 1)) - base);
      CHECK(price.gain == doctest::Approx(gain).epsilon(1e-4).scale(slack / 1e-4));
      // Gains shrink as there is more: the dual lies between what more brings and what less takes.
      CHECK(gain <= price.dual_gain + slack);
      ++checked;
      if (price.kind == Kind::Power) continue;  // Nothing can be taken from halls that are not there.
      const BuildoutProblem less = with(problem, price, -0.01);
      if (!buildout_problems(less).empty()) continue;
      const double lost = sign * (base - value_of(less));
      if (!std::isnan(lost)) CHECK(lost >= 0.01 * price.dual_gain - slack);
    }
  }
  CHECK(checked > 100);
}
