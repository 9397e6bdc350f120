#include "cluster/metrics/comparison.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>

#include "base/check.hpp"
#include "base/random.hpp"
#include "base/statistics.hpp"

namespace orrery {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

double mean_of(std::span<const double> x) {
  return std::accumulate(x.begin(), x.end(), 0.0) / static_cast<double>(x.size());
}

MeanInterval batch_means(std::span<const double> x) {
  const double mean = mean_of(x);
  const auto n = static_cast<double>(x.size());
  double squares = 0;
  for (const double value : x) squares += (value - mean) * (value - mean);
  const double half = student_t975(static_cast<int>(x.size()) - 1) * std::sqrt(squares / (n - 1) / n);
  return {mean, mean - half, mean + half};
}

MeanInterval bootstrap(std::span<const double> x, const ComparisonOptions& options) {
  std::vector<double> means;
  for (int r = 0; r < options.resamples; ++r) {
    // The same blocks for each figure and each policy, so that differences stay paired.
    Rng rng = Rng::stream(options.seed, "cluster/bootstrap", static_cast<std::uint32_t>(r));
    double sum = 0;
    for (std::size_t i = 0; i < x.size(); ++i) sum += x[rng.below(x.size())];
    means.push_back(sum / static_cast<double>(x.size()));
  }
  return {mean_of(x), quantile(means, 0.025), quantile(means, 0.975)};
}

}  // namespace

double student_t975(int degrees) {
  // Any table of the t distribution, such as NIST/SEMATECH e-Handbook of Statistical Methods, 1.3.6.7.2.
  constexpr std::array<double, 30> kTable = {12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228,
                                             2.201,  2.179, 2.160, 2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086,
                                             2.080,  2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042};
  ORRERY_CHECK(degrees >= 1, "a degree of freedom at least");
  if (static_cast<std::size_t>(degrees) <= kTable.size()) return kTable[static_cast<std::size_t>(degrees) - 1];
  // Two terms of the expansion about the normal quantile z (Abramowitz and Stegun 26.7.5).
  constexpr double kZ = 1.959964, kZ3 = kZ * kZ * kZ, kZ5 = kZ3 * kZ * kZ;
  const double n = degrees;
  return kZ + (kZ3 + kZ) / (4 * n) + (5 * kZ5 + 16 * kZ3 + 3 * kZ) / (96 * n * n);
}

MeanInterval mean_of_blocks(std::span<const double> blocks, const ComparisonOptions& options) {
  std::vector<double> known;
  std::copy_if(blocks.begin(), blocks.end(), std::back_inserter(known), [](double x) { return std::isfinite(x); });
  if (known.empty()) return {kNaN, kNaN, kNaN};
  if (known.size() == 1) return {known.front(), kNaN, kNaN};
  return options.method == IntervalMethod::BatchMeans ? batch_means(known) : bootstrap(known, options);
}

std::vector<std::vector<PolicyFigure>> compare_policies(std::span<const PolicyBlocks> policies,
                                                        const ComparisonOptions& options) {
  std::vector<std::vector<PolicyFigure>> made;
  for (const PolicyBlocks& policy : policies) {
    const PolicyBlocks& first = policies.front();
    ORRERY_CHECK(policy.figures.size() == first.figures.size(), "every policy has the same figures");
    std::vector<PolicyFigure>& figures = made.emplace_back();
    for (std::size_t f = 0; f < policy.figures.size(); ++f) {
      const std::vector<double>& mine = policy.figures[f];
      const std::vector<double>& its = first.figures[f];
      ORRERY_CHECK(mine.size() == its.size(), "every policy has the same blocks");
      std::vector<double> differences(mine.size());
      std::transform(mine.begin(), mine.end(), its.begin(), differences.begin(), std::minus<>());
      PolicyFigure figure{mean_of_blocks(mine, options), mean_of_blocks(differences, options), false};
      figure.differs = figure.difference.low > 0 || figure.difference.high < 0;
      figures.push_back(figure);
    }
  }
  return made;
}

}  // namespace orrery
