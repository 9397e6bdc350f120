#include "cluster/effects/linear_program.hpp"

#include <cstddef>
#include <utility>

#include "base/check.hpp"

namespace orrery {
namespace {

constexpr double kZero = 1e-9;

/// A row for each variable of the basis, a column for each other one and the limits; below the rows each objective,
/// negated. Variables are numbered, slacks of the rows behind those of the program.
class Tableau {
 public:
  explicit Tableau(const LinearProgram& program)
      : variables_(program.objective.size()), rows_(program.rows.size()), columns_(variables_ + 1) {
    for (std::size_t row = 0; row < rows_; ++row) {
      ORRERY_CHECK(program.rows[row].size() == variables_ && program.limits[row] >= 0, "a row has every variable");
      cells_.push_back(program.rows[row]);
      cells_.back().push_back(program.limits[row]);
      basis_.push_back(variables_ + row);
    }
    for (const std::vector<double>* objective : {&program.objective, &program.then}) {
      cells_.emplace_back(columns_, 0.0);
      for (std::size_t i = 0; i < objective->size(); ++i) cells_.back()[i] = -(*objective)[i];
    }
    for (std::size_t i = 0; i < variables_; ++i) others_.push_back(i);
  }

  /// Raises the objective with this number while those before it keep their value. False where it has no bound.
  bool raise(std::size_t number) {
    constexpr int kPatience = 50;
    int idle = 0;
    while (true) {
      const std::size_t column = entering(number, idle > kPatience);
      if (column == columns_) return true;
      const std::size_t row = leaving(column);
      if (row == rows_) return false;
      const double before = cells_[rows_ + number].back();
      pivot(row, column);
      idle = cells_[rows_ + number].back() > before + kZero ? 0 : idle + 1;
    }
  }

  std::vector<double> solution() const {
    std::vector<double> x(variables_, 0);
    for (std::size_t row = 0; row < rows_; ++row) {
      if (basis_[row] < variables_) x[basis_[row]] = cells_[row].back();
    }
    return x;
  }

 private:
  std::size_t entering(std::size_t number, bool first) const {
    const std::vector<double>& costs = cells_[rows_ + number];
    std::size_t best = columns_;
    for (std::size_t column = 0; column + 1 < columns_; ++column) {
      // What costs an earlier objective something may not enter.
      bool free = true;
      for (std::size_t earlier = 0; earlier < number; ++earlier)
        free = free && cells_[rows_ + earlier][column] <= kZero;
      if (!free || costs[column] >= -kZero) continue;
      const bool better =
          first ? best == columns_ || others_[column] < others_[best] : best == columns_ || costs[column] < costs[best];
      if (better) best = column;
    }
    return best;
  }

  std::size_t leaving(std::size_t column) const {
    std::size_t best = rows_;
    double least = 0;
    for (std::size_t row = 0; row < rows_; ++row) {
      if (cells_[row][column] <= kZero) continue;
      const double ratio = cells_[row].back() / cells_[row][column];
      if (best == rows_ || ratio < least || (ratio == least && basis_[row] < basis_[best])) {
        best = row;
        least = ratio;
      }
    }
    return best;
  }

  /// Exchanges the variable of a row with that of a column.
  void pivot(std::size_t row, std::size_t column) {
    std::vector<double>& pivot_row = cells_[row];
    const double pivot = pivot_row[column];
    for (double& cell : pivot_row) cell /= pivot;
    pivot_row[column] = 1 / pivot;
    for (std::size_t other = 0; other < cells_.size(); ++other) {
      const double factor = cells_[other][column];
      if (other == row || factor == 0) continue;
      double* cells = cells_[other].data();
      for (std::size_t i = 0; i < columns_; ++i) cells[i] -= factor * pivot_row[i];
      cells[column] = -factor / pivot;
    }
    std::swap(basis_[row], others_[column]);
  }

  std::size_t variables_, rows_, columns_;
  std::vector<std::vector<double>> cells_;
  std::vector<std::size_t> basis_, others_;  ///< Variables of the rows, of the columns.
};

}  // namespace

std::vector<double> maximise(const LinearProgram& program) {
  Tableau tableau(program);
  if (!tableau.raise(0)) return {};
  if (!program.then.empty() && !tableau.raise(1)) return {};
  return tableau.solution();
}

}  // namespace orrery
