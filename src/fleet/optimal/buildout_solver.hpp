#pragma once

#include <array>
#include <optional>
#include <vector>

#include "fleet/optimal/buildout_model.hpp"
#include "fleet/optimal/linear_solver.hpp"

namespace orrery {

/// A build-out plan's program with a solver that keeps its basis, for the questions that are asked of it one after
/// another: the best value, the plan to choose of that value, what a little more of something is worth.
class BuildoutSolver {
 public:
  /// Targets of the aim are bounds from the start; `Earliest` is asked as `LeastCost`.
  BuildoutSolver(const BuildoutProblem& problem, const SolverLimits& limits);

  const BuildoutModel& model() const { return model_; }

  /// The best value, with phases and blocks split at will.
  LinearSolution relaxed();
  /// The best value with phases and blocks whole, where the aim says so; from then on they are fixed as they are there.
  LinearSolution whole();
  /// From now on whole numbers are those of `values`, one a column.
  void fix(const std::vector<double>& values);
  /// Of all plans of value `best` the one of least present cost; where H100-equivalents at the end count, of those that
  /// compute most until then. Afterwards the goal is asked again as before.
  LinearSolution choose(double best);
  /// The least of one column, such as `more_money`, that lets the targets be reached; nothing where no amount does.
  std::optional<double> least(int column);
  /// The least sum of all three, and each of them: money, supply, power.
  std::optional<std::array<double, 3>> least_together();

  /// The value of the goal where it may use a little more; bounds are as before afterwards. `rows`: whose upper bound
  /// (and lower one, where they are equal) grows by `step`.
  double value_with(const std::vector<int>& rows, double step);
  /// The same for the elastic columns: `column` may be at most `most`.
  double value_with_more(int column, double most);

  /// The same for targets that are `factor` times as high; NaN where they cannot be reached.
  double value_with_target(double factor);
  /// Change of the objective for targets that are once more as high, by a solution's duals.
  double target_dual(const LinearSolution& solution) const;

  /// A value in the problem's units: H100-equivalents, operations, dollars.
  double in_units(double value) const;

 private:
  bool minimises() const { return goal_ == BuildoutGoal::LeastCost || goal_ == BuildoutGoal::Earliest; }
  int value_column() const;
  std::vector<int> target_columns() const;
  std::vector<double> goal_objective() const;
  std::vector<double> cost_objective() const;
  double value_or_nan();
  LinearSolution least_of(const std::vector<int>& columns);

  BuildoutGoal goal_;
  int by_;
  std::vector<double> worth_;
  BuildoutModel model_;
  SolverLimits limits_;
  LinearSolver solver_;
};

}  // namespace orrery
