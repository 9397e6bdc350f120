#include "fleet/uncertainty/latin_hypercube.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <numbers>
#include <string>
#include <vector>

#include "base/check.hpp"
#include "base/law.hpp"
#include "base/random.hpp"
#include "base/statistics.hpp"
#include "base/thread_pool.hpp"
#include "fleet/uncertainty/correlation.hpp"

namespace orrery {
namespace {

std::vector<double> column(const QuantileMatrix& matrix, int input) {
  std::vector<double> x;
  for (int draw = 0; draw < matrix.draws(); ++draw) x.push_back(matrix(draw, input));
  return x;
}

/// Spearman's rho by its definition: Pearson's correlation of the ranks, counted one by one.
double spearman(const std::vector<double>& x, const std::vector<double>& y) {
  const auto rank = [](const std::vector<double>& values, double value) {
    return static_cast<double>(
        std::count_if(values.begin(), values.end(), [&](double other) { return other < value; }));
  };
  const double n = static_cast<double>(x.size()), middle = (n - 1) / 2;
  double product = 0, square = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    product += (rank(x, x[i]) - middle) * (rank(y, y[i]) - middle);
    square += (rank(x, x[i]) - middle) * (rank(x, x[i]) - middle);
  }
  return product / square;
}

bool one_in_each_stratum(const std::vector<double>& x) {
  std::vector<int> found(x.size());
  for (const double q : x) {
    if (!(q > 0 && q < 1)) return false;
    ++found[static_cast<std::size_t>(q * static_cast<double>(x.size()))];
  }
  return std::all_of(found.begin(), found.end(), [](int count) { return count == 1; });
}

double mean_of(const QuantileMatrix& matrix, const std::function<double(std::span<const double>)>& f) {
  double sum = 0;
  for (int draw = 0; draw < matrix.draws(); ++draw) sum += f(matrix.row(draw));
  return sum / matrix.draws();
}

}  // namespace

TEST_CASE("latin hypercube: law, each input has one value in each stratum, correlated or not") {
  for (const int draws : {1, 2, 3, 7, 100, 10000}) {
    CAPTURE(draws);
    const std::vector<RankCorrelation> pairs{{0, 3, 0.8}, {3, 4, -0.5}, {1, 2, 1}};
    const QuantileMatrix matrix = latin_hypercube(5, "test", draws, 6, pairs);
    for (int input = 0; input < 6; ++input) CHECK(one_in_each_stratum(column(matrix, input)));
  }
}

TEST_CASE("latin hypercube: law, rank correlations are reached, and none is there by chance") {
  for (std::uint64_t seed = 0; seed < 5; ++seed) {
    CAPTURE(seed);
    const std::vector<RankCorrelation> pairs{{0, 3, 0.8}, {3, 4, -0.5}, {1, 2, 0.3}, {0, 4, -0.2}};
    const QuantileMatrix matrix = latin_hypercube(seed, "test", 1000, 6, pairs);
    for (int a = 0; a < 6; ++a) {
      for (int b = a + 1; b < 6; ++b) {
        CAPTURE(a);
        CAPTURE(b);
        const auto wanted =
            std::find_if(pairs.begin(), pairs.end(), [&](const RankCorrelation& p) { return p.a == a && p.b == b; });
        const double rho = wanted == pairs.end() ? 0 : wanted->rho;
        // Two of 40 pairs of independent inputs would be farther off by chance: one of 1,000 draws has +-0.032.
        CHECK(std::abs(spearman(column(matrix, a), column(matrix, b)) - rho) < 0.025);
      }
    }
  }
}

TEST_CASE("latin hypercube: law, inputs tied for good move together or against each other") {
  const std::vector<RankCorrelation> pairs{{0, 1, 1}, {0, 2, -1}, {1, 2, -1}};
  const QuantileMatrix matrix = latin_hypercube(1, "test", 500, 3, pairs);
  CHECK(spearman(column(matrix, 0), column(matrix, 1)) == doctest::Approx(1));
  CHECK(spearman(column(matrix, 0), column(matrix, 2)) == doctest::Approx(-1));
}

TEST_CASE("latin hypercube: law, a draw depends on seed, purpose and the inputs before it, on nothing else") {
  const std::vector<RankCorrelation> pairs{{0, 1, 0.5}};
  const QuantileMatrix two = latin_hypercube(3, "test", 200, 2, pairs);
  const QuantileMatrix five = latin_hypercube(3, "test", 200, 5, pairs);
  CHECK(column(two, 0) == column(five, 0));
  CHECK(column(two, 1) == column(five, 1));
  CHECK(column(two, 0) != column(latin_hypercube(4, "test", 200, 2, pairs), 0));
  CHECK(column(two, 0) != column(latin_hypercube(3, "other", 200, 2, pairs), 0));
  ThreadPool pool(4);
  const auto again =
      pool.parallel_map(4, [&](std::size_t) { return column(latin_hypercube(3, "test", 200, 2, pairs), 1); });
  for (const auto& second : again) CHECK(second == column(two, 1));
}

TEST_CASE("latin hypercube: oracle, sums of correlated normal inputs have the closed form's mean and spread") {
  // X ~ N(2, 1), Y ~ N(-1, 2), correlation r of a Gaussian copula: X + Y ~ N(1, 1 + 4 + 4 r).
  for (const double rho : {-0.7, 0.0, 0.4, 0.9}) {
    CAPTURE(rho);
    const std::vector<RankCorrelation> pairs{{0, 1, rho}};
    const QuantileMatrix matrix = latin_hypercube(11, "test", 10000, 2, pairs);
    std::vector<double> sums;
    for (int draw = 0; draw < matrix.draws(); ++draw)
      sums.push_back(2 + normal_quantile(matrix(draw, 0)) - 1 + 2 * normal_quantile(matrix(draw, 1)));
    const double r = 2 * std::sin(std::numbers::pi * rho / 6), deviation = std::sqrt(5 + 4 * r);
    double mean = 0;
    for (const double sum : sums) mean += sum / static_cast<double>(sums.size());
    CHECK(std::abs(mean - 1) < 0.001);  // Of plain draws: +-0.02.
    CHECK(quantile(sums, 0.9) == doctest::Approx(1 + 1.2815516 * deviation).epsilon(0.02));
    CHECK(quantile(sums, 0.1) == doctest::Approx(1 - 1.2815516 * deviation).epsilon(0.05).scale(1));
  }
}

TEST_CASE("latin hypercube: oracle, a mean settles sooner than that of independent draws") {
  // A sum of three exponentials of mean 1: additive, for which stratification takes nearly all of the error.
  const auto total = [](std::span<const double> q) {
    double sum = 0;
    for (const double one : q) sum -= std::log1p(-one);
    return sum;
  };
  double stratified = 0, plain = 0;
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    const double a = mean_of(latin_hypercube(seed, "test", 100, 3), total) - 3;
    QuantileMatrix independent(100, 3);
    for (int input = 0; input < 3; ++input) {
      Rng rng = Rng::stream(seed, "plain", 0, static_cast<std::uint64_t>(input));
      for (int draw = 0; draw < 100; ++draw) independent(draw, input) = rng.uniform01();
    }
    const double b = mean_of(independent, total) - 3;
    stratified += a * a;
    plain += b * b;
  }
  CHECK(stratified < plain / 20);
}

TEST_CASE("latin hypercube: a common shock of many inputs has the correlation of pairs") {
  const std::vector<RankCorrelation> pairs{{1, 2, 0.5}, {1, 3, 0.5}, {2, 3, 0.5}};
  const QuantileMatrix matrix = latin_hypercube(2, "test", 2000, 4, pairs);
  std::vector<double> first, second;
  for (int draw = 0; draw < matrix.draws(); ++draw) {
    first.push_back(shocked_quantile(matrix(draw, 0), matrix(draw, 1), 0.5));
    second.push_back(shocked_quantile(matrix(draw, 0), 1 - matrix(draw, 2), 0));
  }
  CHECK(std::abs(spearman(column(matrix, 1), column(matrix, 3)) - 0.5) < 0.02);
  // With weight r = 2 sin(pi 0.5 / 6) = 0.518 of the shock, its correlation with the shock itself is sqrt(r) = 0.719.
  // Spearman's rho of it is 6/pi asin(0.719 / 2).
  const double with_shock = std::sqrt(2 * std::sin(std::numbers::pi / 12));
  CHECK(std::abs(spearman(column(matrix, 0), first) - 6 / std::numbers::pi * std::asin(with_shock / 2)) < 0.02);
  CHECK(std::abs(spearman(column(matrix, 0), second)) < 0.02);
  CHECK(std::abs(median(first) - 0.5) < 0.02);
}

TEST_CASE("latin hypercube: impossible correlations are our bug") {
  const std::vector<RankCorrelation> pairs{{0, 1, 0.9}, {1, 2, 0.9}, {0, 2, -0.9}};
  CHECK_THROWS_AS(latin_hypercube(1, "test", 10, 3, pairs), InternalError);
  CHECK_THROWS_AS(latin_hypercube(1, "test", 10, 1, pairs), InternalError);
  CHECK_THROWS_AS(latin_hypercube(1, "test", 0, 1), InternalError);
}

}  // namespace orrery
