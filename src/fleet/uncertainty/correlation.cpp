#include "fleet/uncertainty/correlation.hpp"

#include <cmath>
#include <numbers>

#include "base/check.hpp"

namespace orrery {
namespace {

/// What rounding may take from a pivot of the factor.
constexpr double kTolerance = 1e-10;

SquareMatrix copula_matrix(int inputs, std::span<const RankCorrelation> correlations) {
  SquareMatrix matrix(inputs);
  for (int i = 0; i < inputs; ++i) matrix.at(i, i) = 1;
  for (const RankCorrelation& pair : correlations)
    matrix.at(pair.a, pair.b) = matrix.at(pair.b, pair.a) = copula_correlation(pair.rho);
  return matrix;
}

std::optional<SquareMatrix> lower_factor(const SquareMatrix& matrix) {
  const int n = matrix.size();
  SquareMatrix factor(n);
  for (int row = 0; row < n; ++row) {
    double pivot = matrix.at(row, row);
    for (int column = 0; column < row; ++column) {
      double rest = matrix.at(row, column);
      for (int k = 0; k < column; ++k) rest -= factor.at(row, k) * factor.at(column, k);
      const double scale = factor.at(column, column);
      // A column that earlier ones determine has nothing of its own to share.
      if (scale == 0 && std::abs(rest) > std::sqrt(kTolerance)) return std::nullopt;
      factor.at(row, column) = scale == 0 ? 0 : rest / scale;
      pivot -= factor.at(row, column) * factor.at(row, column);
    }
    if (pivot < -kTolerance) return std::nullopt;
    factor.at(row, row) = pivot < kTolerance ? 0 : std::sqrt(pivot);
  }
  return factor;
}

}  // namespace

double copula_correlation(double rho) {
  return 2 * std::sin(std::numbers::pi * rho / 6);
}

std::optional<SquareMatrix> copula_factor(int inputs, std::span<const RankCorrelation> correlations) {
  for (const RankCorrelation& pair : correlations)
    ORRERY_CHECK(pair.a >= 0 && pair.b >= 0 && pair.a < inputs && pair.b < inputs && pair.a != pair.b,
                 "a correlation is between two of the inputs");
  return lower_factor(copula_matrix(inputs, correlations));
}

}  // namespace orrery
