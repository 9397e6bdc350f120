#include "fleet/optimal/buildout_plan.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

#include "fleet/optimal/plan_targets.hpp"
#include "fleet/optimal/test_buildouts.hpp"

using namespace orrery;
using test::each;

namespace {

constexpr double kM = 1e6;
constexpr double kRound = 1e8;  // Dollars, of which a millionth is lost where the solver rounds.

/// Two quarters, one chip at 40,000 dollars, one hall of 10 MW for 10 M dollars.
BuildoutProblem two_quarters(double ceiling) {
  BuildoutProblem problem = test::empty_buildout(2, {30 * kM, 20 * kM});
  problem.chips.push_back(test::plain_chip(2, ceiling));
  test::add_site(problem, {test::plain_phase(2, 10 * kM, 10 * kM, 0)});
  return problem;
}

double sum(const std::vector<double>& values) {
  double total = 0;
  for (const double value : values) total += value;
  return total;
}

BuildoutPlan plan_of(const BuildoutProblem& problem) {
  REQUIRE(buildout_problems(problem).empty());
  auto plan = optimal_buildout(problem);
  REQUIRE(plan.has_value());
  return *plan;
}

}  // namespace

TEST_CASE("build-out plans: hand-computed, two quarters and one chip") {
  // Supply binds: 300 in each quarter, a hall of 600 x 2 kW = 1.2 of its 10 MW, so 1.2 M dollars, and 24 M for chips.
  const BuildoutPlan supply = plan_of(two_quarters(300));
  CHECK(supply.value == doctest::Approx(600));
  CHECK(supply.cost.raw() == doctest::Approx(25.2 * kM));
  CHECK(supply.halls[0][1] == doctest::Approx(1.2 * kM));
  // Money binds: a chip needs 40,000 dollars and 2,000 for its 2 kW of hall; 50 M / 42,000.
  const BuildoutPlan money = plan_of(two_quarters(5000));
  CHECK(money.value == doctest::Approx(50 * kM / 42'000));
  CHECK(money.cost.raw() == doctest::Approx(50 * kM));
  // The hall is built whole: 40 M / 40,000. Its relaxation is the plan before.
  BuildoutProblem whole = two_quarters(5000);
  whole.aim.whole_phases = true;
  const BuildoutPlan hall = plan_of(whole);
  CHECK(hall.value == doctest::Approx(1000));
  CHECK(hall.relaxed == doctest::Approx(50 * kM / 42'000));
  REQUIRE(hall.starts.size() == 1);
  CHECK(hall.starts[0].share == 1);
  // And chips in blocks of 300 besides: 900.
  whole.aim.whole_blocks = true;
  whole.chips[0].block = 300;
  CHECK(plan_of(whole).value == doctest::Approx(900));
  // Power binds: 1 MW feeds 500.
  BuildoutProblem power = two_quarters(5000);
  power.sites[0].feed = each(2, Watts(1 * kM));
  CHECK(plan_of(power).value == doctest::Approx(500));
}

TEST_CASE("build-out plans: less than a chip is no plan (hand-computed)") {
  using Kind = BuildoutRemedy::Kind;
  const auto more = [](const BuildoutProblem& problem) {
    const BuildoutPlan plan = plan_of(problem);
    CHECK(is_empty(plan));
    std::array<std::optional<double>, 3> by_kind;
    for (const BuildoutRemedy& remedy : why_empty(problem, plan).remedies)
      by_kind.at(static_cast<std::size_t>(remedy.kind)) = remedy.more;
    return by_kind;
  };
  const auto of = [](Kind kind) { return static_cast<std::size_t>(kind); };
  // One chip and its 2 kW of hall are 42,000 dollars: 21 times 2,000.
  BuildoutProblem poor = two_quarters(300);
  poor.money.equity = each(2, Dollars(1000));
  const auto money = more(poor);
  REQUIRE(money[of(Kind::Money)]);
  CHECK(*money[of(Kind::Money)] == doctest::Approx(20).epsilon(1e-3));
  CHECK_FALSE(money[of(Kind::Supply)]);
  CHECK_FALSE(money[of(Kind::Power)]);
  // A tenth of a chip in each of two quarters: five times.
  const auto supply = more(two_quarters(0.1));
  REQUIRE(supply[of(Kind::Supply)]);
  CHECK(*supply[of(Kind::Supply)] == doctest::Approx(4).epsilon(1e-3));
  CHECK_FALSE(supply[of(Kind::Money)]);
  for (const auto& none : more(two_quarters(0))) CHECK_FALSE(none);
  CHECK_FALSE(is_empty(plan_of(two_quarters(1))));
}

TEST_CASE("build-out plans: targets of the fleet are looked up (hand-computed)") {
  const BuildoutProblem problem = two_quarters(300);
  FleetSpec spec;
  spec.start = Date::of(2025, 1, 1);
  spec.targets = {{FleetMeasure::H100e, 300, {}},
                  {FleetMeasure::Gpus, 600, Date::of(2025, 4, 1)},
                  {FleetMeasure::Power, 1.2 * kM, Date::of(2025, 7, 1)},
                  {FleetMeasure::Spent, 26 * kM, {}}};
  const auto targets = planned_targets(spec, problem, plan_of(problem));
  REQUIRE(targets.size() == 4);
  CHECK(targets[0].reached == 0);
  CHECK_FALSE(targets[1].reached);  // By the end of the first quarter there are 300.
  CHECK(targets[1].then == doctest::Approx(300));
  CHECK(targets[2].then == doctest::Approx(1.2 * kM));
  CHECK(targets[2].reached);        // Nothing says in which quarter the halls for the second are best built.
  CHECK_FALSE(targets[3].reached);  // 25.2 M are spent.
  CHECK(targets[3].then == doctest::Approx(25.2 * kM));
}

TEST_CASE("build-out plans: hand-computed, debt with interest") {
  // As far as money goes, halls whole, half of what is spent may be drawn. Drawn in the first quarter, a dollar costs
  // 5 % interest and a twentieth of itself in the second. All chips are best bought in the second quarter: x chips cost
  // 20,000 dollars of own money each. The hall draws 5 M of its 10 M, of which 0.5 M are paid in the second quarter:
  // x = (30 - 10 + 5 - 0.5 + 20) M / 20,000 = 2,225.
  BuildoutProblem problem = two_quarters(5000);
  problem.aim.whole_phases = true;
  problem.money.promised = each(2, Dollars(100 * kM));
  problem.money.debt_share = 0.5;
  problem.money.interest = each(2, 0.05);
  problem.money.repaid = each(2, 0.05);
  problem.sites[0].phases[0].starts.resize(1);  // The hall in the first quarter, so that there is only this way.
  const BuildoutPlan plan = plan_of(problem);
  CHECK(plan.value == doctest::Approx(2225));
  CHECK(plan.drawn[0] == doctest::Approx(5 * kM));
  CHECK(plan.drawn[1] == doctest::Approx(44.5 * kM));
  CHECK(plan.owed[1] == doctest::Approx(44.5 * kM + 4.75 * kM));
  CHECK(plan.cash[1] == doctest::Approx(0));
}

TEST_CASE("build-out plans: hand-computed, deposits and lead times") {
  // Ordered in the first quarter, delivered in the second: a quarter of the price on order, which the first quarter's
  // 20 M limits to 2,000 chips; the rest, 30,000 each, on delivery from the 0 M that are left then and 30 M: 1,000
  // would leave 10 M over from the first. x with 40,000 x = 50 M: 1,250, deposits 12.5 M.
  BuildoutProblem problem = test::empty_buildout(2, {20 * kM, 30 * kM});
  problem.chips.push_back(test::plain_chip(2, 5000));
  problem.chips[0].arrival = {1, 2};
  problem.money.deposit = 0.25;
  test::add_site(problem, {test::plain_phase(2, 10 * kM, 0, 0)});
  const BuildoutPlan plan = plan_of(problem);
  CHECK(plan.value == doctest::Approx(1250));
  REQUIRE(plan.orders.size() == 1);
  CHECK(plan.orders[0].ordered == 0);
  CHECK(plan.orders[0].delivered == 1);
  CHECK(plan.capital[0] == doctest::Approx(12.5 * kM));
  // With 10 M at first the deposits bind: 1,000.
  problem.money.equity[0] = Dollars(10 * kM);
  CHECK(plan_of(problem).value == doctest::Approx(1000));
}

TEST_CASE("build-out plans: hand-computed, a phase after another") {
  // The second hall may be begun when the first stands, in the first quarter at the earliest, and takes a quarter: it
  // stands in the third. As much as is begun of the first may follow: 6 M dollars pay 3 M for half of the first and
  // 3 M for half of the second, of a megawatt each, 500 chips; all of the first alone would do as well.
  BuildoutProblem problem = test::empty_buildout(3, {6 * kM, 0, 0});
  problem.chips.push_back(test::plain_chip(3, 5000));
  problem.chips[0].price = each(3, Dollars(0));
  BuildoutPhase first = test::plain_phase(3, 1 * kM, 6 * kM, 0), second = test::plain_phase(3, 1 * kM, 6 * kM, 1);
  second.after = 0;
  second.starts.erase(second.starts.begin());
  test::add_site(problem, {first, second});
  CHECK(plan_of(problem).value == doctest::Approx(500));
  // Where the second is dear and the first is all but nothing, the second has what the first is begun of.
  problem.sites[0].phases[0].power = Watts(1);
  problem.sites[0].phases[0].cost = Dollars(3 * kM);
  problem.sites[0].phases[1].cost = Dollars(3 * kM);
  CHECK(plan_of(problem).value == doctest::Approx(500).epsilon(1e-5));
  // Only what follows without a pause stands in time: a start that follows on the first quarter's start of the first.
  problem.sites[0].phases[1].starts = {{1, 1, {1.0}, 0}, {1, 2, {1.0}, -1}};
  problem.aim.by = 1;
  CHECK(plan_of(problem).value == doctest::Approx(500).epsilon(1e-5));
  problem.sites[0].phases[1].starts.erase(problem.sites[0].phases[1].starts.begin());
  CHECK(plan_of(problem).value == doctest::Approx(0.0005).epsilon(1e-3));
}

TEST_CASE("build-out plans: hand-computed, lives, operations and rent") {
  // 100 chips a quarter for three quarters, each in service for one quarter after that of its delivery: 200 are on at
  // the end, and 100 + 200 quarters of chips are computed.
  BuildoutProblem problem = test::empty_buildout(3, {30 * kM, 0, 0});
  problem.chips.push_back(test::plain_chip(3, 100));
  problem.chips[0].retired = {2, 3, 4};
  test::add_site(problem, {test::plain_phase(3, 10 * kM, 0, 0)});
  CHECK(plan_of(problem).value == doctest::Approx(200));
  problem.aim.goal = BuildoutGoal::MostFlop;
  CHECK(plan_of(problem).value == doctest::Approx(300 * 4e14 * test::kQuarter));
  // 10,000 dollars rent an H100e for a quarter: what 200 chips leave of the money, 22 M, rents 2,200 quarters, at most
  // 700 in each.
  problem.rental = {each(3, Dollars(10'000)), each(3, 700.0), FlopsPerSecond(3e14)};
  const BuildoutPlan plan = plan_of(problem);
  CHECK(sum(plan.rented) == doctest::Approx(2100));
  CHECK(plan.value == doctest::Approx((300 * 4e14 + 2100 * 3e14) * test::kQuarter));
  // The least that 2100 x 3e14 can cost without chips.
  BuildoutProblem rent = problem;
  rent.chips[0].ceiling = each(3, 0.0);
  rent.aim.goal = BuildoutGoal::LeastCost;
  rent.aim.flop = Flops(1000 * 3e14 * test::kQuarter);
  rent.money.worth = {1, 0.9, 0.8};
  // 700 in the last quarter and 300 in the one before: 5.6 M + 2.7 M.
  CHECK(plan_of(rent).value == doctest::Approx(8.3 * kM));
  // The earliest is the second quarter, where it needs 300 in the first or the second.
  rent.aim.goal = BuildoutGoal::Earliest;
  const BuildoutPlan earliest = plan_of(rent);
  CHECK(earliest.by == 1);
  CHECK(earliest.value == doctest::Approx(700 * 0.9e4 + 300 * 1e4));
}

TEST_CASE("build-out plans: oracle, all whole plans of small problems") {
  Rng rng = Rng::stream(21, "test/buildout_plan");
  for (int trial = 0; trial < 30; ++trial) {
    CAPTURE(trial);
    BuildoutProblem problem =
        test::empty_buildout(3, {rng.uniform(5, 40) * kM, rng.uniform(0, 30) * kM, rng.uniform(0, 30) * kM});
    problem.chips.push_back(test::plain_chip(3, 350));
    BuildoutChip& chip = problem.chips[0];
    // Falling prices: nobody gains by an order for a later delivery, which the search below does not know.
    for (Dollars& price : chip.price) price = Dollars(rng.uniform(2e4, 6e4));
    std::sort(chip.price.rbegin(), chip.price.rend());
    chip.block = 100;
    problem.money.upkeep = each(3, 0.02);
    test::add_site(problem, {test::plain_phase(3, rng.uniform(0.2, 1) * kM, rng.uniform(1, 10) * kM, 1),
                             test::plain_phase(3, rng.uniform(0.2, 1) * kM, rng.uniform(1, 10) * kM, 0)});
    problem.aim.whole_phases = problem.aim.whole_blocks = true;
    // Every number of blocks in each quarter, every start of each phase (3: never). Money by hand: what is bought, half
    // of the first phase now and half in the next quarter, upkeep of what was there before.
    double best = 0;
    for (int code = 0; code < 4 * 4 * 4 * 4 * 4; ++code) {
      const std::vector<int> blocks = {code % 4, code / 4 % 4, code / 16 % 4};
      const int first = code / 64 % 4, second = code / 256;
      double cash = 0, hardware = 0, halls = 0, chips = 0;
      bool paid = true;
      for (int t = 0; t < 3; ++t) {
        const auto i = static_cast<std::size_t>(t);
        cash += problem.money.equity[i].raw() - 0.02 * hardware;
        const double bought = 100.0 * blocks[i] * chip.price[i].raw();
        cash -= bought;
        hardware += bought;
        const BuildoutPhase &a = problem.sites[0].phases[0], &b = problem.sites[0].phases[1];
        if (first < 2 && (t == first || t == first + 1)) cash -= a.cost.raw() / 2;
        if (second == t) cash -= b.cost.raw();
        if (first < 2 && t == first + 1) halls += a.power.raw();
        if (second == t) halls += b.power.raw();
        chips += 100.0 * blocks[i];
        paid = paid && cash >= -1e-6;
      }
      // Chips are placed at the end of the last quarter at the latest, as far as there are halls.
      if (paid) best = std::max(best, std::min(chips, halls / 2000));
    }
    CHECK(plan_of(problem).value == doctest::Approx(best).epsilon(1e-4));
  }
}

TEST_CASE("build-out plans: law, what a plan does is allowed") {
  Rng rng = Rng::stream(22, "test/buildout_plan");
  for (int trial = 0; trial < 60; ++trial) {
    CAPTURE(trial);
    BuildoutProblem problem = test::random_buildout(rng);
    problem.aim.goal = rng.bernoulli(0.5) ? BuildoutGoal::MostH100e : BuildoutGoal::MostFlop;
    problem.aim.whole_phases = rng.bernoulli(0.3);
    const BuildoutPlan plan = plan_of(problem);
    const auto steps = plan.h100e.size();
    double cash = 0, drawn = 0;
    for (std::size_t t = 0; t < steps; ++t) {
      CAPTURE(t);
      // Money: everything anew from orders, starts and chips.
      double capital = 0, running = 0, revenue = 0, h100e = 0, flop = 0;
      for (const BuildoutPlan::Order& order : plan.orders) {
        const BuildoutChip& chip = problem.chips[static_cast<std::size_t>(order.chip)];
        const auto ordered = static_cast<std::size_t>(order.ordered),
                   delivered = static_cast<std::size_t>(order.delivered);
        CHECK(chip.arrival[ordered] <= order.delivered);
        const double price = chip.price[ordered].raw() * order.count;
        if (ordered == t) capital += price * problem.money.deposit;
        if (delivered == t) capital += price * (1 - problem.money.deposit);
        const bool serves = delivered < t && static_cast<int>(t) <= chip.retired[delivered];
        if (serves) running += problem.money.upkeep[t] * price;
      }
      for (const BuildoutPlan::Start& start : plan.starts) {
        const BuildoutPhase& phase =
            problem.sites[static_cast<std::size_t>(start.site)].phases[static_cast<std::size_t>(start.phase)];
        const auto age = t - static_cast<std::size_t>(start.begin);
        const auto& shares = phase.starts[static_cast<std::size_t>(start.index)].shares;
        if (start.begin <= static_cast<int>(t) && age < shares.size())
          capital += shares[age] * phase.cost.raw() * start.share;
      }
      for (std::size_t c = 0; c < problem.chips.size(); ++c) {
        const BuildoutChip& chip = problem.chips[c];
        double placed = 0, delivered = 0, alive = 0;
        for (std::size_t u = 0; u <= t; ++u) {
          delivered += plan.delivered[c][u];
          if (chip.retired[u] > static_cast<int>(t)) alive += plan.delivered[c][u];
          for (std::size_t s = 0; s < problem.sites.size(); ++s) placed += plan.placed[c][s][u];
        }
        CHECK(plan.delivered[c][t] <= chip.ceiling[t] + 1e-3);
        CHECK(placed <= delivered + 1e-3);
        CHECK(plan.on[c][t] <= alive + 1e-3);
        h100e += plan.on[c][t] * chip.h100e;
        if (t > 0) {
          flop += plan.on[c][t - 1] * chip.usable.raw() * test::kQuarter;
          revenue += plan.on[c][t - 1] * chip.revenue[t].raw();
        }
      }
      CHECK(plan.h100e[t] == doctest::Approx(h100e).epsilon(1e-6).scale(1e4));
      const double rented = plan.rented[t] * problem.rental.usable.raw() * test::kQuarter;
      CHECK(plan.flop[t] == doctest::Approx(flop + rented).epsilon(1e-6).scale(1e25));
      CHECK(plan.capital[t] == doctest::Approx(capital).epsilon(1e-6).scale(kRound));
      CHECK(plan.revenue[t] == doctest::Approx(revenue).epsilon(1e-6).scale(kRound));
      CHECK(plan.running[t] >= running - 1);  // Electricity and rent come on top.
      drawn += plan.drawn[t];
      CHECK(drawn <= problem.money.promised[t].raw() + 1);
      CHECK(plan.drawn[t] <= problem.money.debt_share * capital + 1e-6 * kRound);
      const double owed = t > 0 ? plan.owed[t - 1] : 0;
      const double repaid = owed + plan.drawn[t] - plan.owed[t];
      cash += problem.money.equity[t].raw() + plan.drawn[t] + revenue - capital - plan.running[t] -
              owed * problem.money.interest[t] - repaid - plan.paid_out[t];
      CHECK(plan.cash[t] == doctest::Approx(cash).epsilon(1e-6).scale(kRound));
      CHECK(cash >= -1e-6 * kRound);
      for (std::size_t s = 0; s < problem.sites.size(); ++s) {
        CHECK(plan.used[s][t] <= plan.halls[s][t] * (1 + 1e-6) + 10);
        CHECK(plan.used[s][t] <= problem.sites[s].feed[t].raw() * (1 + 1e-6) + 10);
      }
    }
    const double nothing = problem.aim.goal == BuildoutGoal::MostFlop ? 1e18 : 1e-3;
    CHECK(plan.value <= plan.bound * (1 + 1e-6) + nothing);
    CHECK(plan.bound <= plan.relaxed * (1 + 1e-6) + nothing);
  }
}

TEST_CASE("build-out plans: law, k times of everything gives k times the plan") {
  Rng rng = Rng::stream(23, "test/buildout_plan");
  for (int trial = 0; trial < 40; ++trial) {
    CAPTURE(trial);
    BuildoutProblem problem = test::random_buildout(rng);
    problem.aim.goal = rng.bernoulli(0.5) ? BuildoutGoal::MostH100e : BuildoutGoal::MostFlop;
    const double factor = std::exp(rng.uniform(-2, 2));
    const double before = plan_of(problem).value;
    test::scale_buildout(problem, factor);
    CHECK(plan_of(problem).value == doctest::Approx(factor * before).epsilon(1e-5));
  }
}

TEST_CASE("build-out plans: law, more of anything never hurts") {
  Rng rng = Rng::stream(24, "test/buildout_plan");
  for (int trial = 0; trial < 60; ++trial) {
    CAPTURE(trial);
    BuildoutProblem problem = test::random_buildout(rng);
    problem.aim.goal = rng.bernoulli(0.5) ? BuildoutGoal::MostH100e : BuildoutGoal::MostFlop;
    const double before = plan_of(problem).value;
    const std::size_t t = rng.below(problem.steps.size());
    BuildoutChip& chip = problem.chips[rng.below(problem.chips.size())];
    BuildoutSite& site = problem.sites[rng.below(problem.sites.size())];
    switch (rng.below(7)) {
      case 0:
        problem.money.equity[t] += Dollars(5e7);
        break;
      case 1:
        chip.ceiling[t] += 1000;
        break;
      case 2:
        site.feed[t] += Watts(5e6);
        break;
      case 3:
        site.phases[0].power *= 1.5;
        break;
      case 4:
        chip.price[t] *= 0.5;
        break;
      case 5:
        chip.arrival[t] = static_cast<int>(t);
        break;
      default:
        for (std::size_t u = t; u < problem.steps.size(); ++u) problem.money.promised[u] += Dollars(1e8);
    }
    CHECK(plan_of(problem).value >= before * (1 - 1e-6) - 1);
  }
}

TEST_CASE("build-out plans: law, the least cost of what a budget buys is no more than the budget") {
  Rng rng = Rng::stream(25, "test/buildout_plan");
  for (int trial = 0; trial < 40; ++trial) {
    CAPTURE(trial);
    BuildoutProblem problem = test::random_buildout(rng);
    const BuildoutPlan most = plan_of(problem);
    if (most.value < 10) continue;
    problem.aim.goal = BuildoutGoal::LeastCost;
    std::vector<double> costs;
    for (const double share : {0.3, 0.6, 0.9, 0.9999}) {
      problem.aim.h100e = share * most.value;
      const BuildoutPlan least = plan_of(problem);
      CHECK(least.h100e.back() >= problem.aim.h100e * (1 - 1e-6) - 1e-3);
      CHECK(least.value <= most.cost.raw() * (1 + 1e-6) + 10);
      costs.push_back(least.value);
    }
    CHECK(costs[0] <= costs[1] + 10);
    CHECK(costs[1] <= costs[2] + 10);
    CHECK(costs[1] - costs[0] <= costs[2] - costs[1] + 100);  // Each further part costs more than the one before.
    // The first step that reaches it is not later, and the one before does not reach it.
    problem.aim.goal = BuildoutGoal::Earliest;
    problem.aim.h100e = 0.5 * most.value;
    const BuildoutPlan earliest = plan_of(problem);
    CHECK(earliest.by <= most.by);
    if (earliest.by == 0) continue;
    problem.aim.goal = BuildoutGoal::MostH100e;
    problem.aim.by = earliest.by - 1;
    problem.aim.h100e = 0;
    CHECK(plan_of(problem).value <= 0.5 * most.value * (1 + 1e-6) + 1e-3);
  }
}

TEST_CASE("build-out plans: hand-computed, what cannot be done and what would let it") {
  // 600 chips are the most that come in two quarters, and 50 M dollars buy 1,190 with their halls.
  BuildoutProblem problem = two_quarters(300);
  problem.aim.goal = BuildoutGoal::LeastCost;
  problem.aim.h100e = 1000;
  const auto supply = optimal_buildout(problem);
  REQUIRE_FALSE(supply.has_value());
  CHECK(supply.error().target == 1000);
  CHECK(supply.error().most == doctest::Approx(600));
  CHECK_FALSE(supply.error().is_flop);
  for (const BuildoutRemedy& remedy : supply.error().remedies) {
    if (remedy.kind == BuildoutRemedy::Kind::Supply) {
      REQUIRE(remedy.more.has_value());
      CHECK(*remedy.more == doctest::Approx(1000.0 / 600 - 1));  // Two thirds more.
    } else {
      CHECK_FALSE(remedy.more.has_value());  // Neither money nor power nor the two quarters there are.
    }
  }
  // Without money for more either, both together: 2,000 chips are 1,400 more than come, 233 %, and cost 84 M dollars
  // where there are 50 M, 68 %.
  problem.aim.h100e = 2000;
  const auto both = optimal_buildout(problem);
  REQUIRE_FALSE(both.has_value());
  for (const BuildoutRemedy& remedy : both.error().remedies) CHECK_FALSE(remedy.more.has_value());
  REQUIRE(both.error().together.has_value());
  CHECK(both.error().together->at(0) == doctest::Approx(0.68));
  CHECK(both.error().together->at(1) == doctest::Approx(1400.0 / 600));
  CHECK(both.error().together->at(2) == doctest::Approx(0));
  // 2,000 chips need 2,000 x 42,000 = 84 M dollars, 68 % more; their 4 MW are there.
  problem = two_quarters(5000);
  problem.aim.goal = BuildoutGoal::Earliest;
  problem.aim.h100e = 2000;
  const auto money = optimal_buildout(problem);
  REQUIRE_FALSE(money.has_value());
  CHECK(money.error().most == doctest::Approx(50 * kM / 42'000));
  CHECK(money.error().remedies[0].kind == BuildoutRemedy::Kind::Money);
  REQUIRE(money.error().remedies[0].more.has_value());
  CHECK(*money.error().remedies[0].more == doctest::Approx(0.68));
  // What could be if halls were split, and cannot as they are whole: 1,100 chips and the hall are 54 M dollars, 8 %
  // more.
  problem.aim.whole_phases = true;
  problem.aim.h100e = 1100;
  const auto whole = optimal_buildout(problem);
  REQUIRE_FALSE(whole.has_value());
  CHECK(whole.error().most == doctest::Approx(1000));
  REQUIRE(whole.error().remedies[0].more.has_value());
  CHECK(*whole.error().remedies[0].more == doctest::Approx(0.08));
  problem.aim.whole_phases = false;
  // By the first quarter it can be 30 M / 42,000 = 714; 1,000 a quarter later.
  problem.aim.goal = BuildoutGoal::LeastCost;
  problem.aim.h100e = 1000;
  problem.aim.by = 0;
  const auto time = optimal_buildout(problem);
  REQUIRE_FALSE(time.has_value());
  CHECK(time.error().most == doctest::Approx(30 * kM / 42'000));
  REQUIRE(time.error().remedies[3].more.has_value());
  CHECK(*time.error().remedies[3].more == 1);
}

TEST_CASE("build-out plans: nothing to plan with is an answer, unsound numbers are named") {
  // No money, no sites, no chips.
  CHECK(plan_of(test::empty_buildout(1, {0})).value == 0);
  CHECK(plan_of(test::empty_buildout(3, {1e9, 0, 0})).value == 0);
  BuildoutProblem problem = two_quarters(300);
  problem.money.equity = each(2, Dollars(0));
  CHECK(plan_of(problem).value == 0);
  const auto complains = [](const BuildoutProblem& bad, const std::string& of) {
    const auto problems = buildout_problems(bad);
    REQUIRE_FALSE(problems.empty());
    CHECK(problems.front().find(of) != std::string::npos);
  };
  BuildoutProblem bad = two_quarters(300);
  bad.chips[0].price[1] = Dollars(std::nan(""));
  complains(bad, "price of chip is nan");
  bad = two_quarters(300);
  bad.chips[0].arrival[1] = 0;
  complains(bad, "delivery of chip comes before its time");
  bad = two_quarters(300);
  bad.money.equity.pop_back();
  complains(bad, "equity has 1 entries for 2 steps");
  bad = two_quarters(300);
  bad.aim.goal = BuildoutGoal::Earliest;
  complains(bad, "the goal needs a target");
  bad = two_quarters(300);
  bad.sites[0].phases[0].cost = Dollars(-1);
  complains(bad, "cost of site0 1 is -1");
}
