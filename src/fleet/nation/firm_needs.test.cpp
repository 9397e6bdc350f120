#include "fleet/nation/firm_needs.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <numeric>

#include "base/random.hpp"

namespace orrery {
namespace {

TEST_CASE("needs of firms: hand-computed, two halves of a log-normal law") {
  // Median 1, sigma 1: the lower half has e^0.5 Phi(-1) of the mean of all, 0.26158 x 2 a firm; the upper half
  // e^0.5 Phi(1) = 1.38714 x 2.
  const auto needs = firm_needs({200, 0.5, 1, 1, 2}, 2);
  REQUIRE(needs.size() == 2);
  CHECK(needs[0].firms == doctest::Approx(50));
  CHECK(needs[0].gpus == doctest::Approx(0.52316).epsilon(1e-4));
  CHECK(needs[1].gpus == doctest::Approx(2.77428).epsilon(1e-4));
}

TEST_CASE("needs of firms: law, they add up to those of the law however many groups there are") {
  Rng rng = Rng::stream(1, "test/needs");
  for (int i = 0; i < 100; ++i) {
    const NeedLaw law{rng.uniform(1, 1e4), rng.uniform(0.1, 1), rng.uniform(0.01, 100), rng.uniform(0.1, 3), 2};
    const int groups = 1 + static_cast<int>(rng.below(500));
    const auto needs = firm_needs(law, groups);
    CAPTURE(i);
    CHECK(total_need(needs) == doctest::Approx(law.firms_with_need() * law.mean()).epsilon(1e-9));
    for (std::size_t k = 1; k < needs.size(); ++k) CHECK(needs[k].gpus > needs[k - 1].gpus);
  }
}

TEST_CASE("needs of firms: hand-computed, the largest job and the block") {
  const auto made = [](double gpus, double burst) {
    FirmNeed need;
    need.gpus = gpus;
    set_gang(need, burst);
    return need;
  };
  CHECK(made(3, 2).gang == 4);  // 6, down to a power of two
  CHECK(made(3, 2).block == 6);
  CHECK(made(5, 0.5).gang == 2);
  CHECK(made(5, 0.5).block == 5);  // no less than the mean use
  CHECK(made(0.001, 2).gang == 1);
  CHECK(made(0.001, 2).block == 1);
  CHECK(made(1e300, 2).gang == 1 << 20);  // bounded
}

TEST_CASE("sizes of firms: law, classes of all ranks add up to their shares") {
  const FirmSizes sizes{{0.35, 0.89, 1}, 0.5};
  std::vector<double> sums(3);
  const auto needs = firm_needs({1000, 1, 1, 1, 2}, 1000);
  for (const FirmNeed& need : needs) {
    const auto classes = sizes.classes_at(need.rank);
    CHECK(std::accumulate(classes.begin(), classes.end(), 0.0) == doctest::Approx(1));
    for (std::size_t c = 0; c < 3; ++c) sums[c] += classes[c] * need.firms;
  }
  CHECK(sums[0] == doctest::Approx(350).epsilon(0.002));
  CHECK(sums[1] == doctest::Approx(540).epsilon(0.002));
  CHECK(sums[2] == doctest::Approx(110).epsilon(0.01));
  // Large firms need more where size and need go together.
  CHECK(sizes.classes_at(2)[2] > sizes.classes_at(-2)[2]);
}

}  // namespace
}  // namespace orrery
