#include "cluster/sharing/go_random.hpp"

#include <doctest/doctest.h>

#include <vector>

namespace orrery {

TEST_CASE("Go's random numbers: published (what every Go program before 1.20 printed without a seed)") {
  GoRandom random(1);
  std::vector<std::int32_t> drawn;
  for (int i = 0; i < 10; ++i) drawn.push_back(random.below(100));
  CHECK(drawn == std::vector<std::int32_t>{81, 87, 47, 59, 81, 18, 25, 40, 56, 0});
}

TEST_CASE("Go's random numbers: law, draws are in their range and reach all of it") {
  GoRandom random(42);
  for (const std::int32_t n : {1, 2, 3, 7, 8, 1000}) {
    std::vector<int> seen(static_cast<std::size_t>(n), 0), shuffled = seen;
    for (int i = 0; i < 20 * n; ++i) {
      ++seen.at(static_cast<std::size_t>(random.below(n)));
      ++shuffled.at(static_cast<std::size_t>(random.below_for_shuffle(n)));
    }
    for (const int times : seen) CHECK(times > 0);
    for (const int times : shuffled) CHECK(times > 0);
  }
}

}  // namespace orrery
