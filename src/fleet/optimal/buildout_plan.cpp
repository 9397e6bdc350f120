#include "fleet/optimal/buildout_plan.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/check.hpp"
#include "fleet/optimal/buildout_solver.hpp"

namespace orrery {
namespace {

using U = BuildoutUnits;
using List = BuildoutPlan::List;
using Kind = BuildoutRemedy::Kind;

/// What the solver calls nothing: a thousandth of a chip, a dollar.
constexpr double kNothing = 1e-6;

class Reading {
 public:
  Reading(const BuildoutProblem& problem, const BuildoutModel& model, const LinearSolution& solution)
      : problem_(problem), model_(model), solution_(solution) {}

  void fill(BuildoutPlan& plan) const {
    const double dollars = U::kDollars;
    plan.capital = list(model_.capital, dollars);
    plan.running = list(model_.running, dollars);
    plan.revenue = list(model_.revenue, dollars);
    plan.drawn = list(model_.drawn, dollars);
    plan.cash = list(model_.cash, dollars);
    plan.paid_out = list(model_.paid_out, dollars);
    plan.rented = list(model_.rented, U::kChips);
    plan.h100e = list(model_.h100e, U::kChips);
    plan.flop = list(model_.flop, U::kFlops);
    for (std::size_t t = plan.flop.size(); t-- > 1;) plan.flop[t] = std::max(0.0, plan.flop[t] - plan.flop[t - 1]);
    fill_chips(plan);
    fill_sites(plan);
    fill_debt(plan);
    for (std::size_t t = 0; t < plan.capital.size(); ++t)
      plan.cost += Dollars((plan.capital[t] + plan.running[t]) * problem_.money.worth[t]);
  }

 private:
  double value(int column) const {
    const double raw = column < 0 ? 0 : solution_.values[static_cast<std::size_t>(column)];
    return std::abs(raw) < kNothing ? 0 : raw;
  }
  List list(const std::vector<int>& columns, double unit) const {
    List values;
    for (const int column : columns) values.push_back(value(column) * unit);
    return values;
  }
  List zeros() const { return List(model_.capital.size(), 0.0); }

  void fill_chips(BuildoutPlan& plan) const {
    for (std::size_t c = 0; c < problem_.chips.size(); ++c) {
      List delivered = zeros(), on = zeros();
      for (const BuildoutModel::Order& order : model_.orders[c]) {
        const double count = value(order.column) * U::kChips;
        if (count <= 0) continue;
        plan.orders.push_back({static_cast<int>(c), order.ordered, order.delivered, count});
        delivered[static_cast<std::size_t>(order.delivered)] += count;
      }
      BuildoutPlan::Table placed;
      for (std::size_t s = 0; s < problem_.sites.size(); ++s) {
        placed.push_back(list(model_.place[c][s], U::kChips));
        for (std::size_t t = 0; t < on.size(); ++t) on[t] += value(model_.on[c][s][t]) * U::kChips;
      }
      plan.delivered.push_back(std::move(delivered));
      plan.on.push_back(std::move(on));
      plan.placed.push_back(std::move(placed));
    }
  }

  void fill_sites(BuildoutPlan& plan) const {
    for (std::size_t s = 0; s < problem_.sites.size(); ++s) {
      List halls = zeros(), used = zeros();
      for (std::size_t p = 0; p < problem_.sites[s].phases.size(); ++p) {
        for (const BuildoutModel::Start& start : model_.starts[s][p]) {
          const double share = value(start.column);
          if (share <= 0) continue;
          plan.starts.push_back(
              {static_cast<int>(s), static_cast<int>(p), start.begin, start.stands, share, start.index});
          for (auto t = static_cast<std::size_t>(start.stands); t < halls.size(); ++t)
            halls[t] += share * problem_.sites[s].phases[p].power.raw();
        }
      }
      for (std::size_t c = 0; c < problem_.chips.size(); ++c) {
        for (std::size_t t = 0; t < used.size(); ++t)
          used[t] += value(model_.on[c][s][t]) * U::kChips * problem_.chips[c].power.raw();
      }
      plan.halls.push_back(std::move(halls));
      plan.used.push_back(std::move(used));
    }
  }

  void fill_debt(BuildoutPlan& plan) const {
    plan.owed = zeros();
    for (std::size_t u = 0; u < plan.drawn.size(); ++u) {
      double left = 1;
      for (std::size_t t = u; t < plan.drawn.size(); ++t) {
        if (t > u) left = std::max(0.0, left - problem_.money.repaid[t]);
        plan.owed[t] += left * plan.drawn[u];
      }
    }
  }

  const BuildoutProblem& problem_;
  const BuildoutModel& model_;
  const LinearSolution& solution_;
};

std::string words_of(LinearStatus status) {
  switch (status) {
    case LinearStatus::Limit:
      return "the solver ran out of steps before it found a plan";
    case LinearStatus::Unbounded:
      return "the program has no bound";
    case LinearStatus::Invalid:
      return "the solver cannot take these numbers";
    case LinearStatus::Optimal:
    case LinearStatus::Infeasible:
      break;
  }
  return "";
}

/// A problem that ends with step `by`, and asks for the least cost.
BuildoutProblem until(const BuildoutProblem& problem, int by) {
  BuildoutProblem shorter = problem;
  shorter.aim.by = by;
  if (shorter.aim.goal == BuildoutGoal::Earliest) shorter.aim.goal = BuildoutGoal::LeastCost;
  return shorter;
}

Expected<BuildoutPlan, LinearStatus> plan_by(const BuildoutProblem& problem, const SolverLimits& limits) {
  BuildoutSolver solver(problem, limits);
  const LinearSolution relaxed = solver.relaxed();
  if (relaxed.status != LinearStatus::Optimal) return Unexpected<LinearStatus>(relaxed.status);
  const LinearSolution best = solver.whole();
  if (!best.has_values) return Unexpected<LinearStatus>(best.status);
  const LinearSolution chosen = solver.choose(best.objective);
  BuildoutPlan plan;
  Reading(problem, solver.model(), chosen.has_values ? chosen : best).fill(plan);
  plan.by = problem.aim.by;
  plan.value = solver.in_units(best.objective);
  plan.bound = solver.in_units(best.bound);
  plan.relaxed = solver.in_units(relaxed.objective);
  plan.settled = best.status == LinearStatus::Optimal;
  const LinearModel& linear = solver.model().linear;
  plan.rows = static_cast<int>(linear.rows().size());
  plan.columns = static_cast<int>(linear.columns().size());
  plan.entries = static_cast<int>(linear.entries().size());
  plan.integers = static_cast<int>(std::count_if(linear.columns().begin(), linear.columns().end(),
                                                 [](const LinearModel::Column& column) { return column.integer; }));
  if (plan.integers > 0) plan.wholes = best.values;
  plan.iterations = relaxed.iterations + best.iterations + chosen.iterations;
  plan.nodes = best.nodes;
  return plan;
}

/// The most of what is aimed at that can be had by then, with no target.
double most_by(const BuildoutProblem& problem, bool flop, const SolverLimits& limits) {
  BuildoutProblem free = problem;
  free.aim.goal = flop ? BuildoutGoal::MostFlop : BuildoutGoal::MostH100e;
  free.aim.h100e = 0;
  free.aim.flop = Flops(0);
  free.aim.flop_worth.assign(free.steps.size(), 1.0);
  const auto plan = plan_by(free, limits);
  return plan ? plan->value : 0;
}

BuildoutInfeasible reasons(const BuildoutProblem& problem, const SolverLimits& limits) {
  BuildoutInfeasible why;
  why.by = problem.aim.by;
  const double most_h100e = problem.aim.h100e > 0 ? most_by(problem, false, limits) : 0;
  why.is_flop = problem.aim.h100e <= 0 || most_h100e >= problem.aim.h100e;
  why.target = why.is_flop ? problem.aim.flop.raw() : problem.aim.h100e;
  why.most = why.is_flop ? most_by(problem, true, limits) : most_h100e;
  BuildoutSolver solver(problem, limits);
  why.remedies.push_back({Kind::Money, solver.least(solver.model().more_money)});
  why.remedies.push_back({Kind::Supply, solver.least(solver.model().more_supply)});
  why.remedies.push_back({Kind::Power, solver.least(solver.model().more_power)});
  why.together = solver.least_together();
  BuildoutRemedy time{Kind::Time, std::nullopt};
  for (int by = problem.aim.by + 1; by < problem.count() && !time.more; ++by) {
    BuildoutSolver later(until(problem, by), limits);
    if (later.relaxed().has_values && later.whole().has_values) time.more = by - problem.aim.by;
  }
  why.remedies.push_back(time);
  return why;
}

/// The problem with `times` as much of one thing: money, supply or power.
BuildoutProblem scaled(BuildoutProblem problem, Kind kind, double times) {
  const auto grow = [&](auto& list) {
    for (auto& value : list) value *= times;
  };
  if (kind == Kind::Money) {
    grow(problem.money.equity);
    grow(problem.money.promised);
  }
  if (kind == Kind::Supply) {
    for (BuildoutChip& chip : problem.chips) grow(chip.ceiling);
  }
  if (kind == Kind::Power) {
    for (BuildoutSite& site : problem.sites) {
      grow(site.feed);
      for (BuildoutPhase& phase : site.phases) {
        phase.power *= times;
        phase.cost *= times;
      }
    }
  }
  return problem;
}

/// How much more of one thing a plan needs to have one H100-equivalent, where it has next to nothing of it: beyond what
/// the program's own scale resolves, found by halving.
std::optional<double> more_for_one(const BuildoutProblem& problem, Kind kind, const SolverLimits& limits) {
  const auto suffices = [&](double digits) {
    BuildoutProblem grown = scaled(problem, kind, std::pow(10, digits));
    grown.aim.goal = BuildoutGoal::MostH100e;
    grown.aim.h100e = 0;
    BuildoutSolver solver(grown, limits);
    const LinearSolution relaxed = solver.relaxed();
    return relaxed.has_values && solver.in_units(relaxed.objective) >= 1;
  };
  double low = 0, high = kind == Kind::Money ? 12 : 6;  // Digits of the factor.
  if (!suffices(high)) return std::nullopt;
  constexpr double kFine = 1e-4;
  while (high - low > kFine) {
    const double middle = (low + high) / 2;
    (suffices(middle) ? high : low) = middle;
  }
  return std::pow(10, high) - 1;
}

}  // namespace

Expected<BuildoutPlan, BuildoutInfeasible> optimal_buildout(const BuildoutProblem& problem,
                                                            const SolverLimits& limits) {
  ORRERY_CHECK(buildout_problems(problem).empty(), "a buildout problem is sound before it is solved");
  const bool earliest = problem.aim.goal == BuildoutGoal::Earliest;
  LinearStatus status = LinearStatus::Infeasible;
  for (int by = earliest ? 0 : problem.aim.by; by <= problem.aim.by; ++by) {
    auto plan = plan_by(until(problem, by), limits);
    if (plan) return std::move(*plan);
    status = plan.error();
    if (status != LinearStatus::Infeasible) break;
  }
  if (status != LinearStatus::Infeasible) {
    BuildoutInfeasible why;
    why.broken = words_of(status);
    return Unexpected<BuildoutInfeasible>(std::move(why));
  }
  return Unexpected<BuildoutInfeasible>(reasons(until(problem, problem.aim.by), limits));
}

bool is_empty(const BuildoutPlan& plan) {
  const auto some = [](double count) { return count >= 1 - kNothing; };
  return std::none_of(plan.h100e.begin(), plan.h100e.end(), some) &&
         std::none_of(plan.rented.begin(), plan.rented.end(), some);
}

BuildoutInfeasible why_empty(const BuildoutProblem& problem, const BuildoutPlan& plan, const SolverLimits& limits) {
  BuildoutInfeasible why;
  why.by = plan.by;
  why.is_empty = true;
  why.target = 1;
  why.most = plan.h100e.back();
  for (const Kind kind : {Kind::Money, Kind::Supply, Kind::Power})
    why.remedies.push_back({kind, more_for_one(until(problem, plan.by), kind, limits)});
  return why;
}

}  // namespace orrery
