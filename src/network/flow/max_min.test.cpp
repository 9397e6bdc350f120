#include "network/flow/max_min.hpp"

#include <doctest/doctest.h>

#include <limits>

#include "network/flow/test_oracle.hpp"

namespace orrery {
namespace {

constexpr double kInfinite = std::numeric_limits<double>::infinity();

}  // namespace

TEST_CASE("max-min: hand-computed, a line of two links") {
  // Link 0 of 10 carries flows 0 and 1, link 1 of 4 carries flows 1 and 2. Link 1 is full at 2 each, which leaves flow
  // 0 the other 8 of link 0.
  FlowProblem p;
  p.capacity = {10, 4};
  test::add_flow(p, {0}, 1);
  test::add_flow(p, {0, 1}, 1);
  test::add_flow(p, {1}, 1);
  CHECK(max_min_rates(p) == std::vector<double>{8, 2, 2});
}

TEST_CASE("max-min: hand-computed, usages and flows without links") {
  // Link 0 of 12: 2 r + 0.5 r + 0.5 r is full at r = 4. Flow 2 is held at 1 by its own link of 2, two bytes a byte, so
  // that 2.5 r = 12 - 0.5 gives the others 4.6.
  FlowProblem p;
  p.capacity = {12, 2};
  test::add_flow(p, {0}, 1);
  test::add_flow(p, {0}, 1);
  test::add_flow(p, {0, 1}, 1);
  test::add_flow(p, {}, 1);
  p.usage = {2, 0.5, 0.5, 2};
  CHECK(test::largest_difference(max_min_rates(p), {4.6, 4.6, 1, kInfinite}) < 1e-15);
  CHECK(max_min_rates(FlowProblem{}).empty());
}

TEST_CASE("max-min: hand-computed, the certificate tells what is not fair") {
  FlowProblem p;
  p.capacity = {10, 4};
  test::add_flow(p, {0}, 1);
  test::add_flow(p, {0, 1}, 1);
  test::add_flow(p, {1}, 1);
  CHECK(bottleneck_violation(p, {8, 2, 2}) == 0);
  CHECK(bottleneck_violation(p, {9, 2, 2}) == doctest::Approx(0.1));      // Link 0 carries 11.
  CHECK(bottleneck_violation(p, {7, 2, 2}) == doctest::Approx(0.1));      // Flow 0 could have 8.
  CHECK(bottleneck_violation(p, {9, 1, 3}) == doctest::Approx(2 / 3.0));  // Full, but flow 1 has a third of flow 2.
}

TEST_CASE("max-min: law, rates are certified fair") {
  double worst = 0;
  for (std::uint32_t seed = 0; seed < 2000; ++seed) {
    const FlowProblem p = test::random_case(seed);
    const double violation = bottleneck_violation(p, max_min_rates(p));
    worst = std::max(worst, violation);
    CHECK_MESSAGE(violation < 1e-12, "seed " << seed);
  }
  MESSAGE("worst " << worst);
}

TEST_CASE("max-min: law, usages that differ by many orders leave no rounding behind") {
  // Flows of usage 1 that stop early leave one of usage 1e-9 on the link: it has all the rest.
  FlowProblem p;
  p.capacity = {100};
  for (std::uint32_t f = 0; f < 64; ++f) {
    p.capacity.push_back(0.1 + 0.01 * f);
    test::add_flow(p, {0, f + 1}, 1);
    p.usage.insert(p.usage.end(), {1, 1});
  }
  test::add_flow(p, {0}, 1);
  p.usage.push_back(1e-9);
  double left = 100;
  for (std::uint32_t f = 0; f < 64; ++f) left -= 0.1 + 0.01 * f;
  CHECK(max_min_rates(p).back() == doctest::Approx(left / 1e-9).epsilon(1e-12));
}

TEST_CASE("max-min: oracle, raising all rates by the definition") {
  for (std::uint32_t seed = 0; seed < 1000; ++seed) {
    const FlowProblem p = test::random_case(seed);
    const auto slow = test::slow_rates(p, std::vector<bool>(p.flows(), true));
    CHECK_MESSAGE(test::largest_difference(max_min_rates(p), slow) < 1e-11, "seed " << seed);
  }
}

}  // namespace orrery
