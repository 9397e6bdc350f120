#include "network/expert_exchange.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <random>

namespace orrery {
namespace {

Cluster h800() {
  Cluster cluster;
  cluster.chip.vendor = "NVIDIA";
  cluster.node.scale_up_bandwidth = 200_GB_per_s;
  cluster.node.scale_out_bandwidth = 50_GB_per_s;
  cluster.fabric.latency = 4_us;
  cluster.fabric.efficiency = 0.97;
  cluster.chips = 256;
  return cluster;
}

TEST_CASE("expert exchange: hand-computed, two ranks of two experts each, two of which are chosen") {
  // Both of one rank: 2 x 1/6 of the 6 pairs; a token goes to 1/3 x 1 + 2/3 x 2 = 5/3 ranks.
  const ExpertExchange exchange{.tokens = 1, .token_bytes = 1, .experts = 4, .chosen = 2};
  CHECK(expert_spread({2, 2, 2}, exchange).ranks == doctest::Approx(5.0 / 3));
  CHECK(expert_spread({2, 2, 2}, exchange).domains == doctest::Approx(1));
  CHECK(expert_spread({2, 1, 1}, exchange).domains == doctest::Approx(5.0 / 3));
  // One domain of the two alone: both experts are those of one rank.
  CHECK(expert_spread({2, 1, 1}, {.experts = 4, .chosen = 2, .domains_chosen = 1}).domains == doctest::Approx(1));
}

TEST_CASE("expert exchange: hand-computed, a token crosses the network once a domain") {
  // Of all 4 domains a token of 100 experts uses all: 3/4 of 4 copies over the NIC, of 32 ranks' 7/8 over the links.
  const ExpertExchange exchange{.tokens = 1e6, .token_bytes = 1000, .experts = 3200, .chosen = 3200};
  const Group group{32, 8, 8};
  CHECK(expert_spread(group, exchange).ranks == doctest::Approx(32));
  CHECK(expert_wire_time(h800(), group, exchange).raw() == doctest::Approx(28e9 / 200e9));
  ExpertExchange direct = exchange;
  direct.low_latency = true;
  direct.chosen = 8;
  // 8 copies, of which 24/32 leave the domain.
  CHECK(expert_wire_time(h800(), group, direct).raw() == doctest::Approx(6e9 / 50e9));
}

TEST_CASE("expert exchange: law, no faster than the wire, and a group of one is free") {
  std::mt19937 random(5);
  for (int i = 0; i < 5000; ++i) {
    CAPTURE(i);
    const int local = 1 << (random() % 4);
    Group group{local << (random() % 6), local, local};
    group.skew = 1 + (random() % 100) / 50.0;
    const ExpertExchange exchange{.tokens = 1.0 + random() % 10000,
                                  .token_bytes = 1.0 + random() % 20000,
                                  .experts = static_cast<int>(1 + random() % 512),
                                  .chosen = static_cast<int>(1 + random() % 16),
                                  .domains_chosen = static_cast<int>(random() % 6),
                                  .low_latency = random() % 2 == 0};
    const Seconds time = expert_exchange_time(h800(), group, exchange);
    REQUIRE(std::isfinite(time.raw()));
    REQUIRE(time >= expert_wire_time(h800(), group, exchange));
    const ExpertSpread spread = expert_spread(group, exchange);
    REQUIRE(spread.ranks <= group.ranks * (1 + 1e-12));
    if (group.ranks == 1) REQUIRE(time == Seconds(0));
  }
}

}  // namespace
}  // namespace orrery
