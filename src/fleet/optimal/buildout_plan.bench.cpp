#include "fleet/optimal/buildout_plan.hpp"

#include <benchmark/benchmark.h>

#include <cmath>

#include "fleet/optimal/shadow_prices.hpp"
#include "fleet/optimal/test_buildouts.hpp"

namespace orrery {
namespace {

/// Ten sites of three phases and a connection to the grid each, eight chips of four generations, twenty quarters,
/// equity and debt of some hundred billions: every limit binds somewhere.
BuildoutProblem ten_sites() {
  constexpr int kSteps = 20, kChips = 8, kSites = 10;
  Rng rng = Rng::stream(1, "bench/buildout_plan");
  std::vector<double> equity;
  for (int t = 0; t < kSteps; ++t) equity.push_back(t % 4 == 0 ? 4e10 : 2e9);
  BuildoutProblem problem = test::empty_buildout(kSteps, equity);
  BuildoutMoney& money = problem.money;
  for (std::size_t t = 0; t < kSteps; ++t) {
    money.promised[t] = Dollars(2e10 * static_cast<double>(t / 3));
    money.interest[t] = 0.02;
    money.repaid[t] = 0.05;
    money.upkeep[t] = 0.01;
    money.worth[t] = std::pow(1.021, -static_cast<double>(t));
  }
  money.debt_share = 0.6;
  money.deposit = 0.2;
  for (int c = 0; c < kChips; ++c) {
    BuildoutChip chip = test::plain_chip(kSteps, 0);
    chip.name = "chip" + std::to_string(c);
    const int generation = c / 2, launch = 4 * generation;
    chip.h100e = std::pow(2.2, generation) * rng.uniform(0.8, 1.2);
    chip.usable = FlopsPerSecond(4e14 * chip.h100e);
    chip.power = Watts(1700 * std::pow(1.4, generation) * rng.uniform(0.9, 1.1));
    for (std::size_t t = 0; t < kSteps; ++t) {
      const double age = static_cast<double>(t) - launch;
      chip.arrival[t] = static_cast<int>(t) + (t < 6 ? 3 : 2);
      chip.price[t] = Dollars(45e3 * std::pow(1.25, generation) * std::pow(0.95, age));
      chip.ceiling[t] = age < 0 ? 0 : 2e5 * std::min(1.0, (age + 1) / 4) * (age > 10 ? 0.2 : 1);
      chip.retired[t] = static_cast<int>(t) + 16;
    }
    problem.chips.push_back(chip);
  }
  for (int s = 0; s < kSites; ++s) {
    std::vector<BuildoutPhase> phases;
    for (int p = 0; p < 3; ++p) {
      const double watts = rng.uniform(2e8, 8e8);
      BuildoutPhase phase = test::plain_phase(kSteps, watts, watts * rng.uniform(8, 12), 4 + 2 * p);
      std::erase_if(phase.starts, [&](const BuildoutStart& start) { return start.step < p + s % 4; });
      phases.push_back(phase);
    }
    test::add_site(problem, std::move(phases));
    for (std::size_t t = 0; t < kSteps; ++t)
      problem.sites.back().feed[t] = Watts(1e8 * static_cast<double>((t + static_cast<std::size_t>(s)) / 2));
    for (auto& electricity : problem.sites.back().electricity) {
      for (Dollars& dollars : electricity) dollars = Dollars(rng.uniform(150, 400));
    }
  }
  return problem;
}

/// Goal: a plan within 5 s.
void plan_of_ten_sites(benchmark::State& state, BuildoutGoal goal, bool whole) {
  BuildoutProblem problem = ten_sites();
  problem.aim.goal = goal;
  problem.aim.whole_phases = whole;
  if (goal == BuildoutGoal::LeastCost || goal == BuildoutGoal::Earliest) problem.aim.h100e = 5e6;
  BuildoutPlan plan;
  for (auto _ : state) {
    auto found = optimal_buildout(problem);
    if (!found) {
      state.SkipWithError("no plan");
      return;
    }
    plan = std::move(*found);
  }
  state.counters["rows"] = plan.rows;
  state.counters["columns"] = plan.columns;
  state.counters["entries"] = plan.entries;
  state.counters["integers"] = plan.integers;
  state.counters["nodes"] = static_cast<double>(plan.nodes);
  state.counters["iterations"] = static_cast<double>(plan.iterations);
  state.counters["gap"] = plan.value > 0 ? std::abs(plan.bound - plan.value) / plan.value : 0;
  state.counters["of_relaxed"] = plan.relaxed > 0 ? plan.value / plan.relaxed : 0;
  state.counters["goal_seconds"] = 5;
}
BENCHMARK_CAPTURE(plan_of_ten_sites, most_h100e, BuildoutGoal::MostH100e, false)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(plan_of_ten_sites, most_flop, BuildoutGoal::MostFlop, false)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(plan_of_ten_sites, least_cost, BuildoutGoal::LeastCost, false)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(plan_of_ten_sites, earliest, BuildoutGoal::Earliest, false)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(plan_of_ten_sites, most_h100e_whole_phases, BuildoutGoal::MostH100e, true)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(plan_of_ten_sites, least_cost_whole_phases, BuildoutGoal::LeastCost, true)
    ->Unit(benchmark::kMillisecond);

/// Goal: with the plan within 5 s.
void prices_of_ten_sites(benchmark::State& state) {
  const BuildoutProblem problem = ten_sites();
  const auto plan = optimal_buildout(problem);
  ShadowPrices prices;
  for (auto _ : state) prices = shadow_prices(problem, *plan);
  state.counters["prices"] = static_cast<double>(prices.prices.size());
  state.counters["goal_seconds"] = 5;
}
BENCHMARK(prices_of_ten_sites)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace orrery
