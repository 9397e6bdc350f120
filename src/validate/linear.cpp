#include "validate/linear.hpp"

#include <algorithm>
#include <cmath>

#include "base/check.hpp"

namespace orrery {

std::vector<double> solve_cholesky(std::vector<double> a, std::vector<double> b) {
  const std::size_t n = b.size();
  ORRERY_CHECK(a.size() == n * n, "the matrix of a linear system is square");
  for (std::size_t j = 0; j < n; ++j) {
    for (std::size_t k = 0; k < j; ++k) a[j * n + j] -= a[j * n + k] * a[j * n + k];
    ORRERY_CHECK(a[j * n + j] > 0, "the matrix of a Cholesky factorisation is positive definite");
    a[j * n + j] = std::sqrt(a[j * n + j]);
    for (std::size_t i = j + 1; i < n; ++i) {
      for (std::size_t k = 0; k < j; ++k) a[i * n + j] -= a[i * n + k] * a[j * n + k];
      a[i * n + j] /= a[j * n + j];
    }
  }
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t k = 0; k < i; ++k) b[i] -= a[i * n + k] * b[k];
    b[i] /= a[i * n + i];
  }
  for (std::size_t i = n; i-- > 0;) {
    for (std::size_t k = i + 1; k < n; ++k) b[i] -= a[k * n + i] * b[k];
    b[i] /= a[i * n + i];
  }
  return b;
}

Ridge::Ridge(const std::vector<std::vector<double>>& rows, const std::vector<double>& targets, double penalty) {
  ORRERY_CHECK(rows.size() == targets.size(), "a regression has one target a row");
  if (rows.empty()) return;
  const double count = static_cast<double>(rows.size());
  const std::size_t n = rows.front().size();
  mean_.assign(n, 0);
  least_ = most_ = rows.front();
  scale_.assign(n, 0);
  for (const auto& row : rows) {
    for (std::size_t j = 0; j < n; ++j) {
      mean_[j] += row[j] / count;
      least_[j] = std::min(least_[j], row[j]);
      most_[j] = std::max(most_[j], row[j]);
    }
  }
  for (const auto& row : rows) {
    for (std::size_t j = 0; j < n; ++j) scale_[j] += (row[j] - mean_[j]) * (row[j] - mean_[j]) / count;
  }
  for (double& scale : scale_) scale = scale > 1e-18 ? 1 / std::sqrt(scale) : 0;  // 0: a constant feature.
  for (const double target : targets) intercept_ += target / count;
  std::vector<double> a(n * n, 0), b(n, 0);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const std::vector<double> x = standardised(rows[i]);
    for (std::size_t j = 0; j < n; ++j) {
      b[j] += x[j] * (targets[i] - intercept_);
      for (std::size_t k = 0; k < n; ++k) a[j * n + k] += x[j] * x[k];
    }
  }
  // The small constant keeps left-out features regular when no penalty is asked for.
  for (std::size_t j = 0; j < n; ++j) a[j * n + j] += penalty * count + 1e-9;
  weights_ = solve_cholesky(std::move(a), std::move(b));
}

std::vector<double> Ridge::standardised(const std::vector<double>& features) const {
  std::vector<double> x(features.size(), 0);
  for (std::size_t j = 0; j < mean_.size(); ++j) {
    x[j] = (std::clamp(features[j], least_[j], most_[j]) - mean_[j]) * scale_[j];
  }
  return x;
}

double Ridge::operator()(const std::vector<double>& features) const {
  const std::vector<double> x = standardised(features);
  double value = intercept_;
  for (std::size_t j = 0; j < weights_.size(); ++j) value += weights_[j] * x[j];
  return value;
}

}  // namespace orrery
