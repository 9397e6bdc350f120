#include "fleet/uncertainty/sensitivity.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <functional>
#include <limits>
#include <numbers>
#include <vector>

#include "base/check.hpp"
#include "base/law.hpp"

namespace orrery {
namespace {

std::vector<double> outputs(const QuantileMatrix& matrix, const std::function<double(std::span<const double>)>& f) {
  std::vector<double> y;
  for (int draw = 0; draw < matrix.draws(); ++draw) y.push_back(f(matrix.row(draw)));
  return y;
}

const Sensitivity& of(const std::vector<Sensitivity>& list, int input) {
  for (const Sensitivity& one : list)
    if (one.input == input) return one;
  throw InternalError("no such input");
}

/// sin x1 + a sin^2 x2 + b x3^4 sin x1, each x uniform in -pi .. pi (Ishigami and Homma 1990).
double ishigami(std::span<const double> q) {
  const auto x = [&](std::size_t i) { return std::numbers::pi * (2 * q[i] - 1); };
  return std::sin(x(0)) + 7 * std::pow(std::sin(x(1)), 2) + 0.1 * std::pow(x(2), 4) * std::sin(x(0));
}

}  // namespace

TEST_CASE("sensitivity: oracle, the Ishigami function's analytic indices") {
  // a = 7, b = 0.1: V1 = (1 + b pi^4 / 5)^2 / 2 = 4.345888, V2 = a^2 / 8 = 6.125, V3 = 0,
  // V = a^2/8 + b pi^4/5 + b^2 pi^8/18 + 1/2 = 13.844588.
  for (std::uint64_t seed = 0; seed < 4; ++seed) {
    CAPTURE(seed);
    const QuantileMatrix matrix = latin_hypercube(seed, "test", 10000, 4);
    const auto found = sensitivities(matrix, outputs(matrix, ishigami));
    CHECK(std::abs(of(found, 0).first_order - 0.313905) < 0.015);
    CHECK(std::abs(of(found, 1).first_order - 0.442411) < 0.015);
    CHECK(of(found, 2).first_order < 0.01);
    CHECK(of(found, 3).first_order < 0.01);
    // The second input rises and falls: no swing, though it explains most.
    CHECK(std::abs(of(found, 1).swing()) < 0.3);
    CHECK(found.front().input == 0);
  }
}

TEST_CASE("sensitivity: oracle, an additive model of normal inputs") {
  // Y = 3 X0 + 2 X1 + X2 of standard normals: shares 9/14, 4/14, 1/14. The mean of a normal's upper third is
  // 3 phi(0.430727) = 1.090802, so the swing of input 0 is 6 x 1.090802. With X0 known the deviation falls from
  // sqrt(14) to sqrt(5), and the interval by 40 %, in bins of a tenth by a little less.
  const QuantileMatrix matrix = latin_hypercube(1, "test", 10000, 4);
  const auto found =
      sensitivities(matrix, outputs(matrix, [](std::span<const double> q) {
                      return 3 * normal_quantile(q[0]) + 2 * normal_quantile(q[1]) + normal_quantile(q[2]);
                    }));
  CHECK(std::abs(of(found, 0).first_order - 9.0 / 14) < 0.01);
  CHECK(std::abs(of(found, 1).first_order - 4.0 / 14) < 0.01);
  CHECK(std::abs(of(found, 2).first_order - 1.0 / 14) < 0.01);
  CHECK(of(found, 3).first_order < 0.005);
  CHECK(of(found, 0).swing() == doctest::Approx(6 * 1.090802).epsilon(0.01));
  CHECK(of(found, 0).narrows == doctest::Approx(1 - std::sqrt(5.0 / 14)).epsilon(0.08));
  CHECK(std::abs(of(found, 3).narrows) < 0.02);
  for (int i = 0; i < 3; ++i) CHECK(found[static_cast<std::size_t>(i)].input == i);
}

TEST_CASE("sensitivity: law, without the correction of bias useless inputs of small samples would seem to matter") {
  double sum = 0;
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    const QuantileMatrix matrix = latin_hypercube(seed, "test", 200, 2);
    sum += of(sensitivities(matrix, outputs(matrix, [](std::span<const double> q) { return q[0]; })), 1).first_order;
  }
  CHECK(sum / 40 < 0.015);  // 7 bins of 200 draws: 0.03 by chance alone, were it not taken off.
}

TEST_CASE("sensitivity: hand-computed, the ends of a bar are means or quantiles of the outer thirds") {
  QuantileMatrix matrix(6, 1);
  for (int draw = 0; draw < 6; ++draw) matrix(draw, 0) = (draw + 0.5) / 6;
  const std::vector<double> y{1, 2, 30, 40, 5, 9};
  CHECK(sensitivities(matrix, y).front().low == doctest::Approx(1.5));
  CHECK(sensitivities(matrix, y).front().high == doctest::Approx(7));
  CHECK(sensitivities(matrix, y, 0.9).front().low == doctest::Approx(1.9));
  CHECK(sensitivities(matrix, y, 0.9).front().high == doctest::Approx(8.6));
}

TEST_CASE("sensitivity: law, an output that is the same in every draw depends on nothing") {
  const QuantileMatrix matrix = latin_hypercube(1, "test", 300, 2);
  for (const Sensitivity& one : sensitivities(matrix, std::vector<double>(300, 0.1))) {
    CHECK(one.first_order == 0);
    CHECK(one.swing() == doctest::Approx(0));
    CHECK(one.narrows == 0);
  }
  const QuantileMatrix single = latin_hypercube(1, "test", 1, 2);
  CHECK(sensitivities(single, std::vector<double>{4}).front().low == 4);
  CHECK_THROWS_AS(sensitivities(single, std::vector<double>{1, 2}), InternalError);
  CHECK_THROWS_AS(sensitivities(single, std::vector<double>{std::numeric_limits<double>::infinity()}), InternalError);
}

}  // namespace orrery
