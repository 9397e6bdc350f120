#include "fleet/uncertainty/summed_range.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "base/statistics.hpp"
#include "fleet/uncertainty/latin_hypercube.hpp"

namespace orrery {

TEST_CASE("summed range: hand-computed, the H100s of 2023") {
  // ln(891655 / 747011) = 0.17700, x 1.28155 / 1.64485 = 0.13790: 10 % at 776,800. Independent: half of it, 832,200.
  CHECK(summed_range(747011, 891655, 1049151, 4, 1).quantile(0.1) == doctest::Approx(776800).epsilon(0.001));
  CHECK(summed_range(747011, 891655, 1049151, 4, 0).quantile(0.1) == doctest::Approx(832200).epsilon(0.001));
  CHECK(summed_range(747011, 891655, 1049151, 1, 0).quantile(0.95) == doctest::Approx(1049151).epsilon(0.001));
}

TEST_CASE("summed range: oracle, parts drawn and added up") {
  // Four log-normal quarters of median 100 and deviation 0.15.
  constexpr int kParts = 4;
  constexpr double kDeviation = 0.15;
  for (const double rho : {0.0, 0.5, 1.0}) {
    CAPTURE(rho);
    const QuantileMatrix matrix = latin_hypercube(3, "test", 20000, kParts, common_shock(0, kParts, rho));
    std::vector<double> sums;
    for (int draw = 0; draw < matrix.draws(); ++draw) {
      double sum = 0;
      for (const double q : matrix.row(draw)) sum += 100 * std::exp(kDeviation * normal_quantile(q));
      sums.push_back(sum);
    }
    const double reach = std::exp(kDeviation * normal_quantile(0.95));
    const Law law = summed_range(400 / reach, 400, 400 * reach, kParts, rho);
    for (const double level : {0.1, 0.5, 0.9}) {
      CAPTURE(level);
      CHECK(law.quantile(level) == doctest::Approx(quantile(sums, level)).epsilon(0.015));
    }
  }
}

}  // namespace orrery
