#include "fleet/uncertainty/correlation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <set>
#include <utility>

#include "base/check.hpp"

namespace orrery {
namespace {

/// What rounding may take from a pivot of the factor.
constexpr double kTolerance = 1e-10;

SquareMatrix copula_matrix(int inputs, std::span<const RankCorrelation> correlations, double weakened = 1) {
  SquareMatrix matrix(inputs);
  for (int i = 0; i < inputs; ++i) matrix.at(i, i) = 1;
  for (const RankCorrelation& pair : correlations)
    matrix.at(pair.a, pair.b) = matrix.at(pair.b, pair.a) = copula_correlation(pair.rho * weakened);
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

/// What an entry of a correlation matrix may be when all others stay: an interval, since possible matrices are convex;
/// empty where the others contradict each other without it.
std::optional<std::pair<double, double>> possible_range(const SquareMatrix& matrix, int a, int b) {
  // With the pair last, its entry is the sum of what the other inputs explain and at most what they leave unexplained.
  std::vector<int> order;
  for (int i = 0; i < matrix.size(); ++i)
    if (i != a && i != b) order.push_back(i);
  order.push_back(a);
  order.push_back(b);
  SquareMatrix moved(matrix.size());
  for (int i = 0; i < matrix.size(); ++i)
    for (int j = 0; j < matrix.size(); ++j)
      moved.at(i, j) = matrix.at(order[static_cast<std::size_t>(i)], order[static_cast<std::size_t>(j)]);
  const int n = matrix.size();
  const auto without = [&](int dropped) {
    SquareMatrix part(n - 1);
    for (int i = 0, to = 0; i < n; ++i) {
      if (i == dropped) continue;
      for (int j = 0, column = 0; j < n; ++j)
        if (j != dropped) part.at(to, column++) = moved.at(i, j);
      ++to;
    }
    return lower_factor(part);
  };
  const auto of_a = without(n - 1), of_b = without(n - 2);
  if (!of_a || !of_b) return std::nullopt;
  double explained = 0;
  for (int k = 0; k < n - 2; ++k) explained += of_a->at(n - 2, k) * of_b->at(n - 2, k);
  const double unexplained = of_a->at(n - 2, n - 2) * of_b->at(n - 2, n - 2);
  return std::pair(explained - unexplained, explained + unexplained);
}

double weakening_that_works(int inputs, std::span<const RankCorrelation> correlations) {
  double works = 0, fails = 1;
  for (int step = 0; step < 40; ++step) {
    const double middle = (works + fails) / 2;
    (lower_factor(copula_matrix(inputs, correlations, middle)) ? works : fails) = middle;
  }
  return works;
}

/// Rounded towards what is possible, so that typing the number that a message names works.
double rounded_down(double x) {
  return std::floor(x * 1000) / 1000;
}

CorrelationProblem contradiction(std::span<const std::string> names, std::span<const RankCorrelation> correlations) {
  const int inputs = static_cast<int>(names.size());
  // Only inputs that are in some pair matter; with many of them, trying each pair takes too long.
  constexpr std::size_t kMostTried = 24;
  std::set<int> involved;
  for (const RankCorrelation& pair : correlations) involved.insert({pair.a, pair.b});
  const std::vector<int> inputs_of(involved.begin(), involved.end());
  const auto local = [&](int input) {
    return static_cast<int>(std::lower_bound(inputs_of.begin(), inputs_of.end(), input) - inputs_of.begin());
  };
  std::vector<RankCorrelation> pairs;
  for (const RankCorrelation& pair : correlations) pairs.push_back({local(pair.a), local(pair.b), pair.rho});
  const int count = static_cast<int>(inputs_of.size());
  const SquareMatrix matrix = copula_matrix(count, pairs);

  double least = 0, to = 0;
  std::optional<std::pair<int, int>> best;
  if (inputs_of.size() <= kMostTried) {
    for (int a = 0; a < count; ++a) {
      for (int b = a + 1; b < count; ++b) {
        const auto range = possible_range(matrix, a, b);
        if (!range) continue;
        const double now = matrix.at(a, b);
        const double near = std::clamp(now, range->first, range->second);
        if (best && std::abs(near - now) >= least) continue;
        least = std::abs(near - now);
        to = near > now ? -rounded_down(-spearman_of_copula(near)) : rounded_down(spearman_of_copula(near));
        best = {a, b};
      }
    }
  }
  CorrelationProblem problem;
  if (!best) {
    for (std::size_t i = 1; i < pairs.size(); ++i)
      if (std::abs(pairs[i].rho) > std::abs(pairs[problem.pair].rho)) problem.pair = i;
    problem.message = "these rank correlations contradict each other";
    problem.hint = fmt::format("all of them weakened to {:.0f} % of what they are would be possible",
                               std::floor(100 * weakening_that_works(inputs, correlations)));
    return problem;
  }
  const auto [a, b] = *best;
  const auto name = [&](int i) { return names[static_cast<std::size_t>(inputs_of[static_cast<std::size_t>(i)])]; };
  const double now = spearman_of_copula(matrix.at(a, b));
  problem.message = fmt::format("`{}` and `{}` cannot have a rank correlation of {:.3g} beside the other pairs",
                                name(a), name(b), now);
  problem.hint = fmt::format("at {} {:.3f} all pairs are possible together", to < now ? "most" : "least", to);
  // A pair that is not in the list is 0 there: point to one that shares an input with it.
  std::size_t shares = 0;
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    const std::size_t common = static_cast<std::size_t>(pairs[i].a == a || pairs[i].b == a) +
                               static_cast<std::size_t>(pairs[i].a == b || pairs[i].b == b);
    if (common > shares) {
      shares = common;
      problem.pair = i;
    }
  }
  return problem;
}

}  // namespace

double copula_correlation(double rho) {
  return 2 * std::sin(std::numbers::pi * rho / 6);
}

double spearman_of_copula(double r) {
  return 6 / std::numbers::pi * std::asin(std::clamp(r, -1.0, 1.0) / 2);
}

std::optional<SquareMatrix> copula_factor(int inputs, std::span<const RankCorrelation> correlations) {
  for (const RankCorrelation& pair : correlations)
    ORRERY_CHECK(pair.a >= 0 && pair.b >= 0 && pair.a < inputs && pair.b < inputs && pair.a != pair.b,
                 "a correlation is between two of the inputs");
  return lower_factor(copula_matrix(inputs, correlations));
}

std::optional<CorrelationProblem> correlation_problem(std::span<const std::string> names,
                                                      std::span<const RankCorrelation> correlations) {
  std::set<std::pair<int, int>> seen;
  for (std::size_t i = 0; i < correlations.size(); ++i) {
    const auto [a, b, rho] = correlations[i];
    const std::string& first = names[static_cast<std::size_t>(a)];
    if (a == b) return CorrelationProblem{i, fmt::format("`{}` cannot be correlated with itself", first), ""};
    if (!(std::abs(rho) <= 1))
      return CorrelationProblem{i, fmt::format("a rank correlation of {:g} is impossible", rho), "from -1 to 1"};
    if (!seen.insert(std::minmax(a, b)).second)
      return CorrelationProblem{
          i, fmt::format("the correlation of `{}` and `{}` is given twice", first, names[static_cast<std::size_t>(b)]),
          "leave one of them out"};
  }
  if (copula_factor(static_cast<int>(names.size()), correlations)) return std::nullopt;
  return contradiction(names, correlations);
}

}  // namespace orrery
