#include "cluster/slurm/node_space.hpp"

#include <doctest/doctest.h>

#include "base/random.hpp"

using namespace orrery;

TEST_CASE("node space: oracle, a table of minutes") {
  for (std::uint32_t trial = 0; trial < 50; ++trial) {
    CAPTURE(trial);
    Rng rng = Rng::stream(3, "node space test", trial);
    constexpr std::size_t kNodes = 70, kTimes = 40;
    NodeSpace space(NodeBits(kNodes, true), 0);
    std::vector<std::vector<bool>> table(kTimes, std::vector<bool>(kNodes, true));
    for (int promise = 0; promise < 12; ++promise) {
      NodeBits nodes(kNodes);
      for (std::size_t node = 0; node < kNodes; ++node) {
        if (rng.bernoulli(0.1)) nodes.set(node);
      }
      const std::uint64_t begin = rng.below(kTimes), end = begin + rng.below(kTimes - begin + 1);
      space.promise(nodes, static_cast<Millis>(begin), static_cast<Millis>(end));
      for (std::size_t time = begin; time < end; ++time) {
        for (std::size_t node = 0; node < kNodes; ++node) {
          if (nodes.has(node)) table[time][node] = false;
        }
      }
      const std::uint64_t from = rng.below(kTimes), to = from + 1 + rng.below(kTimes - from);
      const NodeBits free = space.free_during(static_cast<Millis>(from), static_cast<Millis>(to));
      for (std::size_t node = 0; node < kNodes; ++node) {
        bool expected = true;
        for (std::size_t time = from; time < to; ++time) expected = expected && table[time][node];
        CHECK(free.has(node) == expected);
      }
      CHECK(space.free(free, static_cast<Millis>(from), static_cast<Millis>(to)));
    }
  }
}
