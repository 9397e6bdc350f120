#include "fleet/optimal/fleet_buildout.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "base/random.hpp"
#include "base/unit_table.hpp"
#include "fleet/capacity/problems.hpp"

using namespace orrery;

namespace {

Date later(Date date, double years) {
  return date + Seconds(years * kYear);
}

/// A plan of some sites, chips of the presets, equity and perhaps debt, rent and tenants, with the engine's own
/// options.
FleetSpec random_fleet(Rng& rng) {
  FleetSpec spec;
  spec.name = "random";
  spec.start = *parse_date(rng.bernoulli(0.5) ? "2024-01-01" : "2025-02-15");
  spec.steps = 6 + static_cast<int>(rng.below(10));
  for (const char* name : {"h100-sxm", "h200", "b200", "gb200", "gb300"}) {
    if (spec.offers.empty() || rng.bernoulli(0.6)) spec.offers.push_back({offer_preset(name), rng.uniform(0.01, 0.3)});
  }
  spec.economics = economics_preset();
  FleetMoney& money = spec.money;
  for (int i = 0; i < 2; ++i) {
    const Date date = later(spec.start, rng.uniform(0, 2));
    money.equity.push_back({"equity", Dollars(std::exp(rng.uniform(20, 25))), date, std::nullopt});
    if (rng.bernoulli(0.4)) money.equity.back().until = later(date, rng.uniform(0.5, 3));
  }
  if (rng.bernoulli(0.5)) {
    money.debt_share = rng.uniform(0.1, 0.7);
    money.tranches.push_back(
        {"loan", Dollars(std::exp(rng.uniform(20, 25))), later(spec.start, rng.uniform(0, 2)), ""});
    money.interest = Law::fixed(0.08);
    money.debt_term = Seconds(5 * kYear);
  }
  if (rng.bernoulli(0.5)) money.rent = Law::fixed(rng.uniform(0.5, 3) / kHour);
  money.rent_change = -0.2;
  money.reinvest = rng.bernoulli(0.5) ? 1 : rng.uniform(0, 1);
  money.deposit = rng.bernoulli(0.5) ? rng.uniform(0, 0.4) : 0;
  const int sites = 1 + static_cast<int>(rng.below(3));
  for (int s = 0; s < sites; ++s) {
    FleetSite site;
    site.name = "site" + std::to_string(s);
    const int phases = 1 + static_cast<int>(rng.below(3));
    for (int p = 0; p < phases; ++p) {
      FleetPhase phase;
      phase.name = std::to_string(p + 1);
      phase.power = Watts(rng.uniform(2e7, 5e8));
      if (p == 0 || rng.bernoulli(0.6)) phase.start = later(spec.start, rng.uniform(-0.5, 1.5));
      phase.build = Law::spread(0.4 * kYear, 0.8 * kYear, 1.6 * kYear);
      site.phases.push_back(phase);
    }
    site.power_with_building = rng.bernoulli(0.5);
    if (!site.power_with_building)
      site.grid.push_back(
          {"grid", Watts(rng.uniform(5e7, 1e9)), spec.start, Law::spread(0.5 * kYear, kYear, 2 * kYear)});
    spec.sites.push_back(site);
  }
  spec.use = {Law::fixed(0.4), Law::fixed(0.9), Law::fixed(0.85)};
  return spec;
}

}  // namespace

TEST_CASE("fleet build-outs: law, no policy of the capacity engine beats the plan on the same numbers") {
  Rng rng = Rng::stream(41, "test/fleet_buildout");
  int compared = 0;
  for (int trial = 0; trial < 60; ++trial) {
    CAPTURE(trial);
    FleetSpec spec = random_fleet(rng);
    if (!fleet_problems(spec).empty()) continue;  // Money or work begins behind the end.
    BuildoutInput input;
    input.goal = rng.bernoulli(0.7) ? BuildoutGoal::MostH100e : BuildoutGoal::MostFlop;
    const bool flop = input.goal == BuildoutGoal::MostFlop;
    const BuildoutProblem problem = buildout_problem(spec, input);
    REQUIRE(buildout_problems(problem).empty());
    const auto plan = optimal_buildout(problem);
    REQUIRE(plan.has_value());
    for (const FleetBuying buying : {FleetBuying::Newest, FleetBuying::Value}) {
      spec.buying = buying;
      const PolicyFleet greedy = median_fleet(spec, plan->by);
      if (!greedy.pays_in_time) continue;
      const double value = flop ? greedy.flop : greedy.h100e;
      CAPTURE(static_cast<int>(buying));
      CHECK(plan->value >= value * (1 - 1e-6));
      ++compared;
    }
  }
  CHECK(compared > 40);
}

TEST_CASE(
    "fleet build-outs: law, played by the capacity engine no plan does better than it promised, and few do worse") {
  Rng rng = Rng::stream(42, "test/fleet_buildout");
  int played = 0, planned_at_all = 0;
  double kept = 0;  // Of what was promised.
  for (int trial = 0; trial < 60; ++trial) {
    CAPTURE(trial);
    const FleetSpec spec = random_fleet(rng);
    if (!fleet_problems(spec).empty()) continue;
    const BuildoutProblem problem = buildout_problem(spec, {});
    const auto plan = optimal_buildout(problem);
    REQUIRE(plan.has_value());
    const FleetSpec planned = planned_fleet(spec, problem, *plan);
    double ordered = 0, halls = 0, begun = 0;
    for (const FleetOrder& order : planned.orders) ordered += order.count;
    for (const std::vector<double>& delivered : plan->delivered) {
      for (const double count : delivered) ordered -= count;
    }
    CHECK(ordered == doctest::Approx(0).scale(1e6));
    for (const FleetSite& site : planned.sites) {
      for (const FleetPhase& phase : site.phases) begun += phase.power.raw();
    }
    for (const std::vector<double>& power : plan->halls) halls += power.back();
    CHECK(begun == doctest::Approx(halls).epsilon(1e-6));
    const PolicyFleet fleet = median_fleet(planned, plan->by);
    if (plan->value > 0) {
      ++planned_at_all;
      kept += fleet.h100e / plan->value;
    }
    if (!fleet.pays_in_time) continue;
    CHECK(fleet.h100e <= plan->value * (1 + 1e-6));
    ++played;
  }
  CHECK(played > 10);
  CHECK(kept > 0.95 * planned_at_all);
}
