#include "fleet/optimal/buildout_problem.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace orrery {
namespace {

/// Beyond this numbers are no plan, and would spoil the others.
constexpr double kMost = 1e18;
constexpr int kMostSteps = 400;

class Check {
 public:
  explicit Check(std::size_t steps) : steps_(steps) {}

  void require(bool holds, std::string message) {
    if (!holds) problems_.push_back(std::move(message));
  }
  void number(double value, const std::string& what, double least = 0, double most = kMost) {
    require(std::isfinite(value) && value >= least && value <= most,
            fmt::format("{} is {:g}, outside {:g} .. {:g}", what, value, least, most));
  }
  template <class Q>
  void list(const std::vector<Q>& values, const std::string& what, bool may_be_infinite = false) {
    require(values.size() == steps_, fmt::format("{} has {} entries for {} steps", what, values.size(), steps_));
    for (const Q& value : values) {
      const double raw = raw_of(value);
      if (may_be_infinite && raw == std::numeric_limits<double>::infinity()) continue;
      if (std::isfinite(raw) && raw >= 0 && raw <= kMost) continue;
      number(raw, what);
      return;
    }
  }
  /// Each entry is a step that lies at least `least` behind its own.
  void later(const std::vector<int>& values, int least, const std::string& what) {
    require(values.size() == steps_, fmt::format("{} has {} entries for {} steps", what, values.size(), steps_));
    for (std::size_t t = 0; t < values.size(); ++t) {
      if (values[t] >= static_cast<int>(t) + least) continue;
      require(false, fmt::format("{} comes before its time", what));
      return;
    }
  }
  std::vector<std::string> found() { return std::move(problems_); }

 private:
  static double raw_of(double value) { return value; }
  template <class Q>
  static double raw_of(Q value) {
    return value.raw();
  }

  std::size_t steps_;
  std::vector<std::string> problems_;
};

void check_chip(const BuildoutChip& chip, Check& check) {
  check.number(chip.h100e, fmt::format("H100-equivalents of {}", chip.name));
  check.number(chip.usable.raw(), fmt::format("usable operations of {}", chip.name), 0, 1e21);
  check.number(chip.power.raw(), fmt::format("power of {}", chip.name), 1e-3, 1e9);
  check.number(chip.block, fmt::format("block of {}", chip.name), 1);
  check.list(chip.price, fmt::format("price of {}", chip.name));
  check.list(chip.ceiling, fmt::format("ceiling of {}", chip.name));
  check.list(chip.revenue, fmt::format("revenue of {}", chip.name));
  check.later(chip.arrival, 0, fmt::format("delivery of {}", chip.name));
  check.later(chip.retired, 1, fmt::format("end of life of {}", chip.name));
}

void check_phase(const BuildoutSite& site, std::size_t index, int steps, Check& check) {
  const BuildoutPhase& phase = site.phases[index];
  const std::string name = fmt::format("{} {}", site.name, phase.name);
  check.require(phase.after >= -1 && phase.after < static_cast<int>(index),
                fmt::format("{} comes after a phase that is not before it", name));
  const bool follows = phase.after >= 0 && phase.after < static_cast<int>(index);
  const std::vector<BuildoutStart> none;
  const std::vector<BuildoutStart>& before = follows ? site.phases[static_cast<std::size_t>(phase.after)].starts : none;
  check.number(phase.power.raw(), fmt::format("power of {}", name));
  check.number(phase.cost.raw(), fmt::format("cost of {}", name));
  for (const BuildoutStart& start : phase.starts) {
    check.require(start.step >= 0 && start.step < steps && start.stands >= start.step,
                  fmt::format("{} would stand before it is begun", name));
    const auto on = static_cast<std::size_t>(start.follows);
    check.require(start.follows == -1 || (on < before.size() && before[on].stands + 1 == start.step),
                  fmt::format("{} follows on what does not stand in the step before", name));
    for (const double share : start.shares) check.number(share, fmt::format("payment of {}", name), 0, 1);
  }
}

void check_site(const BuildoutSite& site, std::size_t chips, int steps, Check& check) {
  check.require(site.chip >= -1 && site.chip < static_cast<int>(chips),
                fmt::format("the chip of {} is not on the menu", site.name));
  check.list(site.feed, fmt::format("power of {}", site.name), true);
  check.require(site.electricity.size() == chips, fmt::format("electricity of {} is incomplete", site.name));
  for (const std::vector<Dollars>& electricity : site.electricity)
    check.list(electricity, fmt::format("electricity of {}", site.name));
  for (std::size_t p = 0; p < site.phases.size(); ++p) check_phase(site, p, steps, check);
}

void check_money(const BuildoutMoney& money, Check& check) {
  check.list(money.equity, "equity");
  check.list(money.promised, "promised debt");
  check.require(std::is_sorted(money.promised.begin(), money.promised.end()), "promised debt falls");
  check.list(money.interest, "interest");
  check.list(money.repaid, "repayment");
  check.list(money.upkeep, "upkeep");
  check.list(money.worth, "worth of a dollar");
  check.number(money.debt_share, "share of debt", 0, 1);
  check.number(money.reinvest, "share that is reinvested", 0, 1);
  check.number(money.deposit, "deposit", 0, 1);
}

void check_aim(const BuildoutAim& aim, int steps, Check& check) {
  check.require(aim.by >= 0 && aim.by < steps, "the step that counts lies outside the plan");
  check.number(aim.h100e, "target in H100-equivalents");
  check.number(aim.flop.raw(), "target in operations", 0, 1e40);
  check.list(aim.flop_worth, "worth of an operation");
  const bool needs_target = aim.goal == BuildoutGoal::LeastCost || aim.goal == BuildoutGoal::Earliest;
  check.require(!needs_target || aim.h100e > 0 || aim.flop > Flops(0), "the goal needs a target, and there is none");
}

}  // namespace

std::vector<std::string> buildout_problems(const BuildoutProblem& problem) {
  Check check(problem.steps.size());
  check.require(problem.count() >= 1 && problem.count() <= kMostSteps,
                fmt::format("a plan has 1 to {} steps", kMostSteps));
  check.list(problem.lengths, "length of steps");
  for (const BuildoutChip& chip : problem.chips) check_chip(chip, check);
  for (const BuildoutSite& site : problem.sites) check_site(site, problem.chips.size(), problem.count(), check);
  check_money(problem.money, check);
  const BuildoutRental& rental = problem.rental;
  if (!rental.price.empty() || !rental.ceiling.empty()) {
    check.list(rental.price, "price of renting");
    check.list(rental.ceiling, "ceiling of renting");
    check.number(rental.usable.raw(), "usable operations that are rented", 0, 1e21);
  }
  check_aim(problem.aim, problem.count(), check);
  return check.found();
}

}  // namespace orrery
