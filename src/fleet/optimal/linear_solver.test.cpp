#include "fleet/optimal/linear_solver.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include <cmath>
#include <cstdio>
#include <limits>

#include "base/random.hpp"
#include "cluster/effects/linear_program.hpp"

using namespace orrery;

namespace {

/// rows x <= limits, x >= 0, objective x to be maximised, all columns whole or none.
LinearModel packing(const LinearProgram& program, bool whole = false, double upper = kUnbounded) {
  LinearModel model;
  for (const double worth : program.objective) model.add_column({"x", 0, upper, worth, whole});
  for (std::size_t i = 0; i < program.rows.size(); ++i) {
    const int row = model.add_row({"row", -kUnbounded, program.limits[i]});
    for (std::size_t j = 0; j < program.objective.size(); ++j)
      model.add_entry(row, static_cast<int>(j), program.rows[i][j]);
  }
  return model;
}

LinearProgram random_program(Rng& rng, std::size_t most) {
  LinearProgram program;
  const std::size_t n = 1 + rng.below(most), m = 1 + rng.below(most);
  for (std::size_t i = 0; i < m; ++i) {
    program.rows.emplace_back();
    for (std::size_t j = 0; j < n; ++j) program.rows.back().push_back(rng.uniform(0.1, 2));
    program.limits.push_back(rng.uniform(0.5, 5));
  }
  for (std::size_t j = 0; j < n; ++j) program.objective.push_back(rng.uniform(0.1, 3));
  return program;
}

/// The best whole point within 0 .. `most` a column, by trying all.
double best_by_trying(const LinearProgram& program, int most) {
  std::vector<int> x(program.objective.size(), 0);
  double best = -1;
  while (true) {
    bool allowed = true;
    for (std::size_t i = 0; i < program.rows.size() && allowed; ++i) {
      double used = 0;
      for (std::size_t j = 0; j < x.size(); ++j) used += program.rows[i][j] * x[j];
      allowed = used <= program.limits[i] + 1e-12;
    }
    double value = 0;
    for (std::size_t j = 0; j < x.size(); ++j) value += program.objective[j] * x[j];
    if (allowed) best = std::max(best, value);
    std::size_t j = 0;
    while (j < x.size() && x[j] == most) x[j++] = 0;
    if (j == x.size()) return best;
    ++x[j];
  }
}

}  // namespace

TEST_CASE("linear solver: hand-computed") {
  // Dantzig's example: 3x + 5y with x <= 4, 2y <= 12, 3x + 2y <= 18 is 36 at (2, 6). One unit more of the second limit
  // moves y up by 1/2 and x down by 1/3: 2.5 - 1 = 1.5; of the third: x up by 1/3: 1. The first has room.
  const LinearModel model = packing({{{1, 0}, {0, 2}, {3, 2}}, {4, 12, 18}, {3, 5}, {}});
  const LinearSolution solution = solve_linear(model);
  REQUIRE(solution.status == LinearStatus::Optimal);
  CHECK(solution.objective == doctest::Approx(36));
  CHECK(solution.values[0] == doctest::Approx(2));
  CHECK(solution.values[1] == doctest::Approx(6));
  CHECK(solution.duals[0] == doctest::Approx(0));
  CHECK(solution.duals[1] == doctest::Approx(1.5));
  CHECK(solution.duals[2] == doctest::Approx(1));
  // Entries of one place add up: 3x + 5y as 1x + 2x + 5y in a row of its own.
  LinearModel sums = model;
  const int row = sums.add_row({"sum", -kUnbounded, 30});
  sums.add_entry(row, 0, 1);
  sums.add_entry(row, 1, 5);
  sums.add_entry(row, 0, 2);
  CHECK(solve_linear(sums).objective == doctest::Approx(30));
  // Minimising, duals keep their meaning: 2x + 3y with x + y >= 4, x <= 1 costs 11, and 3 a unit more.
  LinearModel least;
  least.maximise = false;
  least.add_column({"x", 0, 1, 2});
  least.add_column({"y", 0, kUnbounded, 3});
  const int demand = least.add_row({"demand", 4, kUnbounded});
  least.add_entry(demand, 0, 1);
  least.add_entry(demand, 1, 1);
  const LinearSolution cheapest = solve_linear(least);
  CHECK(cheapest.objective == doctest::Approx(11));
  CHECK(cheapest.duals[0] == doctest::Approx(3));
  CHECK(cheapest.reduced[0] == doctest::Approx(-1));  // One unit more of x saves a y.
}

TEST_CASE("linear solver: what has no optimum is told apart") {
  LinearModel none = packing({{{1}}, {1}, {1}, {}});
  none.add_entry(none.add_row({"at least", 2, kUnbounded}), 0, 1);
  CHECK(solve_linear(none).status == LinearStatus::Infeasible);
  CHECK(solve_integer(none).status == LinearStatus::Infeasible);
  LinearModel endless;
  endless.add_column({"x", 0, kUnbounded, 1});
  endless.add_row({"row", -kUnbounded, 1});
  CHECK(solve_linear(endless).status == LinearStatus::Unbounded);
  // 3 x = 1 has no whole solution.
  LinearModel third;
  third.add_column({"x", 0, 10, 1, true});
  third.add_entry(third.add_row({"third", 1, 1}), 0, 3);
  CHECK(solve_linear(third).status == LinearStatus::Optimal);
  CHECK(solve_integer(third).status == LinearStatus::Infeasible);
  CHECK_FALSE(solve_integer(third).has_values);
  // Nothing at all is an optimum of 0.
  CHECK(solve_linear(LinearModel()).status == LinearStatus::Optimal);
  // One step is too few.
  Rng rng = Rng::stream(11, "test/linear_solver");
  LinearProgram big = random_program(rng, 1);
  big.rows.assign(30, std::vector<double>(30, 0.0));
  for (auto& row : big.rows) {
    for (double& entry : row) entry = rng.uniform(0.1, 2);
  }
  big.limits.assign(30, 7.0);
  big.objective.assign(30, 1.0);
  CHECK(solve_linear(packing(big), {.iterations = 1}).status == LinearStatus::Limit);
}

TEST_CASE("linear solver: numbers that are none are refused with a name") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const LinearModel good = packing({{{1}}, {1}, {1}, {}});
  CHECK(good.problem().empty());
  LinearModel model = good;
  model.add_entry(0, 0, nan);
  CHECK(model.problem() == "row `row` has a coefficient that is not finite");
  CHECK(solve_linear(model).status == LinearStatus::Invalid);
  CHECK(solve_integer(model).status == LinearStatus::Invalid);
  model = good;
  model.add_entry(0, 1, 1);
  CHECK(model.problem() == "an entry at row 0, column 1, which do not exist");
  model = good;
  model.columns()[0].upper = -1;
  CHECK(model.problem() == "column `x` has no value between its bounds");
  model = good;
  model.columns()[0].objective = kUnbounded;
  CHECK_FALSE(model.problem().empty());
  model = good;
  model.add_row({"nan", nan, 1});
  CHECK(solve_linear(model).status == LinearStatus::Invalid);
}

TEST_CASE("linear solver: oracle, our dense simplex on random programs") {
  Rng rng = Rng::stream(5, "test/linear_solver");
  for (int trial = 0; trial < 200; ++trial) {
    CAPTURE(trial);
    const LinearProgram program = random_program(rng, 12);
    const std::vector<double> x = maximise(program);
    double expected = 0;
    for (std::size_t j = 0; j < x.size(); ++j) expected += program.objective[j] * x[j];
    const LinearSolution solution = solve_linear(packing(program));
    REQUIRE(solution.status == LinearStatus::Optimal);
    CHECK(solution.objective == doctest::Approx(expected).epsilon(1e-9));
    // Strong duality: limits x duals is the optimum.
    double dual = 0;
    for (std::size_t i = 0; i < program.limits.size(); ++i) {
      CHECK(solution.duals[i] >= -1e-9);
      dual += program.limits[i] * solution.duals[i];
    }
    CHECK(dual == doctest::Approx(expected).epsilon(1e-9));
  }
}

TEST_CASE("linear solver: solved again after a change as if from the beginning") {
  Rng rng = Rng::stream(6, "test/linear_solver");
  for (int trial = 0; trial < 50; ++trial) {
    CAPTURE(trial);
    LinearProgram program = random_program(rng, 10);
    LinearSolver solver(packing(program));
    solver.solve();
    for (int change = 0; change < 5; ++change) {
      const std::size_t i = rng.below(program.limits.size());
      program.limits[i] = rng.uniform(0.5, 5);
      solver.set_row_bounds(static_cast<int>(i), -kUnbounded, program.limits[i]);
      CHECK(solver.solve().objective == doctest::Approx(solve_linear(packing(program)).objective).epsilon(1e-9));
    }
    for (double& worth : program.objective) worth = rng.uniform(0.1, 3);
    solver.set_objective(program.objective, true);
    CHECK(solver.solve().objective == doctest::Approx(solve_linear(packing(program)).objective).epsilon(1e-9));
  }
}

TEST_CASE("integer solver: oracle, all points of small programs") {
  Rng rng = Rng::stream(7, "test/linear_solver");
  for (int trial = 0; trial < 100; ++trial) {
    CAPTURE(trial);
    const LinearProgram program = random_program(rng, 5);
    constexpr int kMost = 4;
    const LinearModel model = packing(program, true, kMost);
    const LinearSolution solution = solve_integer(model, {.gap = 1e-9});
    REQUIRE(solution.status == LinearStatus::Optimal);
    CHECK(solution.objective == doctest::Approx(best_by_trying(program, kMost)).epsilon(1e-9));
    CHECK(solution.bound >= solution.objective - 1e-6);
    CHECK(solution.objective <= solve_linear(model).objective + 1e-6);
    for (const double x : solution.values) CHECK(x == std::round(x));
    // A solution to start from changes nothing but the way.
    const LinearSolution again = solve_integer(model, {.gap = 1e-9}, solution.values);
    CHECK(again.objective == doctest::Approx(solution.objective).epsilon(1e-9));
  }
}

TEST_CASE("linear and integer solver: silent, and the same bits again") {
  std::fflush(stdout);
  std::fflush(stderr);
  const int out = dup(1), err = dup(2);
  std::FILE* file = std::tmpfile();
  REQUIRE(file != nullptr);
  dup2(fileno(file), 1);
  dup2(fileno(file), 2);
  Rng rng = Rng::stream(8, "test/linear_solver");
  bool same = true;
  for (int trial = 0; trial < 20; ++trial) {
    const LinearModel model = packing(random_program(rng, 12), true);
    same = same && solve_linear(model).values == solve_linear(model).values;
    same = same && solve_integer(model).values == solve_integer(model).values;
  }
  LinearModel none = packing({{{1}}, {1}, {1}, {}}, true);
  none.add_entry(none.add_row({"at least", 2, kUnbounded}), 0, 1);
  solve_linear(none);
  solve_integer(none);
  solve_linear(LinearModel());
  solve_integer(LinearModel());
  std::fflush(stdout);
  std::fflush(stderr);
  dup2(out, 1);
  dup2(err, 2);
  close(out);
  close(err);
  std::fseek(file, 0, SEEK_END);
  CHECK(std::ftell(file) == 0);
  std::fclose(file);
  CHECK(same);
}
