#include "fleet/uncertainty/latin_hypercube.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>
#include <utility>

#include "base/check.hpp"
#include "base/law.hpp"
#include "base/random.hpp"
#include "fleet/uncertainty/correlation.hpp"

namespace orrery {
namespace {

using Column = std::vector<double>;

double dot(const Column& x, const Column& y) {
  return std::inner_product(x.begin(), x.end(), y.begin(), 0.0);
}

void add_scaled(Column& x, double factor, const Column& y) {
  for (std::size_t i = 0; i < x.size(); ++i) x[i] += factor * y[i];
}

/// Normal scores of ranks 0 .. draws-1 (van der Waerden), of length 1 as a vector.
Column normal_scores(int draws) {
  Column scores(static_cast<std::size_t>(draws));
  for (std::size_t i = 0; i < scores.size(); ++i)
    scores[i] = normal_quantile((static_cast<double>(i) + 0.5) / static_cast<double>(draws));
  const double length = std::sqrt(dot(scores, scores));
  if (length > 0)
    for (double& score : scores) score /= length;
  return scores;
}

void shuffle(Column& x, Rng& rng) {
  for (std::size_t left = x.size(); left > 1; --left) std::swap(x[left - 1], x[rng.below(left)]);
}

/// Takes out what `x` shares with the earlier columns. Of few draws hardly anything would be left: then `x` stays as
/// it was, with its chance correlations.
void orthogonalise(Column& x, const std::vector<Column>& earlier) {
  constexpr double kLeastLeft = 0.25;
  Column rest = x;
  for (const Column& other : earlier) add_scaled(rest, -dot(rest, other), other);
  const double left = dot(rest, rest);
  if (left < kLeastLeft) return;
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = rest[i] / std::sqrt(left);
}

/// Position of each value in ascending order; equal values in the order of their places.
std::vector<std::size_t> ranks(const Column& x) {
  std::vector<std::pair<double, std::size_t>> order(x.size());
  for (std::size_t i = 0; i < x.size(); ++i) order[i] = {x[i], i};
  std::sort(order.begin(), order.end());
  std::vector<std::size_t> result(x.size());
  for (std::size_t rank = 0; rank < order.size(); ++rank) result[order[rank].second] = rank;
  return result;
}

}  // namespace

QuantileMatrix::QuantileMatrix(int draws, int inputs) : draws_(draws), inputs_(inputs) {
  ORRERY_CHECK(draws >= 1 && inputs >= 0, "a matrix of quantiles has at least one draw");
  values_.resize(static_cast<std::size_t>(draws) * static_cast<std::size_t>(inputs));
}

QuantileMatrix latin_hypercube(std::uint64_t seed, std::string_view purpose, int draws, int inputs,
                               std::span<const RankCorrelation> correlations) {
  QuantileMatrix matrix(draws, inputs);
  const auto factor = copula_factor(inputs, correlations);
  ORRERY_CHECK(factor.has_value(), "correlations of a Latin hypercube are possible");
  const Column scores = normal_scores(draws);
  std::vector<Column> columns;
  for (int input = 0; input < inputs; ++input) {
    Rng rng = Rng::stream(seed, purpose, 0, static_cast<std::uint64_t>(input));
    Column column = scores;
    shuffle(column, rng);
    orthogonalise(column, columns);
    columns.push_back(std::move(column));
    Column mixed(scores.size());
    for (int other = 0; other <= input; ++other) {
      const double weight = factor->at(input, other);
      if (weight != 0) add_scaled(mixed, weight, columns[static_cast<std::size_t>(other)]);
    }
    const std::vector<std::size_t> rank = ranks(mixed);
    for (int draw = 0; draw < draws; ++draw) {
      // Clear of the stratum's ends, so that rounding moves no value into the next, nor to 0 or 1.
      const double inside = std::clamp(rng.uniform01(), 1e-9, 1 - 1e-9);
      matrix(draw, input) = (static_cast<double>(rank[static_cast<std::size_t>(draw)]) + inside) / draws;
    }
  }
  return matrix;
}

double shocked_quantile(double shock, double own, double rho) {
  const double r = copula_correlation(rho);
  const double score = std::sqrt(r) * normal_quantile(shock) + std::sqrt(1 - r) * normal_quantile(own);
  return std::clamp(0.5 * std::erfc(-score / std::numbers::sqrt2), 1e-15, 1 - 1e-15);
}

}  // namespace orrery
