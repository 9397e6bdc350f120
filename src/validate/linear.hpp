#pragma once

#include <cstddef>
#include <vector>

namespace orrery {

/// Ridge regression with an intercept on standardised features, by the normal equations and Cholesky.
///
/// Features are centred and scaled to unit variance on the fitted rows (a constant feature is left out), the
/// intercept is not penalised. Features are held within the range that was fitted: no extrapolation.
class Ridge {
 public:
  /// `rows` all have the same number of features; `targets` one value a row. `penalty` is per row: the penalty term
  /// is penalty x rows x |weights|^2. Nothing is fitted on no rows: the prediction is then 0.
  Ridge(const std::vector<std::vector<double>>& rows, const std::vector<double>& targets, double penalty);
  double operator()(const std::vector<double>& features) const;
  /// Features in units of their spread over the fitted rows: what distances are taken in.
  std::vector<double> standardised(const std::vector<double>& features) const;

 private:
  std::vector<double> mean_, scale_, least_, most_, weights_;
  double intercept_ = 0;
};

/// Solves A x = b for a symmetric positive definite A (row-major, n x n) by Cholesky. A pivot that is not positive is
/// our bug (an `InternalError`).
std::vector<double> solve_cholesky(std::vector<double> a, std::vector<double> b);

}  // namespace orrery
