#pragma once

#include <algorithm>
#include <limits>
#include <string>
#include <vector>

#include "base/random.hpp"
#include "fleet/optimal/buildout_problem.hpp"

namespace orrery::test {

inline constexpr double kQuarter = 7.9e6;  // Seconds.

template <class T>
std::vector<T> each(int steps, T value) {
  return std::vector<T>(static_cast<std::size_t>(steps), value);
}

/// A problem of so many steps with money and nothing else: chips and sites are added.
inline BuildoutProblem empty_buildout(int steps, std::vector<double> equity) {
  BuildoutProblem problem;
  for (int t = 0; t < steps; ++t) problem.steps.push_back("q" + std::to_string(t));
  problem.lengths = each(steps, Seconds(kQuarter));
  for (const double dollars : equity) problem.money.equity.emplace_back(dollars);
  problem.money.promised = each(steps, Dollars(0));
  problem.money.interest = each(steps, 0.0);
  problem.money.repaid = each(steps, 0.0);
  problem.money.upkeep = each(steps, 0.0);
  problem.money.worth = each(steps, 1.0);
  problem.aim.by = steps - 1;
  problem.aim.flop_worth = each(steps, 1.0);
  return problem;
}

/// A chip of one H100-equivalent and 2 kW, delivered in the step of its order, at 40,000 dollars.
inline BuildoutChip plain_chip(int steps, double ceiling) {
  BuildoutChip chip;
  chip.name = "chip";
  chip.h100e = 1;
  chip.usable = FlopsPerSecond(4e14);
  chip.power = Watts(2000);
  for (int t = 0; t < steps; ++t) chip.arrival.push_back(t);
  chip.price = each(steps, Dollars(40'000));
  chip.ceiling = each(steps, ceiling);
  chip.revenue = each(steps, Dollars(0));
  chip.retired = each(steps, steps + 100);
  return chip;
}

/// A phase that may begin in any step and stands `build` steps later, paid evenly from its beginning on.
inline BuildoutPhase plain_phase(int steps, double watts, double dollars, int build) {
  BuildoutPhase phase{"1", Watts(watts), Dollars(dollars), -1, {}, -1};
  for (int t = 0; t < steps; ++t)
    phase.starts.push_back(
        {t, t + build, std::vector<double>(static_cast<std::size_t>(build) + 1, 1.0 / (build + 1)), -1});
  return phase;
}

inline void add_site(BuildoutProblem& problem, std::vector<BuildoutPhase> phases,
                     double feed = std::numeric_limits<double>::infinity()) {
  BuildoutSite site;
  site.name = "site" + std::to_string(problem.sites.size());
  site.phases = std::move(phases);
  site.feed = each(problem.count(), Watts(feed));
  for (std::size_t c = 0; c < problem.chips.size(); ++c) site.electricity.push_back(each(problem.count(), Dollars(0)));
  problem.sites.push_back(std::move(site));
}

/// A problem of a few chips and sites with all that limits a plan: debt, deposits, lead times, lives, rent.
inline BuildoutProblem random_buildout(Rng& rng) {
  const int steps = 3 + static_cast<int>(rng.below(6));
  const auto whole = [&](int most) { return static_cast<int>(rng.below(static_cast<std::uint64_t>(most) + 1)); };
  std::vector<double> equity;
  for (int t = 0; t < steps; ++t) equity.push_back(rng.bernoulli(0.6) ? rng.uniform(0, 3e8) : 0);
  BuildoutProblem problem = empty_buildout(steps, equity);
  BuildoutMoney& money = problem.money;
  double promised = 0;
  for (int t = 0; t < steps; ++t) {
    const auto i = static_cast<std::size_t>(t);
    if (rng.bernoulli(0.3)) promised += rng.uniform(0, 2e8);
    money.promised[i] = Dollars(promised);
    money.interest[i] = rng.uniform(0.01, 0.03);
    money.repaid[i] = rng.bernoulli(0.9) ? 0.1 : 0.3;
    money.upkeep[i] = rng.uniform(0, 0.01);
    money.worth[i] = 1.0 / (1 + 0.02 * t);
    problem.aim.flop_worth[i] = 1.0 / (1 + 0.01 * t);
  }
  money.debt_share = rng.uniform(0, 0.8);
  money.deposit = rng.bernoulli(0.5) ? rng.uniform(0, 0.5) : 0;
  money.reinvest = rng.bernoulli(0.5) ? 1 : rng.uniform(0, 1);
  const int chips = 1 + whole(2), sites = 1 + whole(2);
  for (int c = 0; c < chips; ++c) {
    BuildoutChip chip = plain_chip(steps, 0);
    chip.name = "chip" + std::to_string(c);
    chip.h100e = rng.uniform(0.5, 3);
    chip.usable = FlopsPerSecond(rng.uniform(2e14, 2e15));
    chip.power = Watts(rng.uniform(1000, 3000));
    const int lead = whole(2), life = 1 + whole(steps), launch = whole(2);
    for (int t = 0; t < steps; ++t) {
      const auto i = static_cast<std::size_t>(t);
      chip.arrival[i] = t + lead + whole(1);
      chip.price[i] = Dollars(rng.uniform(2e4, 6e4));
      chip.ceiling[i] = t < launch ? 0 : rng.uniform(100, 5000);
      chip.revenue[i] = Dollars(rng.bernoulli(0.7) ? rng.uniform(0, 6000) : 0);
      chip.retired[i] = t + life;
    }
    problem.chips.push_back(chip);
  }
  for (int s = 0; s < sites; ++s) {
    std::vector<BuildoutPhase> phases;
    const int count = 1 + whole(2);
    for (int p = 0; p < count; ++p) {
      phases.push_back(plain_phase(steps, rng.uniform(1e6, 1e7), rng.uniform(1e7, 1e8), whole(2)));
      if (p > 0 && rng.bernoulli(0.3)) phases.back().after = p - 1;
    }
    add_site(problem, std::move(phases), rng.bernoulli(0.5) ? rng.uniform(1e6, 2e7) : 1e12);
    BuildoutSite& site = problem.sites.back();
    if (rng.bernoulli(0.3)) site.chip = whole(chips - 1);
    for (std::vector<Dollars>& electricity : site.electricity) {
      for (Dollars& dollars : electricity) dollars = Dollars(rng.uniform(0, 500));
    }
  }
  if (rng.bernoulli(0.5)) {
    problem.rental.price = each(steps, Dollars(rng.uniform(2000, 8000)));
    problem.rental.ceiling = each(steps, rng.uniform(0, 1000));
    problem.rental.usable = FlopsPerSecond(4e14);
  }
  return problem;
}

/// Of everything that limits the plan `factor` times as much.
inline void scale_buildout(BuildoutProblem& problem, double factor) {
  for (Dollars& dollars : problem.money.equity) dollars *= factor;
  for (Dollars& dollars : problem.money.promised) dollars *= factor;
  for (double& count : problem.rental.ceiling) count *= factor;
  for (BuildoutChip& chip : problem.chips) {
    for (double& count : chip.ceiling) count *= factor;
  }
  for (BuildoutSite& site : problem.sites) {
    for (Watts& watts : site.feed) watts *= factor;
    for (BuildoutPhase& phase : site.phases) {
      phase.power *= factor;
      phase.cost *= factor;
    }
  }
}

}  // namespace orrery::test
