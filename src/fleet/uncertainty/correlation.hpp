#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "fleet/uncertainty/latin_hypercube.hpp"

namespace orrery {

/// Correlation of the normal scores of a Gaussian copula whose ranks have Spearman's `rho`: 2 sin(pi rho / 6).
double copula_correlation(double rho);

/// A square matrix of few rows.
class SquareMatrix {
 public:
  explicit SquareMatrix(int size)
      : size_(size), values_(static_cast<std::size_t>(size) * static_cast<std::size_t>(size)) {}
  int size() const { return size_; }
  double at(int row, int column) const { return values_[place(row, column)]; }
  double& at(int row, int column) { return values_[place(row, column)]; }

 private:
  std::size_t place(int row, int column) const {
    return static_cast<std::size_t>(row) * static_cast<std::size_t>(size_) + static_cast<std::size_t>(column);
  }
  int size_;
  std::vector<double> values_;
};

/// The lower triangle L with L L' = the copula's correlation matrix, or nothing where no inputs can be so correlated
/// (the matrix is not positive semi-definite). Pairs that are tied for good (rho of 1 or -1) are possible.
std::optional<SquareMatrix> copula_factor(int inputs, std::span<const RankCorrelation> correlations);

}  // namespace orrery
