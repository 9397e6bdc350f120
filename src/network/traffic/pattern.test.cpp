#include "network/traffic/pattern.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

namespace orrery {
namespace {

using Flows = std::vector<std::pair<std::uint32_t, std::uint32_t>>;

Flows flows_of(const GroupTiling& tiling, Traffic traffic) {
  Flows flows;
  for_each_flow(tiling, traffic, [&](std::uint32_t a, std::uint32_t b) { flows.emplace_back(a, b); });
  return flows;
}

TEST_CASE("pattern: hand-computed, rings of two groups over three domains") {
  // Ranks 0..11, two groups with stride 2: {0 2 4 6 8 10} and {1 3 5 7 9 11}; two members a domain.
  const GroupTiling tiling{6, 2, 2, 12};
  CHECK(tiling.domains() == 3);
  const Flows expected = {{0, 4}, {2, 6}, {4, 8}, {6, 10}, {8, 0}, {10, 2},
                          {1, 5}, {3, 7}, {5, 9}, {7, 11}, {9, 1}, {11, 3}};
  CHECK(flows_of(tiling, Traffic::Neighbour) == expected);
  CHECK(flow_count(tiling, Traffic::Neighbour) == 12);
}

TEST_CASE("pattern: hand-computed, all-to-all leaves out the own domain") {
  const Flows expected = {{0, 2}, {0, 3}, {1, 2}, {1, 3}, {2, 0}, {2, 1}, {3, 0}, {3, 1}};
  CHECK(flows_of({4, 2, 1, 4}, Traffic::Uniform) == expected);
}

TEST_CASE("double tree: hand-computed, eight nodes") {
  // Tree 1: 0 -> 4 -> {2 -> {1, 3}, 6 -> {5, 7}}; tree 2 is its mirror image.
  const long long first[] = {-1, 2, 4, 2, 0, 6, 4, 6};
  const long long second[] = {1, 3, 1, 7, 5, 3, 5, -1};
  for (long long node = 0; node < 8; ++node) {
    CHECK(double_tree_parent(node, 8, false) == first[node]);
    CHECK(double_tree_parent(node, 8, true) == second[node]);
  }
}

TEST_CASE("double tree: law, trees of every size; who is inner in one is a leaf in the other, but for one node") {
  for (long long nodes = 2; nodes <= 130; ++nodes) {
    CAPTURE(nodes);
    std::set<long long> inner[2];
    for (const bool second : {false, true}) {
      int roots = 0;
      for (long long node = 0; node < nodes; ++node) {
        const long long parent = double_tree_parent(node, nodes, second);
        REQUIRE(parent >= -1);
        REQUIRE(parent < nodes);
        roots += parent < 0 ? 1 : 0;
        if (parent >= 0) inner[second ? 1 : 0].insert(parent);
        int steps = 0;
        for (long long up = node; up >= 0; up = double_tree_parent(up, nodes, second)) REQUIRE(++steps <= 10);
      }
      CHECK(roots == 1);
    }
    std::vector<long long> both;
    std::set_intersection(inner[0].begin(), inner[0].end(), inner[1].begin(), inner[1].end(), std::back_inserter(both));
    CHECK(both.size() <= 1 + nodes % 2);
  }
}

TEST_CASE("pattern: law, what enters a domain leaves it, and every count is the number of flows") {
  for (const GroupTiling tiling : {GroupTiling{8, 2, 4, 64}, GroupTiling{5, 1, 3, 31}, GroupTiling{7, 2, 1, 20}}) {
    for (const Traffic traffic : {Traffic::Neighbour, Traffic::Tree, Traffic::Uniform}) {
      const Flows flows = flows_of(tiling, traffic);
      CHECK(static_cast<double>(flows.size()) <= flow_count(tiling, traffic));
      std::vector<int> balance(tiling.job);
      for (const auto& [a, b] : flows) {
        REQUIRE(a < tiling.busy());
        REQUIRE(b < tiling.busy());
        ++balance[a / (tiling.per_domain * tiling.stride)];
        --balance[b / (tiling.per_domain * tiling.stride)];
      }
      if (tiling.ranks % tiling.per_domain == 0) {
        CHECK(std::all_of(balance.begin(), balance.end(), [](int b) { return b == 0; }));
      }
    }
  }
  CHECK(flows_of({4, 4, 1, 16}, Traffic::Neighbour).empty());
}

}  // namespace
}  // namespace orrery
