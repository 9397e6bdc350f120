#include "network/topology/ecmp.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "base/random.hpp"
#include "network/topology/fat_tree.hpp"

namespace orrery {
namespace {

TEST_CASE("hashed flows: hand-computed, three flows onto two paths") {
  // Of 8 ways 2 put all on one path: the fullest has 3 with 1/4, else 2.
  const HashedFlows h{3, 2, 1};
  CHECK(max_load_probability(h, 1) == 0);
  CHECK(max_load_probability(h, 2) == doctest::Approx(0.75));
  CHECK(max_load_probability(h, 3) == 1);
  CHECK(mean_max_load(h) == doctest::Approx(2.25));
  CHECK(max_load_quantile(h, 0.7) == 2);
  CHECK(max_load_quantile(h, 0.8) == 3);
  // A flow is alone with 1/4, with one other 1/2, with two 1/4.
  CHECK(mean_slowdown(h) == doctest::Approx(2));
  CHECK(hashed_throughput(h) == doctest::Approx(0.25 + 0.5 / 2 + 0.25 / 3));
  CHECK(slowdown_quantile(h, 0.2) == 1);
  CHECK(slowdown_quantile(h, 0.7) == 2);
  CHECK(slowdown_quantile(h, 0.8) == 3);
}

TEST_CASE("hashed flows: hand-computed, one path and one flow") {
  CHECK(mean_max_load({7, 1, 1}) == 7);
  CHECK(mean_slowdown({7, 1, 0.5}) == doctest::Approx(3.5));
  CHECK(mean_slowdown({1, 9, 1}) == 1);
  CHECK(hashed_throughput({1000000, 1, 1}) == doctest::Approx(1e-6));
}

TEST_CASE("hashed flows: oracle, all assignments of few flows") {
  for (std::uint64_t n = 1; n <= 7; ++n) {
    for (std::uint64_t k = 1; k <= 4; ++k) {
      CAPTURE(n);
      CAPTURE(k);
      std::vector<double> with_max(n + 1, 0);
      const auto all = static_cast<std::uint64_t>(std::llround(std::pow(k, n)));
      for (std::uint64_t code = 0; code < all; ++code) {
        std::vector<std::uint64_t> load(k, 0);
        for (std::uint64_t i = 0, rest = code; i < n; ++i, rest /= k) ++load[rest % k];
        with_max[*std::max_element(load.begin(), load.end())] += 1.0 / static_cast<double>(all);
      }
      double below = 0;
      for (std::uint64_t m = 0; m <= n; ++m) {
        below += with_max[m];
        REQUIRE(max_load_probability({n, k, 1}, m) == doctest::Approx(below).epsilon(1e-10));
      }
    }
  }
}

TEST_CASE("hashed flows: oracle, drawing at random where the approximation takes over") {
  const int draws = 4000;
  for (const HashedFlows h : {HashedFlows{64, 64, 1}, HashedFlows{256, 32, 0.125}, HashedFlows{1024, 1024, 1},
                              HashedFlows{2048, 512, 0.25}, HashedFlows{1000, 4, 0.01}, HashedFlows{8192, 64, 0.01}}) {
    CAPTURE(h.flows);
    CAPTURE(h.paths);
    Rng rng = Rng::stream(3, "test/hashed flows", 0, h.flows * 10000 + h.paths);
    std::vector<double> most;
    double throughput = 0, slowdown = 0;
    for (int d = 0; d < draws; ++d) {
      std::vector<int> load(h.paths, 0);
      for (std::uint64_t i = 0; i < h.flows; ++i) ++load[rng.below(h.paths)];
      most.push_back(*std::max_element(load.begin(), load.end()));
      for (const int l : load) {
        const double s = std::max(1.0, l * h.demand), n = static_cast<double>(h.flows) * draws;
        throughput += l / s / n;
        slowdown += l * s / n;
      }
    }
    double mean = 0, square = 0;
    for (const double m : most) {
      mean += m / draws;
      square += m * m / draws;
    }
    // Five standard errors.
    CHECK(std::abs(mean_max_load(h) - mean) < 5 * std::sqrt((square - mean * mean) / draws) + 1e-9);
    CHECK(hashed_throughput(h) == doctest::Approx(throughput).epsilon(0.005));
    CHECK(mean_slowdown(h) == doctest::Approx(slowdown).epsilon(0.005));
    for (const std::uint64_t m : {max_load_quantile(h, 0.1), max_load_quantile(h, 0.5), max_load_quantile(h, 0.95)}) {
      const double share = static_cast<double>(std::count_if(most.begin(), most.end(),
                                                             [&](double x) { return x <= static_cast<double>(m); })) /
                           draws;
      CHECK(std::abs(max_load_probability(h, m) - share) < 5 * 0.5 / std::sqrt(draws));
    }
  }
}

TEST_CASE("hashed flows: law, more paths never hurt, and as many flows as paths tend to 1 - 1/e") {
  for (std::uint64_t n = 1; n < 200; n += 7) {
    double throughput = 0, fullest = 1e9;
    for (std::uint64_t k = 1; k <= 256; k *= 2) {
      const HashedFlows h{n, k, 1};
      CHECK(hashed_throughput(h) > throughput - 1e-12);
      CHECK(mean_max_load(h) < fullest + 1e-6);
      throughput = hashed_throughput(h);
      fullest = mean_max_load(h);
    }
  }
  CHECK(hashed_throughput({1000000, 1000000, 1}) == doctest::Approx(1 - std::exp(-1.0)).epsilon(1e-5));
}

/// Mean rate over demand when each endpoint sends one flow, max-min fair: fill all flows evenly, stop those on a full
/// link, go on with the rest.
double mean_rate(const FatTree& tree, const std::vector<std::uint32_t>& destination, std::uint64_t key) {
  std::vector<std::vector<RouteHop>> ways(destination.size());
  std::vector<double> left, count(tree.links().size(), 0);
  for (const NetworkLink& link : tree.links()) left.push_back(link.capacity.raw());
  for (std::uint32_t s = 0; s < destination.size(); ++s) {
    tree.route(s, destination[s], key, ways[s]);
    for (const RouteHop& hop : ways[s]) count[hop.link] += hop.share;
  }
  std::vector<bool> done(destination.size(), false);
  double rate = 0, sum = 0;
  for (std::size_t open = destination.size(); open > 0;) {
    double step = 1e300;
    for (std::size_t l = 0; l < left.size(); ++l)
      if (count[l] > 0.5) step = std::min(step, left[l] / count[l]);
    rate += step;
    for (std::size_t l = 0; l < left.size(); ++l) left[l] -= step * count[l];
    for (std::size_t f = 0; f < ways.size(); ++f) {
      if (done[f]) continue;
      const bool full = ways[f].empty() || std::any_of(ways[f].begin(), ways[f].end(), [&](const RouteHop& hop) {
                          return left[hop.link] < 1e-6 * tree.links()[hop.link].capacity.raw();
                        });
      if (!full) continue;
      done[f] = true;
      --open;
      sum += ways[f].empty() ? tree.links()[0].capacity.raw() : rate;
      for (const RouteHop& hop : ways[f]) count[hop.link] -= hop.share;
    }
  }
  return sum / static_cast<double>(ways.size()) / tree.links()[0].capacity.raw();
}

double throughput(const std::vector<FatTreeLevel>& levels, Routing routing, bool aligned) {
  double mean = 0;
  const int rounds = 8;
  for (int round = 0; round < rounds; ++round) {
    Diagnostics diagnostics;
    const auto tree = FatTree::build(levels, {routing, static_cast<std::uint64_t>(round)}, {}, diagnostics);
    const std::uint32_t n = tree->endpoints();
    std::vector<std::uint32_t> destination(n);
    Rng rng = Rng::stream(4, "test/permutation", 0, static_cast<std::uint64_t>(round));
    for (std::uint32_t i = 0; i < n; ++i) destination[i] = aligned ? (i + 8) % n : i;
    for (std::uint32_t i = n; !aligned && i > 1; --i) std::swap(destination[i - 1], destination[rng.below(i)]);
    mean += mean_rate(*tree, destination, 0) / rounds;
  }
  return mean;
}

FatTreeLevel level(std::uint32_t children, std::uint32_t parents) {
  return {children, parents, 1, 50_GB_per_s, 1_us};
}

// Vendors claim about 60 % of the bandwidth for hashed Ethernet and 95 % for sprayed (NVIDIA on xAI's Colossus, 2024).
// Nothing here was fitted to that; docs/fabrics.md has the figures.
TEST_CASE("hashed flows: law, what hashing costs random traffic on two and three tiers") {
  const std::vector<FatTreeLevel> two = {level(32, 1), level(32, 32)};
  const std::vector<FatTreeLevel> three = {level(8, 1), level(8, 8), level(16, 8)};
  // 32 flows onto 32 uplinks, and again 32 onto the 32 cables down to a leaf: no better than one such stage, better
  // than two that know nothing of each other's losses. 1 - (31/32)^32 = 63.8 %.
  const double stage = 1 - std::pow(31.0 / 32, 32);
  CHECK(hashed_throughput({32, 32, 1}) == doctest::Approx(stage));
  const double hashed_two = throughput(two, Routing::Ecmp, false),
               hashed_three = throughput(three, Routing::Ecmp, false);
  const double modulo = throughput(three, Routing::DestinationModulo, false);
  MESSAGE("two tiers ", hashed_two, ", three tiers ", hashed_three, ", d-mod-k on three ", modulo);
  CHECK(modulo > stage * stage);  // Upwards as good as at random, downwards without a choice of its own.
  CHECK(modulo < stage);
  CHECK(hashed_two < stage);
  CHECK(hashed_two > stage * stage);
  CHECK(hashed_three < hashed_two);
  CHECK(hashed_three > std::pow(stage, 4));
  CHECK(throughput(two, Routing::Spray, false) == doctest::Approx(1));
  CHECK(throughput(three, Routing::Spray, false) == doctest::Approx(1));
  // A NIC's traffic split over many hashes loses less.
  CHECK(hashed_throughput({32 * 16, 32, 1.0 / 16}) > 0.85);
}

TEST_CASE("hashed flows: hand-computed, rings in the order of nodes below racks of two nodes (Meta's 24k RoCE)") {
  // Racks of 16 chips in 2 nodes, 16 uplinks, ring neighbour 8 chips on: half the flows leave the rack, 8 onto 16.
  // 16/8 (1 - (15/16)^8) = 80.7 % of their rate, and half of the flows lose nothing.
  CHECK(hashed_throughput({8, 16, 1}) == doctest::Approx(2 * (1 - std::pow(15.0 / 16, 8))));
  const std::vector<FatTreeLevel> pod = {level(16, 1), level(64, 16)};
  const double mean = throughput(pod, Routing::Ecmp, true);
  MESSAGE("rings below racks of two nodes: ", mean, ", fullest uplink of a rack ", mean_max_load({8, 16, 1}));
  CHECK(mean < 0.5 + 0.5 * 0.808);
  CHECK(mean > 0.5 + 0.5 * 0.807 * 0.807);
  CHECK(throughput(pod, Routing::DestinationModulo, true) == doctest::Approx(1));
  CHECK(throughput(pod, Routing::Spray, true) == doctest::Approx(1));
}

}  // namespace
}  // namespace orrery
