#pragma once

#include <memory>
#include <vector>

#include "fleet/optimal/linear_model.hpp"

namespace orrery {

/// When a solver gives up. Iterations and nodes make the same cut on every machine; the seconds are a last resort, for
/// what comes of them depends on the machine.
struct SolverLimits {
  int iterations = 1'000'000;
  int nodes = 500;    ///< Of branch and bound.
  double gap = 1e-4;  ///< Share of the objective within which an integer solution is good enough.
  double seconds = 60;
};

/// The optimum of a linear program by the simplex method (COIN-OR Clp). Keeps the basis, so that a program that changed
/// in few numbers is solved again in few steps. Silent; the same program gives the same bits.
class LinearSolver {
 public:
  /// Integrality of columns is not regarded.
  explicit LinearSolver(const LinearModel& model, const SolverLimits& limits = {});
  ~LinearSolver();
  LinearSolver(const LinearSolver&) = delete;
  LinearSolver& operator=(const LinearSolver&) = delete;

  /// Changes to the program that `solve` answers. Numbers have to be sound, indices those of the model.
  void set_row_bounds(int row, double lower, double upper);
  void set_column_bounds(int column, double lower, double upper);
  /// One number a column.
  void set_objective(const std::vector<double>& objective, bool maximise);

  LinearSolution solve();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// `LinearSolver::solve` of a program that is solved once.
LinearSolution solve_linear(const LinearModel& model, const SolverLimits& limits = {});

/// The optimum where columns marked `integer` take whole numbers, by branch and cut (COIN-OR Cbc), within `gap` of the
/// bound. Has no duals. `start`: values of the columns that fulfil every row, from which to improve; may be empty.
LinearSolution solve_integer(const LinearModel& model, const SolverLimits& limits = {},
                             const std::vector<double>& start = {});

}  // namespace orrery
