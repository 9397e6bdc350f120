// The flow level against SimGrid 3.32 (simgrid.org), an independent simulator with a max-min solver of its own.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <string>

#include "network/flow/completion.hpp"
#include "network/flow/test_oracle.hpp"
#include "network/flow/test_simgrid.hpp"

namespace orrery {
namespace {

struct Case {
  FlowProblem problem;
  std::uint32_t hosts = 0;
  test::FlowEnds ends;
};

std::vector<std::uint32_t> shuffled(std::uint32_t n, Rng& rng) {
  std::vector<std::uint32_t> order(n);
  std::iota(order.begin(), order.end(), 0U);
  for (std::uint32_t i = n; i > 1; --i) std::swap(order[i - 1], order[rng.below(i)]);
  return order;
}

/// Flows between hosts: a permutation, any pairs, or many to few; of equal or of unequal bytes (whole, as SimGrid has
/// it).
template <class Route>
Case random_flows(Rng& rng, std::uint32_t hosts, std::uint32_t links, Route route) {
  Case c;
  c.hosts = hosts;
  c.problem.capacity.assign(links, 50e9);
  if (rng.bernoulli(0.5))
    for (double& capacity : c.problem.capacity) capacity = rng.uniform(10e9, 100e9);
  const bool equal = rng.bernoulli(0.3);
  const auto add = [&](std::uint32_t source, std::uint32_t destination) {
    if (source == destination) return;
    c.ends.emplace_back(source, destination);
    test::add_flow(c.problem, route(source, destination), equal ? 1e9 : std::floor(rng.uniform(1e8, 2e9)));
  };
  const auto host = [&](std::uint64_t n) { return static_cast<std::uint32_t>(rng.below(n)); };
  if (rng.bernoulli(0.4)) {
    const std::vector<std::uint32_t> order = shuffled(hosts, rng);
    for (std::uint32_t h = 0; h < hosts; ++h) add(order[h], order[(h + 1) % hosts]);
  } else {
    const std::uint64_t targets = rng.bernoulli(0.5) ? hosts : 1 + rng.below(hosts);
    for (std::uint32_t f = 0; f < 2 * hosts; ++f) add(host(hosts), host(targets));
  }
  return c;
}

Case fat_tree(Rng& rng) {
  std::vector<std::uint32_t> down, up;
  for (std::uint64_t level = 0, levels = 1 + rng.below(3); level < levels; ++level) {
    down.push_back(static_cast<std::uint32_t>(2 + rng.below(5)));
    up.push_back(static_cast<std::uint32_t>(level == 0 ? 1 : 1 + rng.below(4)));
  }
  const test::FatTree tree(down, up);
  return random_flows(rng, tree.hosts(), tree.links(), [&](auto s, auto d) { return tree.route(s, d); });
}

/// Dimension order, the shorter way around; a node's links are its two of each dimension.
Case torus(Rng& rng) {
  std::array<std::uint32_t, 3> size{};
  for (std::uint32_t& s : size) s = static_cast<std::uint32_t>(2 + rng.below(5));
  const std::uint32_t nodes = size[0] * size[1] * size[2];
  return random_flows(rng, nodes, nodes * 6, [&](std::uint32_t source, std::uint32_t destination) {
    std::vector<std::uint32_t> path;
    std::uint32_t at = source, stride = 1;
    for (std::uint32_t d = 0; d < 3; stride *= size[d], ++d) {
      const std::uint32_t to = destination / stride % size[d];
      while (at / stride % size[d] != to) {
        const std::uint32_t x = at / stride % size[d], ahead = (to + size[d] - x) % size[d];
        const bool forward = 2 * ahead <= size[d];
        path.push_back(at * 6 + 2 * d + (forward ? 0 : 1));
        at += ((x + (forward ? 1 : size[d] - 1)) % size[d]) * stride;
        at -= x * stride;
      }
    }
    return path;
  });
}

/// Minimal routing: host to router, within the group to the router that has the cable to the other group, over it, on.
Case dragonfly(Rng& rng) {
  const auto routers = static_cast<std::uint32_t>(2 + rng.below(4)),
             hosts = static_cast<std::uint32_t>(1 + rng.below(4));
  const auto groups = static_cast<std::uint32_t>(2 + rng.below(6));
  const std::uint32_t all_routers = groups * routers, all_hosts = all_routers * hosts;
  // In this order: up and down of each host, router to router of a group, group to group.
  const std::uint32_t local = 2 * all_hosts, global = local + all_routers * routers;
  return random_flows(rng, all_hosts, global + groups * groups, [&](std::uint32_t source, std::uint32_t destination) {
    std::vector<std::uint32_t> path{2 * source};
    std::uint32_t at = source / hosts;
    const std::uint32_t last = destination / hosts;
    const auto hop = [&](std::uint32_t router) {
      if (router != at) path.push_back(local + at * routers + router % routers);
      at = router;
    };
    const std::uint32_t from = at / routers, to = last / routers;
    if (from != to) {
      hop(from * routers + to % routers);
      path.push_back(global + from * groups + to);
      at = to * routers + from % routers;
    }
    hop(last);
    path.push_back(2 * destination + 1);
    return path;
  });
}

void check_cases(Case (*make)(Rng&), const std::string& name, std::uint32_t cases) {
  double worst = 0;
  for (std::uint32_t seed = 0; seed < cases; ++seed) {
    Rng rng = Rng::stream(seed, name);
    const Case c = make(rng);
    if (c.ends.empty()) continue;
    const auto simgrid = test::simgrid_explicit(c.problem, c.hosts, c.ends);
    const double difference = test::largest_difference(finish_times(c.problem)->finish, simgrid.finish);
    worst = std::max(worst, difference);
    CHECK_MESSAGE(difference < 1e-6, name << ", seed " << seed << ", " << c.ends.size() << " flows");
  }
  MESSAGE(name << ": largest relative difference " << worst);
}

}  // namespace

TEST_CASE("simgrid: oracle, random flows over random fat trees") {
  check_cases(fat_tree, "fat tree", 100);
}

TEST_CASE("simgrid: oracle, random flows over random tori") {
  check_cases(torus, "torus", 100);
}

TEST_CASE("simgrid: oracle, random flows over random dragonflies") {
  check_cases(dragonfly, "dragonfly", 100);
}

TEST_CASE(
    "simgrid: oracle, a step of a random ring over its own fat tree of up to 4,096 hosts, equal and unequal bytes") {
  struct Step {
    std::uint32_t k;
    bool equal;
  };
  for (const auto& [k, equal] : {Step{8, true}, Step{8, false}, Step{16, true}, Step{16, false}}) {
    const test::FatTree tree({k, k, k}, {1, k, k});
    Rng rng = Rng::stream(k, "simgrid/ring");
    const std::vector<std::uint32_t> order = shuffled(tree.hosts(), rng);
    FlowProblem p = test::ring_step(tree, order, 1e9, 50e9);
    if (!equal)
      for (double& bytes : p.bytes) bytes = std::floor(rng.uniform(1e8, 2e9));
    test::FlowEnds ends;
    for (std::size_t i = 0; i < order.size(); ++i) ends.emplace_back(order[i], order[(i + 1) % order.size()]);
    const auto simgrid = test::simgrid_fat_tree({k, k, k}, {1, k, k}, 50e9, 0, ends, p.bytes);
    CHECK(test::largest_difference(finish_times(p)->finish, simgrid.finish) < 1e-6);
  }
}

TEST_CASE("simgrid: published, ring all-reduce of 1 GB in neighbour order over 8x8 and 8x8x8") {
  // A step is bytes / n over links of 50 GB/s, and 1 us for each of the 4 or 6 links of the longest way. Totals as
  // SimGrid 3.32 printed them for every message of the collective.
  struct Golden {
    std::vector<std::uint32_t> down, up;
    double seconds;
  };
  for (const Golden& golden : {Golden{{8, 8}, {1, 8}, 0.039879}, Golden{{8, 8, 8}, {1, 8, 8}, 0.046054}}) {
    const test::FatTree tree(golden.down, golden.up);
    const std::uint32_t n = tree.hosts();
    std::vector<std::uint32_t> order(n);
    std::iota(order.begin(), order.end(), 0U);
    const FlowProblem p = test::ring_step(tree, order, 1e9 / n, 50e9);
    const auto times = finish_times(p);
    double step = 0;
    test::FlowEnds ends;
    for (std::uint32_t h = 0; h < n; ++h) {
      ends.emplace_back(h, (h + 1) % n);
      step = std::max(step, times->finish[h] + 1e-6 * static_cast<double>(p.path(h).size()));
    }
    CHECK(2 * (n - 1) * step == doctest::Approx(golden.seconds).epsilon(0.5e-6 / golden.seconds));
    const auto simgrid = test::simgrid_fat_tree(golden.down, golden.up, 50e9, 1e-6, ends, p.bytes);
    CHECK(*std::max_element(simgrid.finish.begin(), simgrid.finish.end()) == doctest::Approx(step).epsilon(1e-9));
  }
}

}  // namespace orrery
