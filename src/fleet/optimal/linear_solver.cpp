#include "fleet/optimal/linear_solver.hpp"

#include <ClpSimplex.hpp>
#include <CoinError.hpp>
#include <algorithm>

#include "fleet/optimal/coin_form.hpp"

namespace orrery {

struct LinearSolver::State {
  ClpSimplex clp;
  bool sound = false;
  bool solved = false;  ///< There is a basis to start from.
  double sign = 1;      ///< Clp minimises `sign` x objective.
  double seconds = 0;
};

LinearSolver::LinearSolver(const LinearModel& model, const SolverLimits& limits) : state_(std::make_unique<State>()) {
  state_->sound = model.problem().empty();
  if (!state_->sound) return;
  const CoinForm form = coin_form(model);
  ClpSimplex& clp = state_->clp;
  clp.setLogLevel(0);
  clp.loadProblem(form.columns, form.rows, form.starts.data(), form.row_of.data(), form.coefficients.data(),
                  form.column_lower.data(), form.column_upper.data(), form.objective.data(), form.row_lower.data(),
                  form.row_upper.data());
  clp.setMaximumIterations(limits.iterations);
  state_->sign = form.sign;
  state_->seconds = limits.seconds;
}

LinearSolver::~LinearSolver() = default;

void LinearSolver::set_row_bounds(int row, double lower, double upper) {
  state_->clp.setRowBounds(row, coin_bound(lower), coin_bound(upper));
}

void LinearSolver::set_column_bounds(int column, double lower, double upper) {
  state_->clp.setColumnBounds(column, coin_bound(lower), coin_bound(upper));
}

void LinearSolver::set_objective(const std::vector<double>& objective, bool maximise) {
  state_->sign = maximise ? -1 : 1;
  for (int column = 0; column < state_->clp.numberColumns(); ++column)
    state_->clp.setObjectiveCoefficient(column, state_->sign * objective.at(static_cast<std::size_t>(column)));
}

LinearSolution LinearSolver::solve() {
  LinearSolution solution;
  if (!state_->sound) return solution;
  ClpSimplex& clp = state_->clp;
  clp.setMaximumSeconds(state_->seconds);
  try {
    // A first solution by presolve and crash; from a basis at hand a few dual steps do.
    if (state_->solved) {
      clp.dual();
    } else {
      clp.initialSolve();
    }
  } catch (const CoinError&) {
    return solution;
  }
  state_->solved = true;
  solution.iterations = clp.numberIterations();
  switch (clp.status()) {
    case 0:
      solution.status = LinearStatus::Optimal;
      break;
    case 1:
      solution.status = LinearStatus::Infeasible;
      return solution;
    case 2:
      solution.status = LinearStatus::Unbounded;
      return solution;
    case 3:
      solution.status = LinearStatus::Limit;
      return solution;
    default:
      return solution;
  }
  const auto copy = [](const double* from, int count, double factor) {
    std::vector<double> to(from, from + count);
    for (double& value : to) value *= factor;
    return to;
  };
  solution.has_values = true;
  solution.objective = state_->sign * clp.objectiveValue();
  solution.bound = solution.objective;
  solution.values = copy(clp.primalColumnSolution(), clp.numberColumns(), 1);
  solution.duals = copy(clp.dualRowSolution(), clp.numberRows(), state_->sign);
  solution.reduced = copy(clp.dualColumnSolution(), clp.numberColumns(), state_->sign);
  return solution;
}

LinearSolution solve_linear(const LinearModel& model, const SolverLimits& limits) {
  return LinearSolver(model, limits).solve();
}

}  // namespace orrery
