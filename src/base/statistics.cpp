#include "base/statistics.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <vector>

#include "base/check.hpp"

namespace orrery {
namespace {

void check_sample(std::span<const double> x) {
  ORRERY_CHECK(!x.empty(), "statistics of an empty sample");
  ORRERY_CHECK(std::none_of(x.begin(), x.end(), [](double v) { return std::isnan(v); }), "statistics of a NaN");
}

void check_pairs(std::span<const double> x, std::span<const double> y) {
  check_sample(x);
  check_sample(y);
  ORRERY_CHECK(x.size() == y.size(), "statistics of pairs that do not pair up");
}

double pairs_of(std::size_t n) {
  return 0.5 * static_cast<double>(n) * (static_cast<double>(n) - 1);
}

/// Pairs within runs of equal neighbours of n items.
template <class Equal>
double tied_pairs(std::size_t n, Equal equal) {
  double pairs = 0;
  for (std::size_t begin = 0; begin < n;) {
    std::size_t end = begin + 1;
    while (end < n && equal(begin, end)) ++end;
    pairs += pairs_of(end - begin);
    begin = end;
  }
  return pairs;
}

/// Sorts by merging and returns the pairs that were in the wrong order.
double count_inversions(std::vector<double>& x, std::vector<double>& scratch, std::size_t begin, std::size_t end) {
  if (end - begin < 2) return 0;
  const std::size_t middle = begin + (end - begin) / 2;
  double inversions = count_inversions(x, scratch, begin, middle) + count_inversions(x, scratch, middle, end);
  std::size_t left = begin, right = middle;
  for (std::size_t out = begin; out < end; ++out) {
    if (right == end || (left < middle && x[left] <= x[right])) {
      scratch[out] = x[left++];
    } else {
      inversions += static_cast<double>(middle - left);
      scratch[out] = x[right++];
    }
  }
  std::copy(scratch.begin() + static_cast<std::ptrdiff_t>(begin), scratch.begin() + static_cast<std::ptrdiff_t>(end),
            x.begin() + static_cast<std::ptrdiff_t>(begin));
  return inversions;
}

}  // namespace

double quantile(std::span<const double> x, double q) {
  check_sample(x);
  ORRERY_CHECK(q >= 0 && q <= 1, "a quantile is between 0 and 1");
  std::vector<double> sorted(x.begin(), x.end());
  std::sort(sorted.begin(), sorted.end());
  const double place = q * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(place);
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  const double share = place - static_cast<double>(below);
  if (share == 0) return sorted[below];
  return sorted[below] * (1 - share) + sorted[above] * share;
}

double median(std::span<const double> x) {
  return quantile(x, 0.5);
}

double kendall_tau_b(std::span<const double> x, std::span<const double> y) {
  check_pairs(x, y);
  const std::size_t n = x.size();
  std::vector<std::size_t> order(n);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(),
            [&](std::size_t a, std::size_t b) { return x[a] != x[b] ? x[a] < x[b] : y[a] < y[b]; });
  const auto same_x = [&](std::size_t a, std::size_t b) { return x[order[a]] == x[order[b]]; };
  const auto same_both = [&](std::size_t a, std::size_t b) { return same_x(a, b) && y[order[a]] == y[order[b]]; };
  const double tied_x = tied_pairs(n, same_x), tied_both = tied_pairs(n, same_both);
  std::vector<double> ys(n), scratch(n);
  for (std::size_t i = 0; i < n; ++i) ys[i] = y[order[i]];
  // With equal x sorted by y, an inversion of y is a discordant pair.
  const double discordant = count_inversions(ys, scratch, 0, n);
  const double tied_y = tied_pairs(n, [&](std::size_t a, std::size_t b) { return ys[a] == ys[b]; });
  const double all = pairs_of(n);
  if (all == tied_x || all == tied_y) return 0;
  const double concordant = all - tied_x - tied_y + tied_both - discordant;
  return (concordant - discordant) / std::sqrt((all - tied_x) * (all - tied_y));
}

double winkler_score(double low, double high, double measured, double level) {
  ORRERY_CHECK(low <= high, "an interval's low end is not above its high end");
  ORRERY_CHECK(level > 0 && level < 1, "the level of an interval is between 0 and 1");
  const double outside = std::max({low - measured, measured - high, 0.0});
  return high - low + 2 / (1 - level) * outside;
}

}  // namespace orrery
