#pragma once

#include <limits>
#include <string>
#include <vector>

namespace orrery {

/// No bound. What is at least this large counts as none.
inline constexpr double kUnbounded = std::numeric_limits<double>::infinity();

/// A linear program by columns (variables) and rows (constraints), each with a name that messages may use:
/// optimise  sum of objective x column  subject to  lower <= sum of entries x column <= upper  for each row and
/// lower <= column <= upper for each column. Numbers are best between a thousandth and a million: choose units so.
class LinearModel {
 public:
  struct Column {
    std::string name;
    double lower = 0, upper = kUnbounded;
    double objective = 0;
    bool integer = false;  ///< Only `solve_integer` regards it.
  };
  struct Row {
    std::string name;
    double lower = -kUnbounded, upper = kUnbounded;
  };
  struct Entry {
    int row = 0, column = 0;
    double coefficient = 0;
  };

  bool maximise = true;

  /// Each returns the index of what it adds.
  int add_column(Column column);
  int add_row(Row row);
  /// Adds to what the row's coefficient of that column is; zeros are left out.
  void add_entry(int row, int column, double coefficient);

  std::vector<Column>& columns() { return columns_; }
  const std::vector<Column>& columns() const { return columns_; }
  const std::vector<Row>& rows() const { return rows_; }
  const std::vector<Entry>& entries() const { return entries_; }

  /// What no solver may be given: "row `cash 2026-Q1` has a coefficient that is not finite", a lower bound above the
  /// upper one, an index without its column. Empty where all is well.
  std::string problem() const;

 private:
  std::vector<Column> columns_;
  std::vector<Row> rows_;
  std::vector<Entry> entries_;
};

enum class LinearStatus {
  Optimal,
  Infeasible,
  Unbounded,
  Limit,   ///< Iterations, nodes or seconds ran out; an integer program may have a solution all the same.
  Invalid  ///< `problem()` says why, or the solver gave up on the numbers.
};

struct LinearSolution {
  LinearStatus status = LinearStatus::Invalid;
  bool has_values = false;  ///< `values` fulfil every row: always at an optimum, after a limit maybe.
  double objective = 0;
  std::vector<double> values;   ///< Of the columns.
  std::vector<double> duals;    ///< Of the rows: change of the objective for one unit more of the row's bound.
  std::vector<double> reduced;  ///< Of the columns: change of the objective for one unit more of the column's bound.
  double bound = 0;             ///< No solution is better: of an integer program, else the objective.
  long long iterations = 0, nodes = 0;
};

}  // namespace orrery
