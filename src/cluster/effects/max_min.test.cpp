#include "cluster/effects/max_min.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/random.hpp"
#include "cluster/effects/linear_program.hpp"

using namespace orrery;

TEST_CASE("linear programs: hand-computed") {
  // Dantzig's example: 3x + 5y with x <= 4, 2y <= 12, 3x + 2y <= 18 is 36 at (2, 6).
  const auto x = maximise({{{1, 0}, {0, 2}, {3, 2}}, {4, 12, 18}, {3, 5}, {}});
  REQUIRE(x.size() == 2);
  CHECK(x[0] == doctest::Approx(2));
  CHECK(x[1] == doctest::Approx(6));
  // x + y <= 1 has a whole edge of optima; of these the one with most y.
  const auto y = maximise({{{1, 1}}, {1}, {1, 1}, {0, 1}});
  CHECK(y[0] == doctest::Approx(0));
  CHECK(y[1] == doctest::Approx(1));
  CHECK(maximise({{{1, -1}}, {1}, {0, 1}, {}}).empty());  // No bound.
  // Beale's example, on which Dantzig's rule alone cycles: 1/20.
  const auto z =
      maximise({{{0.25, -60, -0.04, 9}, {0.5, -90, -0.02, 3}, {0, 0, 1, 0}}, {0, 0, 1}, {0.75, -150, 0.02, -6}, {}});
  REQUIRE(z.size() == 4);
  CHECK(0.75 * z[0] - 150 * z[1] + 0.02 * z[2] - 6 * z[3] == doctest::Approx(0.05));
}

TEST_CASE("linear programs: allowed, and no point of many random ones is better") {
  Rng rng = Rng::stream(3, "test/linear_program");
  for (int trial = 0; trial < 200; ++trial) {
    CAPTURE(trial);
    LinearProgram primal;
    const std::size_t n = 1 + rng.below(6), m = 1 + rng.below(6);
    for (std::size_t i = 0; i < m; ++i) {
      primal.rows.emplace_back();
      for (std::size_t j = 0; j < n; ++j) primal.rows.back().push_back(rng.uniform(0.1, 2));
      primal.limits.push_back(rng.uniform(0, 5));
    }
    for (std::size_t j = 0; j < n; ++j) primal.objective.push_back(rng.uniform(0.1, 3));
    const auto x = maximise(primal);
    REQUIRE(x.size() == n);
    double value = 0;
    for (std::size_t j = 0; j < n; ++j) {
      CHECK(x[j] >= 0);
      value += primal.objective[j] * x[j];
    }
    for (std::size_t i = 0; i < m; ++i) {
      double used = 0;
      for (std::size_t j = 0; j < n; ++j) used += primal.rows[i][j] * x[j];
      CHECK(used <= primal.limits[i] + 1e-7);
    }
    // No point on a random ray from the origin to the boundary is better.
    for (int ray = 0; ray < 200; ++ray) {
      std::vector<double> way(n);
      for (double& w : way) w = rng.bernoulli(0.4) ? 0 : rng.uniform01();
      double reach = std::numeric_limits<double>::infinity(), worth = 0;
      for (std::size_t i = 0; i < m; ++i) {
        double used = 0;
        for (std::size_t j = 0; j < n; ++j) used += primal.rows[i][j] * way[j];
        if (used > 0) reach = std::min(reach, primal.limits[i] / used);
      }
      for (std::size_t j = 0; j < n; ++j) worth += primal.objective[j] * way[j];
      if (std::isfinite(reach)) CHECK(worth * reach <= value + 1e-7);
    }
  }
}

TEST_CASE("max-min shares over GPU types: hand-computed") {
  // One fast and one slow GPU. A is three times as fast on the fast one, B does not care: each has equal-time
  // throughput 2 and 1, so that A alone on the fast one has 1.5 and B alone on the slow one 1. B cannot have more.
  auto shares = max_min_shares({{1, 1, 1, {3, 1}}, {1, 1, 1, {1, 1}}}, {1, 1});
  CHECK(shares[0][0] == doctest::Approx(1));
  CHECK(shares[1][1] == doctest::Approx(1));
  // Two alike jobs take turns: half of each, 3/2 + 1/2 over 2 is 1.
  shares = max_min_shares({{2, 1, 1, {3, 1}}}, {1, 1});
  CHECK(shares[0][0] == doctest::Approx(0.5));
  CHECK(shares[0][1] == doctest::Approx(0.5));
  // Three jobs on two GPUs of one type.
  CHECK(max_min_shares({{3, 1, 1, {1}}}, {2})[0][0] == doctest::Approx(2.0 / 3));
  // Twice the weight is owed twice as much: 2/3 and 1/3 of one GPU.
  shares = max_min_shares({{1, 1, 2, {1}}, {1, 1, 1, {1}}}, {1});
  CHECK(shares[0][0] == doctest::Approx(2.0 / 3));
  CHECK(shares[1][0] == doctest::Approx(1.0 / 3));
  // On two GPUs, a job of two GPUs and one of one are owed the same GPU-time: 2 x = y, 2 x + y <= 2; so y = 1, x = 1/2.
  shares = max_min_shares({{1, 2, 1, {1}}, {1, 1, 1, {1}}}, {2});
  CHECK(shares[0][0] == doctest::Approx(0.5));
  CHECK(shares[1][0] == doctest::Approx(1));
  // Who can run nowhere holds nobody back.
  shares = max_min_shares({{1, 8, 1, {1}}, {1, 1, 1, {0}}, {1, 1, 1, {1}}}, {2});
  CHECK(shares[0][0] == 0);
  CHECK(shares[1][0] == 0);
  CHECK(shares[2][0] == doctest::Approx(1));
}

TEST_CASE("max-min shares: laws on random classes") {
  Rng rng = Rng::stream(4, "test/max_min");
  for (int trial = 0; trial < 200; ++trial) {
    CAPTURE(trial);
    const std::size_t types = 1 + rng.below(4);
    std::vector<long long> capacity;
    double all = 0;
    for (std::size_t t = 0; t < types; ++t) {
      capacity.push_back(4 + static_cast<long long>(rng.below(30)));
      all += static_cast<double>(capacity.back());
    }
    std::vector<AllocationClass> classes(1 + rng.below(20));
    for (AllocationClass& jobs : classes) {
      jobs.jobs = 1 + static_cast<std::int32_t>(rng.below(5));
      jobs.gpus = 1 << rng.below(3);
      for (std::size_t t = 0; t < types; ++t) jobs.rates.push_back(rng.uniform(0.2, 5));
    }
    const auto shares = max_min_shares(classes, capacity);
    std::vector<double> used(types, 0);
    double least = std::numeric_limits<double>::infinity();
    for (std::size_t c = 0; c < classes.size(); ++c) {
      double time = 0, rate = 0, equal = 0;
      for (std::size_t t = 0; t < types; ++t) {
        time += shares[c][t];
        used[t] += shares[c][t] * classes[c].jobs * classes[c].gpus;
        rate += shares[c][t] * classes[c].rates[t];
        equal += classes[c].rates[t] * static_cast<double>(capacity[t]) / all;
      }
      CHECK(time <= 1 + 1e-7);
      least = std::min(least, rate / equal * classes[c].gpus);
    }
    for (std::size_t t = 0; t < types; ++t) CHECK(used[t] <= static_cast<double>(capacity[t]) + 1e-6);
    // Sharing incentive: nobody has less than with an equal part of every type.
    double jobs_in_all = 0;
    for (const AllocationClass& jobs : classes) jobs_in_all += jobs.jobs;
    // All jobs at x_c = part / gpus_c of their time, spread over types by capacity, use jobs_in_all x part GPUs.
    const double part = std::min(1.0, all / jobs_in_all);
    CHECK(least >= part - 1e-6);
  }
}
