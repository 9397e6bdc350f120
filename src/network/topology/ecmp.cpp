#include "network/topology/ecmp.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

#include "base/check.hpp"

namespace orrery {
namespace {

void require(const HashedFlows& h) {
  ORRERY_CHECK(h.flows > 0 && h.paths > 0 && h.demand > 0, "one flow at least, one path, and some demand");
}

/// Poisson probabilities 0..top, divided by their sum; `log_sum` takes the logarithm of the sum.
std::vector<double> truncated_poisson(double mean, std::uint64_t top, double& log_sum) {
  std::vector<double> p(top + 1);
  const double most = std::min(static_cast<double>(top), std::floor(mean));
  const double peak = most * std::log(mean) - mean - std::lgamma(most + 1);
  double sum = 0;
  for (std::uint64_t i = 0; i <= top; ++i) {
    const auto x = static_cast<double>(i);
    p[i] = std::exp(x * std::log(mean) - mean - std::lgamma(x + 1) - peak);
    sum += p[i];
  }
  for (double& each : p) each /= sum;
  log_sum = std::min(0.0, std::log(sum) + peak);
  return p;
}

std::vector<double> convolve(const std::vector<double>& a, const std::vector<double>& b, std::size_t top) {
  std::vector<double> c(std::min(top, a.size() + b.size() - 2) + 1, 0.0);
  for (std::size_t i = 0; i < a.size(); ++i)
    for (std::size_t j = 0; j < b.size() && i + j < c.size(); ++j) c[i + j] += a[i] * b[j];
  return c;
}

/// P(k draws of `p` sum to n), by squaring.
double sum_probability(std::vector<double> p, std::uint64_t k, std::uint64_t n) {
  std::vector<double> sum = {1.0};
  for (; k > 0; k /= 2) {
    if (k % 2 == 1) sum = convolve(sum, p, n);
    if (k > 1) p = convolve(p, p, n);
  }
  return n < sum.size() ? sum[n] : 0.0;
}

/// The same for large k by the Edgeworth series of the density.
double sum_density(const std::vector<double>& p, double k, double n) {
  double mean = 0, m2 = 0, m3 = 0, m4 = 0;
  for (std::size_t i = 0; i < p.size(); ++i) mean += static_cast<double>(i) * p[i];
  for (std::size_t i = 0; i < p.size(); ++i) {
    const double d = static_cast<double>(i) - mean;
    m2 += d * d * p[i];
    m3 += d * d * d * p[i];
    m4 += d * d * d * d * p[i];
  }
  if (!(m2 > 0)) return k * mean == n ? 1 : 0;
  const double z = (n - k * mean) / std::sqrt(k * m2), z2 = z * z;
  const double skew = m3 / std::pow(m2, 1.5) / std::sqrt(k), excess = (m4 / (m2 * m2) - 3) / k;
  const double h3 = z * (z2 - 3), h4 = z2 * z2 - 6 * z2 + 3, h6 = z2 * z2 * z2 - 15 * z2 * z2 + 45 * z2 - 15;
  const double normal = std::exp(-z2 / 2) / std::sqrt(2 * std::numbers::pi * k * m2);
  return std::max(0.0, normal * (1 + skew / 6 * h3 + excess / 24 * h4 + skew * skew / 72 * h6));
}

/// Above this mean load its distribution is normal to a percent of a deviation.
constexpr double kManyFlows = 1000;
bool is_many(const HashedFlows& h) {
  return static_cast<double>(h.flows) > kManyFlows * static_cast<double>(h.paths);
}
/// Paths are then as good as independent: P(max <= m) is the normal distribution to the power of their number.
double many_max_probability(const HashedFlows& h, double load) {
  const double p = 1.0 / static_cast<double>(h.paths), mean = static_cast<double>(h.flows) * p;
  if (h.paths == 1) return load >= mean ? 1 : 0;
  const double z = (load + 0.5 - mean) / std::sqrt(mean * (1 - p));
  return std::exp(static_cast<double>(h.paths) * std::log1p(-0.5 * std::erfc(z / std::numbers::sqrt2)));
}

/// Calls back with each load that a flow can see and its probability, from 1 up, until what is left is negligible.
template <class Visit>
void for_each_load(const HashedFlows& h, Visit visit) {
  const auto others = static_cast<double>(h.flows - 1), p = 1.0 / static_cast<double>(h.paths);
  // Ten deviations below the mean nothing counts.
  const double mean = others * p, first = std::floor(mean - 10 * std::sqrt(mean * (1 - p)) - 40);
  double left = 1;
  const double last = std::min(others, std::ceil(mean + 12 * std::sqrt(mean * (1 - p)) + 60));
  for (double i = std::max(0.0, first); i <= last && left > 1e-13; ++i) {
    const double probability =
        h.paths == 1 ? (i == others ? 1.0 : 0.0)
                     : std::exp(std::lgamma(others + 1) - std::lgamma(i + 1) - std::lgamma(others - i + 1) +
                                i * std::log(p) + (others - i) * std::log1p(-p));
    left -= probability;
    if (!visit(i + 1, probability)) return;
  }
}

}  // namespace

double max_load_probability(const HashedFlows& h, std::uint64_t load) {
  require(h);
  if (is_many(h)) return many_max_probability(h, static_cast<double>(load));
  const auto n = static_cast<double>(h.flows), k = static_cast<double>(h.paths);
  if (load >= h.flows) return 1;
  if (static_cast<double>(load) * k < n) return 0;
  double log_sum = 0;
  const std::vector<double> p = truncated_poisson(n / k, load, log_sum);
  const bool small = n * n * std::max(1.0, std::log2(k)) < 4e5;
  const double sum = small ? sum_probability(p, h.paths, h.flows) : sum_density(p, k, n);
  if (!(sum > 0)) return 0;
  // The Poisson probability of n at mean n divides; n! e^n / n^n.
  const double log_total = std::lgamma(n + 1) + n - n * std::log(n);
  return std::clamp(std::exp(log_total + k * log_sum + std::log(sum)), 0.0, 1.0);
}

std::uint64_t max_load_quantile(const HashedFlows& h, double q) {
  ORRERY_CHECK(q > 0 && q < 1, "a quantile is between 0 and 1");
  require(h);
  std::uint64_t low = (h.flows + h.paths - 1) / h.paths, high = std::max(low, h.flows);
  // What is sought lies near the mean: widen from there, then halve.
  for (std::uint64_t step = 1; low + step < high; step *= 2)
    if (max_load_probability(h, low + step) >= q) high = low + step;
  while (low < high) {
    const std::uint64_t middle = low + (high - low) / 2;
    if (max_load_probability(h, middle) >= q)
      high = middle;
    else
      low = middle + 1;
  }
  return low;
}

double mean_max_load(const HashedFlows& h) {
  // The mean of a count is the sum of P(count > m).
  const std::uint64_t most = max_load_quantile(h, 1 - 1e-9);
  if (is_many(h)) return static_cast<double>(max_load_quantile(h, 0.57));  // a Gumbel's mean is its 57 % quantile
  std::uint64_t m = (h.flows + h.paths - 1) / h.paths;
  auto mean = static_cast<double>(m);
  for (; m < most; ++m) mean += 1 - max_load_probability(h, m);
  return mean;
}

double mean_slowdown(const HashedFlows& h) {
  require(h);
  if (is_many(h)) return std::max(1.0, static_cast<double>(h.flows) / static_cast<double>(h.paths) * h.demand);
  double mean = 0;
  for_each_load(h, [&](double load, double p) { return mean += p * std::max(1.0, load * h.demand), true; });
  return mean;
}

double slowdown_quantile(const HashedFlows& h, double q) {
  ORRERY_CHECK(q > 0 && q < 1, "a quantile is between 0 and 1");
  require(h);
  if (is_many(h)) {
    const double p = 1.0 / static_cast<double>(h.paths), mean = static_cast<double>(h.flows) * p;
    // The normal quantile by bisection: loads are near the mean, so this is exact enough.
    double low = -8, high = 8;
    for (int i = 0; i < 60; ++i) {
      const double z = (low + high) / 2;
      (0.5 * std::erfc(-z / std::numbers::sqrt2) < q ? low : high) = z;
    }
    return std::max(1.0, (mean + low * std::sqrt(mean * (1 - p))) * h.demand);
  }
  double below = 0, slowdown = 1;
  for_each_load(h, [&](double load, double p) {
    below += p;
    slowdown = std::max(1.0, load * h.demand);
    return below < q;
  });
  return slowdown;
}

double hashed_throughput(const HashedFlows& h) {
  require(h);
  if (is_many(h)) return 1 / mean_slowdown(h);  // loads differ by a few percent
  double mean = 0;
  for_each_load(h, [&](double load, double p) { return mean += p / std::max(1.0, load * h.demand), true; });
  return mean;
}

}  // namespace orrery
