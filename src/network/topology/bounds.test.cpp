#include "network/topology/test_bounds.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <random>
#include <vector>

#include "network/flow/completion.hpp"
#include "network/topology/fat_tree.hpp"
#include "network/topology/full_mesh.hpp"
#include "network/topology/reachability.hpp"

namespace orrery {
namespace {

std::unique_ptr<FatTree> small_tree(const FailedParts& failed = {}) {
  // Four endpoints at 50 GB/s below two leaves, each with one uplink of 20 GB/s; 1 us and 3 us a link.
  Diagnostics diagnostics;
  return FatTree::build({{2, 1, 1, 50_GB_per_s, 1_us}, {2, 1, 1, 20_GB_per_s, 3_us}}, {}, failed, diagnostics);
}

TEST_CASE("lower bounds: hand-computed") {
  const auto tree = small_tree();
  const std::vector<Transfer> transfers = {{0, 2, 1_GB, 0}, {1, 3, 1_GB, 0}, {0, 1, 4_GB, 0}, {2, 2, 9_GB, 0}};
  const LowerBounds bounds = lower_bounds(*tree, transfers);
  CHECK(bounds.link.raw() == doctest::Approx(0.1));       // 2 GB over 20 GB/s, as much as 5 GB over 50.
  CHECK(bounds.injection.raw() == doctest::Approx(0.1));  // Endpoint 0 sends 5 GB at 50 GB/s.
  CHECK(bounds.latency.raw() == doctest::Approx(8e-6));   // 1 + 3 + 3 + 1.
  CHECK(bounds.unreachable == 0);
  const LowerBounds uplink = lower_bounds(*tree, std::vector<Transfer>{{0, 2, 1_GB, 0}});
  CHECK(uplink.link.raw() == doctest::Approx(0.05));
  CHECK(uplink.busiest == 8);
  CHECK(uplink.largest() == uplink.link);
}

TEST_CASE("lower bounds: hand-computed, a mesh's chip injects over all its links") {
  Diagnostics diagnostics;
  const auto mesh = FullMesh::build(4, 10_GB_per_s, 1_us, 1, {}, diagnostics);
  const std::vector<Transfer> transfers = {{0, 1, 3_GB, 0}, {2, 1, 3_GB, 0}};
  const LowerBounds bounds = lower_bounds(*mesh, transfers);
  CHECK(bounds.injection.raw() == doctest::Approx(0.2));  // 6 GB into three links of 10 GB/s.
  CHECK(bounds.link.raw() == doctest::Approx(0.3));
}

TEST_CASE("lower bounds: law, of a problem the same as of the graph that it was made from") {
  const auto tree = small_tree();
  std::mt19937 random(2);
  for (int trial = 0; trial < 100; ++trial) {
    CAPTURE(trial);
    FlowProblem problem;
    for (const NetworkLink& link : tree->links()) problem.capacity.push_back(link.capacity.raw());
    std::vector<Transfer> transfers;
    for (int f = 0; f < 6; ++f) {
      const Transfer transfer{static_cast<std::uint32_t>(random() % 4), static_cast<std::uint32_t>(random() % 4),
                              Bytes(1e9 * (random() % 100)), 0};
      transfers.push_back(transfer);
      std::vector<RouteHop> hops;
      tree->route(transfer.source, transfer.destination, 0, hops);
      for (const RouteHop& hop : hops) {
        problem.links.push_back(hop.link);
        problem.usage.push_back(hop.share);
      }
      problem.offsets.push_back(static_cast<std::uint32_t>(problem.links.size()));
      problem.bytes.push_back(transfer.bytes.raw());
    }
    REQUIRE(makespan_bound(problem) == doctest::Approx(lower_bounds(*tree, transfers).link.raw()));
  }
}

TEST_CASE("reachability: hand-computed, a leaf without its uplink") {
  CHECK(reachability(*small_tree()).connected());
  FailedParts failed;
  failed.cables.push_back({1, 1, 0, 0});
  const auto tree = small_tree(failed);
  const Reachability all = reachability(*tree);
  CHECK(all.pairs == 12);
  CHECK(all.cut_off == 8);  // Each of two with each of two, both ways.
  CHECK(all.source == 0);
  CHECK(all.destination == 2);
  CHECK(all.exhaustive);
  const Reachability sample = reachability(*tree, 15);
  CHECK_FALSE(sample.exhaustive);
  CHECK(sample.pairs == 15);
  CHECK_FALSE(sample.connected());
  CHECK(lower_bounds(*tree, std::vector<Transfer>{{0, 3, 1_GB, 0}}).unreachable == 1);
}

}  // namespace
}  // namespace orrery
