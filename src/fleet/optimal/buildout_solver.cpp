#include "fleet/optimal/buildout_solver.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace orrery {
namespace {

using U = BuildoutUnits;

/// Share of the best value that a cheaper plan may give up: the solver's own tolerance, not a choice.
constexpr double kSame = 1e-7;

BuildoutModel with_targets(const BuildoutProblem& problem) {
  BuildoutModel model = buildout_model(problem);
  const BuildoutAim& aim = problem.aim;
  const auto by = static_cast<std::size_t>(aim.by);
  auto& columns = model.linear.columns();
  columns[static_cast<std::size_t>(model.h100e[by])].lower = aim.h100e / U::kChips;
  columns[static_cast<std::size_t>(model.flop[by])].lower = aim.flop.raw() / U::kFlops;
  return model;
}

bool has_integers(const LinearModel& model) {
  return std::any_of(model.columns().begin(), model.columns().end(),
                     [](const LinearModel::Column& column) { return column.integer; });
}

/// Of plans that cost the same, the one that lets no more money go than it has to.
constexpr double kRatherNot = 1e-6;

/// The model as it is asked: with this objective.
LinearModel asked(const LinearModel& model, const std::vector<double>& objective, bool maximise) {
  LinearModel copy = model;
  copy.maximise = maximise;
  for (std::size_t i = 0; i < objective.size(); ++i) copy.columns()[i].objective = objective[i];
  return copy;
}

}  // namespace

BuildoutSolver::BuildoutSolver(const BuildoutProblem& problem, const SolverLimits& limits)
    : goal_(problem.aim.goal),
      by_(problem.aim.by),
      worth_(problem.money.worth),
      model_(with_targets(problem)),
      limits_(limits),
      solver_(model_.linear, limits) {
  solver_.set_objective(goal_objective(), !minimises());
}

int BuildoutSolver::value_column() const {
  return goal_ == BuildoutGoal::MostFlop ? model_.value : model_.h100e[static_cast<std::size_t>(by_)];
}

std::vector<double> BuildoutSolver::cost_objective() const {
  std::vector<double> objective(model_.linear.columns().size(), 0.0);
  for (std::size_t t = 0; t < model_.capital.size(); ++t) {
    objective[static_cast<std::size_t>(model_.capital[t])] = worth_[t];
    objective[static_cast<std::size_t>(model_.running[t])] = worth_[t];
    objective[static_cast<std::size_t>(model_.paid_out[t])] = kRatherNot;
  }
  return objective;
}

std::vector<double> BuildoutSolver::goal_objective() const {
  if (minimises()) return cost_objective();
  std::vector<double> objective(model_.linear.columns().size(), 0.0);
  objective[static_cast<std::size_t>(value_column())] = 1;
  return objective;
}

LinearSolution BuildoutSolver::relaxed() {
  return solver_.solve();
}

LinearSolution BuildoutSolver::whole() {
  if (!has_integers(model_.linear)) return solver_.solve();
  LinearSolution solution = solve_integer(asked(model_.linear, goal_objective(), !minimises()), limits_);
  if (!solution.has_values) return solution;
  fix(solution.values);
  LinearSolution fixed = solver_.solve();
  fixed.bound = solution.bound;
  fixed.nodes = solution.nodes;
  fixed.iterations += solution.iterations;
  if (fixed.status == LinearStatus::Optimal) fixed.status = solution.status;
  return fixed;
}

void BuildoutSolver::fix(const std::vector<double>& values) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    LinearModel::Column& column = model_.linear.columns()[i];
    if (!column.integer) continue;
    column.lower = column.upper = values[i];
    solver_.set_column_bounds(static_cast<int>(i), column.lower, column.upper);
  }
}

LinearSolution BuildoutSolver::choose(double best) {
  if (minimises()) return solver_.solve();
  std::vector<int> held = {value_column()};
  std::vector<double> values = {best};
  LinearSolution solution;
  const auto hold = [&](std::size_t i) {
    const double floor = model_.linear.columns()[static_cast<std::size_t>(held[i])].lower;
    const double value = values[i] - kSame * std::max(1.0, std::abs(values[i]));
    solver_.set_column_bounds(held[i], std::max(floor, value), kUnbounded);
  };
  hold(0);
  if (goal_ == BuildoutGoal::MostH100e) {
    std::vector<double> operations(model_.linear.columns().size(), 0.0);
    operations[static_cast<std::size_t>(model_.value)] = 1;
    solver_.set_objective(operations, true);
    const LinearSolution most = solver_.solve();
    if (most.has_values) {
      held.push_back(model_.value);
      values.push_back(most.objective);
      hold(1);
    }
  }
  solver_.set_objective(cost_objective(), false);
  solution = solver_.solve();
  for (const int column : held)
    solver_.set_column_bounds(column, model_.linear.columns()[static_cast<std::size_t>(column)].lower, kUnbounded);
  solver_.set_objective(goal_objective(), true);
  return solution;
}

LinearSolution BuildoutSolver::least_of(const std::vector<int>& columns) {
  constexpr double kMost = 1e4;
  std::vector<double> objective(model_.linear.columns().size(), 0.0);
  for (const int column : columns) objective[static_cast<std::size_t>(column)] = 1;
  LinearModel model = asked(model_.linear, objective, false);
  for (const int column : columns) model.columns()[static_cast<std::size_t>(column)].upper = kMost;
  return has_integers(model) ? solve_integer(model, limits_) : solve_linear(model, limits_);
}

std::optional<double> BuildoutSolver::least(int column) {
  const LinearSolution solution = least_of({column});
  if (!solution.has_values) return std::nullopt;
  return solution.objective;
}

std::optional<std::array<double, 3>> BuildoutSolver::least_together() {
  const std::array<int, 3> columns = {model_.more_money, model_.more_supply, model_.more_power};
  const LinearSolution solution = least_of({columns.begin(), columns.end()});
  if (!solution.has_values) return std::nullopt;
  std::array<double, 3> more{};
  for (std::size_t i = 0; i < more.size(); ++i) more[i] = solution.values[static_cast<std::size_t>(columns[i])];
  return more;
}

double BuildoutSolver::value_or_nan() {
  const LinearSolution solution = solver_.solve();
  return solution.has_values ? solution.objective : std::numeric_limits<double>::quiet_NaN();
}

double BuildoutSolver::value_with(const std::vector<int>& rows, double step) {
  const auto move = [&](double by) {
    for (const int r : rows) {
      const LinearModel::Row& row = model_.linear.rows()[static_cast<std::size_t>(r)];
      solver_.set_row_bounds(r, row.lower == row.upper ? row.lower + by : row.lower, row.upper + by);
    }
  };
  move(step);
  const double value = value_or_nan();
  move(0);
  return value;
}

double BuildoutSolver::value_with_more(int column, double most) {
  solver_.set_column_bounds(column, 0, most);
  const double value = value_or_nan();
  solver_.set_column_bounds(column, 0, 0);
  return value;
}

std::vector<int> BuildoutSolver::target_columns() const {
  const auto by = static_cast<std::size_t>(by_);
  return {model_.h100e[by], model_.flop[by]};
}

double BuildoutSolver::value_with_target(double factor) {
  const auto ask = [&](double times) {
    for (const int c : target_columns()) {
      const LinearModel::Column& column = model_.linear.columns()[static_cast<std::size_t>(c)];
      solver_.set_column_bounds(c, column.lower * times, column.upper);
    }
  };
  ask(factor);
  const double value = value_or_nan();
  ask(1);
  return value;
}

double BuildoutSolver::target_dual(const LinearSolution& solution) const {
  double dual = 0;
  for (const int c : target_columns()) {
    const auto i = static_cast<std::size_t>(c);
    dual += solution.reduced[i] * model_.linear.columns()[i].lower;
  }
  return dual;
}

double BuildoutSolver::in_units(double value) const {
  const double unit = minimises() ? U::kDollars : goal_ == BuildoutGoal::MostFlop ? U::kFlops : U::kChips;
  constexpr double kNothing = 1e-9;  // The solver's rounding.
  return std::abs(value) < kNothing ? 0 : value * unit;
}

}  // namespace orrery
