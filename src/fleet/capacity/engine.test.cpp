#include "fleet/capacity/engine.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "fleet/capacity/problems.hpp"
#include "fleet/capacity/test_fleets.hpp"

namespace orrery {
namespace {

using S = FleetSeries;

double at(const FleetFuture& future, S series, std::size_t step) {
  return future.at(series, step);
}
double end(const FleetFuture& future, S series) {
  return future.at(series, future.steps - 1);
}

}  // namespace

TEST_CASE("fleet: one hall, filled when it stands: hand-computed") {
  FleetSpec spec = round_fleet();
  REQUIRE(fleet_problems(spec).empty());
  const FleetFuture f = median_future(spec);
  // 200 MW x $5 over 300 days; the first quarter of 2025 has 90 of them, the second 91, the third 92.
  CHECK(at(f, S::Spent, 0) == doctest::Approx(1e9 * 90 / 300));
  CHECK(at(f, S::Spent, 1) == doctest::Approx(1e9 * 181 / 300));
  CHECK(at(f, S::Facility, 2) == 0);
  // It stands on day 300, in the fourth; what is ordered on day 273 comes on day 333. 200 MW / 2 kW = 100,000 chips at
  // $10,000 x 1.5.
  CHECK(at(f, S::Facility, 3) == 200e6);
  CHECK(at(f, S::InTransit, 2) == 0);
  CHECK(at(f, S::On, 3) == doctest::Approx(100'000));
  CHECK(at(f, S::H100e, 3) == doctest::Approx(200'000));
  CHECK(at(f, S::Spent, 3) == doctest::Approx(2.5e9));
  CHECK(at(f, S::Cash, 3) == doctest::Approx(7.5e9));
  CHECK(at(f, S::PeakFlops, 3) == doctest::Approx(100'000 * 1e15));
  CHECK(at(f, S::UsableFlops, 3) == doctest::Approx(100'000 * 1e15 * 0.4 * 0.9 * 0.85));
  // 1.5 kW x 1.2 x 0.5 = 0.9 kW a chip: 90 MW, for 90 days of 24 h at $100/MWh; and 4 % a year of $1.5 B.
  CHECK(at(f, S::Meter, 3) == doctest::Approx(90e6));
  CHECK(at(f, S::OperatingCost, 3) == 0);
  CHECK(at(f, S::OperatingCost, 4) == doctest::Approx(90.0 * 90 * 24 * 100 + 0.04 * 1.5e9 * 90 / 365.25));
  CHECK(f.phases[0] == doctest::Approx(300 * kDay));
  for (std::size_t t = 0; t < f.steps; ++t) CHECK(f.binding[t] == FleetLimit::Plan);
  // The last year: halls $1 B over 10 years, chips $1 B and cluster $0.5 B over 5, without interest.
  const auto cost = [&](FleetCost c) { return f.year_cost[static_cast<std::size_t>(c)]; };
  CHECK(cost(FleetCost::Halls) == doctest::Approx(1e8 * 365 / 365.25));
  CHECK(cost(FleetCost::Chips) == doctest::Approx(2e8 * 365 / 365.25));
  CHECK(cost(FleetCost::Cluster) == doctest::Approx(1e8 * 365 / 365.25));
  CHECK(cost(FleetCost::Electricity) == doctest::Approx(90.0 * 365 * 24 * 100));
  CHECK(f.year_hours == doctest::Approx(200'000 * 365 * 24.0));
}

TEST_CASE("fleet: money that ends before the plan: hand-computed") {
  FleetSpec spec = round_fleet();
  spec.economics = capital_alone();
  // $5 + $15,000 / 2 kW = $12.5 a watt: $1.25 B pay for 100 MW with 50,000 chips.
  spec.money.equity[0].amount = Dollars(1.25e9);
  FleetFuture f = median_future(spec);
  CHECK(end(f, S::Facility) == doctest::Approx(100e6));
  CHECK(end(f, S::On) == doctest::Approx(50'000));
  CHECK(end(f, S::Cash) == doctest::Approx(0).scale(1e9));
  CHECK(f.binding[3] == FleetLimit::Money);
  CHECK(f.missing_at(FleetLimit::Money, 3) == doctest::Approx(100e6));
  CHECK(f.phases[0] == kNeverSeconds);
  // Half of each dollar lent, $0.4 B at most, with $0.6 B of own: $1.0 B, 80 MW.
  spec.money.equity[0].amount = Dollars(0.6e9);
  spec.money.debt_share = 0.5;
  spec.money.tranches = {{"bank", Dollars(0.4e9), Date::of(2025, 1, 1), ""}};
  spec.money.debt_term = Seconds(50 * kYear);
  spec.steps = 4;
  f = median_future(spec);
  // What has to be paid back until the end is kept: $0.4 a watt... of 12.5 x 0.5 a fiftieth a year for 65 days.
  CHECK(end(f, S::On) == doctest::Approx(40'000).epsilon(0.01));
  CHECK(end(f, S::Debt) == doctest::Approx(0.4e9).epsilon(0.02));
  CHECK(f.ledger.debt_drawn.raw() <= 0.4e9 + 1);
}

TEST_CASE("fleet: phases behind one that is not paid wait for money: hand-computed") {
  FleetSpec spec = round_fleet();
  spec.economics = capital_alone();
  // $1.25 B pay for half of the first 200 MW, so that the 100 MW that follow on day 300 for 60 days never begin.
  spec.money.equity[0].amount = Dollars(1.25e9);
  spec.sites[0].phases.push_back({"second", Watts(100e6), {}, Law::fixed(60 * kDay), {}});
  const FleetFuture f = median_future(spec);
  CHECK(f.missing_at(FleetLimit::Money, 3) == doctest::Approx(200e6));
  CHECK(f.missing_at(FleetLimit::Build, 3) == 0);
  CHECK(f.binding[3] == FleetLimit::Money);
}

TEST_CASE("fleet: without money all waits for money, and with all of it nothing does, on random plans (law)") {
  Rng rng = Rng::stream(11, "test/fleet");
  for (int round = 0; round < 200; ++round) {
    FleetSpec spec = random_fleet(rng);
    spec.money.equity_delay = Law::fixed(0);
    spec.money.deposit = 0;
    for (const double dollars : {1.0, 1e14}) {
      spec.money.debt_share = 0;
      spec.money.tranches.clear();
      spec.money.equity = {{"all", Dollars(dollars), Date::of(2025, 1, 1), {}}};
      const FleetModel model = fleet_model(spec);
      FleetEngine engine(model);
      FleetFuture f;
      std::vector<double> quantiles(model.inputs.size());
      for (double& q : quantiles) q = rng.uniform(0.01, 0.99);
      engine.play(quantiles, f);
      for (std::size_t t = 0; t < model.steps; ++t) {
        CHECK(f.missing_at(dollars > 1 ? FleetLimit::Money : FleetLimit::Build, t) == 0);
        if (dollars == 1) CHECK((f.binding[t] == FleetLimit::Money || f.binding[t] == FleetLimit::Plan));
      }
    }
  }
}

TEST_CASE("fleet: chips below the buyer's share of the supply: hand-computed") {
  FleetSpec spec = round_fleet();
  spec.offers = {round_offer("chip", 100'000)};
  spec.offers[0].share = 0.5;
  const FleetFuture f = median_future(spec);
  // 50,000 a year: 92 days of the fourth quarter, then 90 and 91 days, of 365.25.
  CHECK(at(f, S::On, 3) == doctest::Approx(50'000 * 92 / 365.25));
  CHECK(at(f, S::On, 4) == doctest::Approx(50'000 * 182 / 365.25));
  CHECK(at(f, S::On, 5) == doctest::Approx(50'000 * 273 / 365.25));
  CHECK(f.binding[3] == FleetLimit::Chips);
  CHECK(f.missing_at(FleetLimit::Chips, 3) == doctest::Approx(200e6 - 2000 * 50000.0 * 92 / 365.25));
}

TEST_CASE("fleet: power that comes in two parts: hand-computed") {
  FleetSpec spec = round_fleet();
  spec.sites[0].power_with_building = false;
  spec.sites[0].grid = {{"first", Watts(50e6), Date::of(2024, 1, 1), Law::fixed(100 * kDay)},
                        {"second", Watts(100e6), Date::of(2025, 1, 1), Law::fixed(400 * kDay)}};
  spec.sites[0].on_site = {{"gas", Watts(30e6), Date::of(2025, 1, 1), Law::fixed(500 * kDay)}};
  const FleetFuture f = median_future(spec);
  CHECK(at(f, S::Energised, 3) == 50e6);
  CHECK(at(f, S::On, 3) == doctest::Approx(25'000));
  CHECK(f.binding[3] == FleetLimit::Power);
  CHECK(f.missing_at(FleetLimit::Power, 3) == doctest::Approx(150e6));
  // Day 400 lies in the first quarter of 2026 (days 365 to 455), day 500 in the second.
  CHECK(at(f, S::Energised, 4) == 150e6);
  CHECK(at(f, S::On, 4) == doctest::Approx(75'000));
  CHECK(at(f, S::Energised, 5) == 180e6);
  CHECK(f.feeds[0] < 0);
}

TEST_CASE("fleet: a hall that is late leaves chips idle, one that is early waits for them: hand-computed") {
  FleetSpec spec = round_fleet();
  spec.offers[0].offer.lead_time.points[0].value = Law::fixed(330 * kDay);
  spec.sites[0].phases[0].build = Law::spread(150 * kDay, 300 * kDay, 600 * kDay);
  const FleetModel model = fleet_model(spec);
  FleetEngine engine(model);
  FleetFuture f;
  std::vector<double> quantiles(model.inputs.size(), 0.5);
  // Ordered on the first day for day 330, in the quarter in which the hall was planned to stand.
  engine.play(quantiles, f);
  CHECK(at(f, S::InTransit, 0) == doctest::Approx(100'000));
  CHECK(at(f, S::On, 3) == doctest::Approx(100'000));
  CHECK(at(f, S::Idle, 3) == 0);
  // Years late, and nobody knew on the first day.
  for (double& q : quantiles) q = 0.99;
  engine.play(quantiles, f);
  CHECK(at(f, S::Facility, 3) == 0);
  CHECK(at(f, S::Idle, 3) == doctest::Approx(100'000));
  CHECK(f.binding[3] == FleetLimit::Build);
  for (double& q : quantiles) q = 0.01;
  engine.play(quantiles, f);
  CHECK(at(f, S::Facility, 1) == 200e6);
  CHECK(at(f, S::On, 1) == 0);
  CHECK(f.missing_at(FleetLimit::LeadTime, 1) == doctest::Approx(200e6));
  CHECK(f.binding[1] == FleetLimit::LeadTime);
}

TEST_CASE("fleet: a phase that follows another begins when it stands: hand-computed") {
  FleetSpec spec = round_fleet();
  spec.sites[0].phases[0].start = Date::of(2024, 12, 2);  // 30 days before the plan: it stands on day 270.
  spec.sites[0].phases.push_back({"second", Watts(100e6), {}, Law::fixed(60 * kDay), {}});
  const FleetFuture f = median_future(spec);
  CHECK(f.phases[0] == doctest::Approx(270 * kDay));
  CHECK(f.phases[1] == doctest::Approx(330 * kDay));
  // Day 270 is in the third quarter (181 to 273), day 330 in the fourth.
  CHECK(at(f, S::Facility, 2) == 200e6);
  CHECK(at(f, S::Facility, 3) == 300e6);
  // What was built before the plan is paid by it: 120 of 300 days by the end of the first quarter.
  CHECK(at(f, S::Spent, 0) == doctest::Approx(1e9 * 120 / 300));
}

TEST_CASE("fleet: chips at the end of their life are replaced: hand-computed") {
  FleetSpec spec = round_fleet();
  spec.economics.hardware_life = Law::fixed(kYear / 2);
  spec.sites[0].phases[0].build = Law::fixed(50 * kDay);
  const FleetFuture f = median_future(spec);
  // Day 50 + nothing to wait for: on at the end of the first quarter (day 90), retired 182.6 days later, by the end of
  // the third (273), and the next by the end of the fifth (455).
  CHECK(at(f, S::On, 0) == doctest::Approx(100'000));
  CHECK(at(f, S::Retired, 1) == 0);
  CHECK(at(f, S::Retired, 2) == doctest::Approx(100'000));
  CHECK(at(f, S::On, 2) == doctest::Approx(100'000));
  CHECK(at(f, S::Ordered, 7) == doctest::Approx(400'000));
}

TEST_CASE("fleet: rent, interest and repayment: hand-computed") {
  FleetSpec spec = round_fleet();
  spec.economics = capital_alone();
  spec.sites[0].phases[0].build = Law::fixed(50 * kDay);
  spec.money.equity[0].amount = Dollars(3e9);
  spec.money.debt_share = 0.4;
  spec.money.tranches = {{"bank", Dollars(1e9), Date::of(2025, 1, 1), "tenant"}};
  spec.money.interest = Law::fixed(0.1);
  spec.money.tenants = {{"tenant", 0.5, Date::of(2025, 1, 1), {}, DollarsPerSecond(1 / kHour), {}}};
  spec.money.rent = Law::fixed(0.5 / kHour);
  spec.money.let = 0.8;
  const FleetFuture f = median_future(spec);
  // $2.5 B in the first quarter, of which loans pay $1 B.
  CHECK(at(f, S::Debt, 0) == doctest::Approx(1e9));
  CHECK(at(f, S::Cash, 0) == doctest::Approx(1.5e9));
  // 91 days: 200,000 H100e at 0.5 x $1 + 0.5 x 0.8 x $0.5 = $0.7 an hour; $1 B at 10 % a year; a fifth of it a year.
  const double rent = 200'000 * 0.7 * 24 * 91, interest = 0.1e9 * 91 / 365.25, repaid = 0.2e9 * 91 / 365.25;
  CHECK(at(f, S::Revenue, 1) == doctest::Approx(rent));
  CHECK(at(f, S::Interest, 1) == doctest::Approx(interest));
  CHECK(at(f, S::Debt, 1) == doctest::Approx(1e9 - repaid));
  CHECK(at(f, S::Cash, 1) == doctest::Approx(1.5e9 + rent - interest - repaid));
}

TEST_CASE("fleet: each loan is paid back over its own term: hand-computed") {
  FleetSpec spec = round_fleet();
  spec.economics = capital_alone();
  spec.money.equity[0].amount = Dollars(3e9);
  spec.money.debt_share = 0.5;
  spec.money.debt_term = Seconds(365 * kDay);
  spec.money.tranches = {{"bank", Dollars(1.0e9), Date::of(2025, 1, 1), ""}};
  spec.money.interest = Law::fixed(0);
  const FleetFuture f = median_future(spec);
  // Halls of $1 B in 300 days: half of them lent, $0.15 B in the first quarter of 90 days, and as days go $455/300 M,
  // $460/300 M and $135/300 M (27 days) in the next three; there $1.5 B of chips take what is left of the tranche.
  const double first = 0.15e9, second = 0.5e9 * 91 / 300, third = 0.5e9 * 92 / 300,
               fourth = 1e9 - first - second - third;
  CHECK(at(f, S::Debt, 0) == doctest::Approx(first));
  CHECK(at(f, S::Debt, 1) == doctest::Approx(first * (1 - 91.0 / 365) + second));
  CHECK(at(f, S::Debt, 2) == doctest::Approx(first * (1 - 183.0 / 365) + second * (1 - 92.0 / 365) + third));
  CHECK(at(f, S::Debt, 3) ==
        doctest::Approx(first * (1 - 275.0 / 365) + second * (1 - 184.0 / 365) + third * (1 - 92.0 / 365) + fourth));
  // 365 days after the first quarter's end its loan is gone, and the others are not.
  CHECK(at(f, S::Debt, 4) ==
        doctest::Approx(second * (1 - 274.0 / 365) + third * (1 - 182.0 / 365) + fourth * (1 - 90.0 / 365)));
  CHECK(at(f, S::Debt, 7) == doctest::Approx(fourth * (1 - 365.0 / 365)).scale(1e9));
  CHECK(f.ledger.repayment.raw() == doctest::Approx(1e9));
}

TEST_CASE("fleet: what no draw can be is cut to what can be (law)") {
  FleetSpec spec = round_fleet();
  spec.economics.pue = Law::spread(1.05, 1.1, 1.2);
  spec.economics.power_use = Law::spread(0.8, 0.9, 0.98);
  spec.use = {Law::spread(0.5, 0.8, 0.9), Law::spread(0.7, 0.9, 0.99), Law::spread(0.6, 0.9, 0.95)};
  const FleetModel model = fleet_model(spec);
  FleetValues values;
  values.draw(model, std::vector<double>(model.inputs.size(), 0.9999));
  CHECK(values.usable == 1);
  CHECK(values.draw_factor == doctest::Approx(spec.economics.pue.quantile(0.9999)));
  values.draw(model, std::vector<double>(model.inputs.size(), 1e-6));
  CHECK(values.draw_factor == doctest::Approx(spec.economics.power_use.quantile(1e-6)));
}

TEST_CASE("fleet: a tenant that leaves closes its loans and its rent: hand-computed") {
  FleetSpec spec = round_fleet();
  spec.economics = capital_alone();
  spec.money.equity[0].amount = Dollars(1.5e9);
  spec.money.debt_share = 0.5;
  spec.money.tranches = {{"bank", Dollars(5e9), Date::of(2025, 1, 1), "tenant"}};
  spec.money.tenants = {{"tenant", 1, Date::of(2025, 1, 1), {}, DollarsPerSecond(1 / kHour), Law::fixed(100 * kDay)}};
  const FleetFuture f = median_future(spec);
  // $0.15 B for halls are drawn in the first quarter; by the end of the second the bank has closed.
  CHECK(at(f, S::Debt, 0) == doctest::Approx(0.15e9));
  CHECK(f.ledger.debt_drawn.raw() == doctest::Approx(0.15e9));
  CHECK(f.ledger.revenue.raw() == 0);
  CHECK(end(f, S::On) < 100'000);
  CHECK(f.binding[3] == FleetLimit::Money);
}

TEST_CASE("fleet: chips and dollars are kept, on random plans (law)") {
  for (std::uint32_t seed = 0; seed < 300; ++seed) {
    CAPTURE(seed);
    Rng rng = Rng::stream(seed, "test/fleet");
    const FleetSpec spec = random_fleet(rng);
    REQUIRE(fleet_problems(spec).empty());
    const FleetModel model = fleet_model(spec);
    FleetEngine engine(model);
    FleetFuture f;
    std::vector<double> quantiles(model.inputs.size());
    for (double& q : quantiles) q = rng.uniform(0.001, 0.999);
    engine.play(quantiles, f);
    double ordered_before = 0;
    for (std::size_t t = 0; t < f.steps; ++t) {
      CAPTURE(t);
      const double ordered = at(f, S::Ordered, t);
      const double kept = at(f, S::InTransit, t) + at(f, S::Idle, t) + at(f, S::On, t) + at(f, S::Retired, t);
      CHECK(kept == doctest::Approx(ordered).epsilon(1e-9));
      CHECK(ordered >= ordered_before);
      ordered_before = ordered;
      CHECK(at(f, S::Cash, t) >= 0);
      CHECK(at(f, S::Debt, t) >= 0);
      CHECK(at(f, S::Energised, t) <= at(f, S::Facility, t) * (1 + 1e-12));
      CHECK(at(f, S::Used, t) <= at(f, S::Energised, t) * (1 + 1e-9) + 1e-3);
      for (std::size_t l = 0; l < kFleetLimits; ++l) CHECK(f.missing_at(static_cast<FleetLimit>(l), t) >= 0);
    }
    const FleetLedger& l = f.ledger;
    CHECK(l.in().raw() == doctest::Approx((l.out() + l.cash).raw()).epsilon(1e-9));
    CHECK((l.halls + l.chips + l.cluster).raw() == doctest::Approx(end(f, S::Spent)));
    CHECK(end(f, S::Debt) ==
          doctest::Approx((l.debt_drawn + l.unpaid_interest - l.repayment).raw()).epsilon(1e-9).scale(1e6));
  }
}

TEST_CASE("fleet: twice the money, sites, power and supply are twice the fleet (law)") {
  for (std::uint32_t seed = 0; seed < 100; ++seed) {
    CAPTURE(seed);
    Rng rng = Rng::stream(seed, "test/fleet");
    FleetSpec spec = random_fleet(rng);
    const FleetFuture one = median_future(spec);
    for (FleetOffer& offer : spec.offers) {
      for (DatedValue& point : offer.offer.output.points) point.value = point.value.scaled(2);
    }
    for (FleetEquity& equity : spec.money.equity) equity.amount *= 2;
    for (FleetTranche& tranche : spec.money.tranches) tranche.amount *= 2;
    for (FleetSite& site : spec.sites) {
      for (FleetPhase& phase : site.phases) phase.power *= 2;
      for (FleetFeed& feed : site.grid) feed.power *= 2;
    }
    const FleetFuture two = median_future(spec);
    for (const S series : {S::Facility, S::Energised, S::On, S::H100e, S::Cash, S::Debt, S::Spent}) {
      for (std::size_t t = 0; t < one.steps; ++t)
        CHECK(two.at(series, t) == doctest::Approx(2 * one.at(series, t)).epsilon(1e-6).scale(1));
    }
  }
}

TEST_CASE("fleet: where money is no matter, a later grid never gives earlier chips (law)") {
  for (std::uint32_t seed = 0; seed < 200; ++seed) {
    CAPTURE(seed);
    Rng rng = Rng::stream(seed, "test/fleet");
    FleetSpec spec = random_fleet(rng);
    // Of less money, a part that is not spent on operation would be spent on halls.
    spec.money.equity[0].amount = Dollars(1e13);
    spec.offers.resize(1);
    spec.offers[0].offer.output.points[0].value = Law::fixed(1e9);
    for (FleetSite& site : spec.sites) {
      site.chip.clear();
      site.power_with_building = false;
      site.grid = {{"grid", Watts(3e8), Date::of(2024, 6, 1), Law::fixed(rng.uniform(100, 700) * kDay)}};
    }
    const FleetFuture early = median_future(spec);
    for (FleetSite& site : spec.sites) site.grid[0].wait = site.grid[0].wait.scaled(1.5);
    const FleetFuture late = median_future(spec);
    for (std::size_t t = 0; t < early.steps; ++t) {
      CHECK(at(late, S::Energised, t) <= at(early, S::Energised, t) * (1 + 1e-9) + 1e-3);
      CHECK(at(late, S::On, t) <= at(early, S::On, t) * (1 + 1e-9) + 1e-3);
    }
  }
}

// Halls are begun by their dates, not where they or their power will be there first: with more money another one may be
// built, which is not there by the end. So here all take as long and none waits for power.
TEST_CASE("fleet: more money never gives less, where all halls take as long and nothing is lent (law)") {
  for (std::uint32_t seed = 0; seed < 300; ++seed) {
    CAPTURE(seed);
    Rng rng = Rng::stream(seed, "test/fleet");
    FleetSpec spec = random_fleet(rng);
    spec.offers.resize(1);
    for (FleetSite& site : spec.sites) {
      site.chip.clear();
      site.power_with_building = true;
      site.grid.clear();
      for (FleetPhase& phase : site.phases) {
        phase.build = Law::fixed(200 * kDay);
        if (!phase.start) phase.start = Date::of(2025, 7, 1);
      }
    }
    spec.money.debt_share = 0;
    spec.money.tranches.clear();
    spec.money.tenants.clear();
    spec.economics = capital_alone();
    spec.economics.hardware_life = Law::fixed(20 * kYear);
    double before_halls = 0, before_chips = 0;
    for (const double factor : {1.0, 1.3, 2.0, 10.0}) {
      FleetSpec richer = spec;
      for (FleetEquity& equity : richer.money.equity) equity.amount *= factor;
      const FleetFuture f = median_future(richer);
      CAPTURE(factor);
      CHECK(end(f, S::Facility) >= before_halls * (1 - 1e-9));
      CHECK(end(f, S::H100e) >= before_chips * (1 - 1e-9));
      before_halls = end(f, S::Facility);
      before_chips = end(f, S::H100e);
    }
  }
}

TEST_CASE("fleet: listed orders are replayed (hand-computed)") {
  FleetSpec spec = round_fleet();
  spec.buying = FleetBuying::Plan;
  spec.orders = {{Date::of(2025, 2, 1), "chip", 30'000}, {Date::of(2026, 4, 1), "chip", 90'000}};
  REQUIRE(fleet_problems(spec).empty());
  const FleetFuture f = median_future(spec);
  // Those of the first quarter wait for the hall, those of 2026-Q2 come in it: 20,000 too many.
  CHECK(at(f, S::Idle, 0) == doctest::Approx(30'000));
  CHECK(at(f, S::On, 3) == doctest::Approx(30'000));
  CHECK(at(f, S::On, 5) == doctest::Approx(100'000));
  CHECK(at(f, S::Idle, 5) == doctest::Approx(20'000));
}

TEST_CASE("a track draws what its series says (oracle)") {
  const std::vector<std::string> names = {"h100-sxm", "h200", "b200", "gb200", "gb300", "trainium2", "tpu-v6e"};
  std::vector<Date> moments;
  for (Date date = Date::of(2021, 1, 1); date < Date::of(2032, 1, 1); date = next_month(date)) moments.push_back(date);
  for (const std::string& name : names) {
    CAPTURE(name);
    const ChipOffer offer = offer_preset(name);
    for (const DatedSeries* series : {&offer.price, &offer.output, &offer.lead_time}) {
      const FleetTrack track(*series, moments);
      for (const double level : {0.1, 0.5, 0.8}) {
        std::vector<double> values(moments.size());
        track.draw(level, 1 - level, values);
        for (std::size_t i = 0; i < moments.size(); ++i)
          CHECK(values[i] == doctest::Approx(series->at(moments[i], level, 1 - level)));
      }
    }
  }
}

}  // namespace orrery
