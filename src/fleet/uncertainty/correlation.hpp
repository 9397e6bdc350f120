#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "fleet/uncertainty/latin_hypercube.hpp"

namespace orrery {

/// Correlation of the normal scores of a Gaussian copula whose ranks have Spearman's `rho`: 2 sin(pi rho / 6).
double copula_correlation(double rho);
/// The inverse: Spearman's rho of normal scores with this correlation, 6/pi asin(r / 2).
double spearman_of_copula(double r);

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

/// Why correlations are impossible, and what would make them possible.
struct CorrelationProblem {
  std::size_t pair = 0;  ///< Of the given list: the one to look at.
  std::string message;   ///< "`price` and `demand` cannot have rank correlation 0.9, given the other pairs"
  std::string hint;      ///< "at most 0.62 is possible"
};

/// The first mistake of a list of correlations, if there is one: an input with itself, beyond -1 .. 1, a pair twice, or
/// pairs that contradict each other. Then the hint names the smallest change of a single pair that is enough, or,
/// where none is, the factor by which all have to be weakened.
/// `names`  of the inputs, for the message; as many as there are inputs.
std::optional<CorrelationProblem> correlation_problem(std::span<const std::string> names,
                                                      std::span<const RankCorrelation> correlations);

}  // namespace orrery
