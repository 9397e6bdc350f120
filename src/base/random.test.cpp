#include "base/random.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <vector>

#include "base/quantity.hpp"

namespace orrery {
namespace {

struct Moments {
  double mean = 0;
  double variance = 0;
};

template <class Draw>
Moments moments(int n, Draw draw) {
  double sum = 0, squares = 0;
  for (int i = 0; i < n; ++i) {
    const double x = draw();
    sum += x;
    squares += x * x;
  }
  return {sum / n, squares / n - (sum / n) * (sum / n)};
}

constexpr int kDraws = 10000;

/// Greatest distance between the empirical distribution of the draws and `cdf` (Kolmogorov and Smirnov), times sqrt(n).
/// Above 1.95 by chance once in a thousand runs; the streams are fixed, so a pass stays a pass.
template <class Draw, class Cdf>
double ks_statistic(Draw draw, Cdf cdf) {
  std::vector<double> x(20000);
  for (double& value : x) value = draw();
  std::sort(x.begin(), x.end());
  double distance = 0;
  const auto n = static_cast<double>(x.size());
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double f = cdf(x[i]), rank = static_cast<double>(i);
    distance = std::max({distance, f - rank / n, (rank + 1) / n - f});
  }
  return distance * std::sqrt(n);
}

}  // namespace

TEST_CASE("random: published known answers of Philox4x32-10 (Random123 kat_vectors)") {
  using Block = std::array<std::uint32_t, 4>;
  CHECK(philox_block({0, 0, 0, 0}, {0, 0}) == Block{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
  CHECK(philox_block({0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}, {0xffffffff, 0xffffffff}) ==
        Block{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
  CHECK(philox_block({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}) ==
        Block{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
}

TEST_CASE("random: law, a stream is a function of its name alone") {
  Rng first = Rng::stream(7, "run/failures", 3, 11);
  Rng other = Rng::stream(7, "run/repairs", 3, 11);
  std::vector<std::uint64_t> draws;
  for (int i = 0; i < 50; ++i) {
    draws.push_back(first.next_u64());
    other.next_u64();  // does not disturb the first
  }
  Rng again = Rng::stream(7, "run/failures", 3, 11);
  for (const std::uint64_t draw : draws) CHECK(again.next_u64() == draw);
}

TEST_CASE("random: law, streams differ in every part of their name") {
  std::set<std::uint64_t> seen;
  int streams = 0;
  for (const std::uint64_t seed : {0ULL, 1ULL, 1ULL << 40U}) {
    for (const char* purpose : {"", "a", "b", "run/failures"}) {
      for (const std::uint32_t replicate : {0U, 1U, 0xffffffffU}) {
        for (const std::uint64_t entity : {0ULL, 1ULL, 1ULL << 32U, 1ULL << 63U}) {
          Rng rng = Rng::stream(seed, purpose, replicate, entity);
          ++streams;
          seen.insert(rng.next_u64());
          seen.insert(rng.next_u64());
        }
      }
    }
  }
  CHECK(seen.size() == static_cast<std::size_t>(2 * streams));
}

TEST_CASE("random: law, draws below n are even and in range") {
  Rng rng = Rng::stream(1, "test/below");
  std::array<int, 6> counts{};
  for (int i = 0; i < 60000; ++i) ++counts.at(rng.below(6));
  double chi_squared = 0;
  for (const int count : counts) chi_squared += (count - 10000.0) * (count - 10000.0) / 10000;
  CHECK(chi_squared < 20.5);  // 0.1 % of chi-squared with 5 degrees of freedom lie above
  CHECK(rng.below(1) == 0);
  for (int i = 0; i < 100; ++i) CHECK(rng.below((1ULL << 63U) + 1) <= (1ULL << 63U));
}

TEST_CASE("random: law, distributions follow their formulas (Kolmogorov-Smirnov)") {
  Rng rng = Rng::stream(2, "test/distributions");
  CHECK(ks_statistic([&] { return rng.uniform01(); }, [](double x) { return x; }) < 1.95);
  CHECK(ks_statistic([&] { return rng.uniform(-3, 5); }, [](double x) { return (x + 3) / 8; }) < 1.95);
  CHECK(ks_statistic([&] { return rng.normal(2, 3); },
                     [](double x) { return 0.5 * std::erfc(-(x - 2) / (3 * std::sqrt(2.0))); }) < 1.95);
  CHECK(ks_statistic([&] { return rng.lognormal(0.5, 0.25); },
                     [](double x) { return 0.5 * std::erfc(-(std::log(x) - 0.5) / (0.25 * std::sqrt(2.0))); }) < 1.95);
  CHECK(ks_statistic([&] { return rng.exponential(Seconds(4)).raw(); }, [](double x) { return 1 - std::exp(-x / 4); }) <
        1.95);
  CHECK(ks_statistic([&] { return rng.weibull(0.7, 10); },
                     [](double x) { return 1 - std::exp(-std::pow(x / 10, 0.7)); }) < 1.95);
  // Gamma of shape 2: 1 - (1 + x) e^-x; of shape 1/2: erf(sqrt x).
  CHECK(ks_statistic([&] { return rng.gamma(2, 1); }, [](double x) { return 1 - (1 + x) * std::exp(-x); }) < 1.95);
  CHECK(ks_statistic([&] { return rng.gamma(0.5, 1); }, [](double x) { return std::erf(std::sqrt(x)); }) < 1.95);
}

TEST_CASE("random: law, counts have the mean and variance of their formulas") {
  Rng rng = Rng::stream(3, "test/counts");
  for (const double mean : {0.0, 0.3, 7.0, 45.0, 1e4}) {
    const Moments m = moments(kDraws, [&] { return static_cast<double>(rng.poisson(mean)); });
    CAPTURE(mean);
    CHECK(std::abs(m.mean - mean) <= 4.5 * std::sqrt(mean / kDraws));
    CHECK(m.variance == doctest::Approx(mean).epsilon(0.07));
  }
  for (const double p : {0.0, 0.02, 0.5, 0.9, 1.0}) {
    for (const std::uint64_t n : {1U, 20U, 5000U}) {
      const double mean = static_cast<double>(n) * p, variance = mean * (1 - p);
      const Moments m = moments(kDraws, [&] { return static_cast<double>(rng.binomial(n, p)); });
      CAPTURE(n);
      CAPTURE(p);
      CHECK(std::abs(m.mean - mean) <= 4.5 * std::sqrt(variance / kDraws));
      CHECK(m.variance == doctest::Approx(variance).epsilon(0.07));
    }
  }
}

}  // namespace orrery
