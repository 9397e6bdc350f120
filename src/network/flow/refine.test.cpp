#include "network/flow/refine.hpp"

#include <doctest/doctest.h>

#include <numeric>

#include "network/flow/completion.hpp"
#include "network/flow/max_min.hpp"
#include "network/flow/test_oracle.hpp"

namespace orrery {
namespace {

std::vector<std::uint32_t> in_order(std::uint32_t n) {
  std::vector<std::uint32_t> order(n);
  std::iota(order.begin(), order.end(), 0U);
  return order;
}

/// Folded finish times, flow by flow, against those of every flow.
void check_fold(const FlowProblem& p, const FoldedFlows& folded, std::uint32_t seed) {
  const auto whole = finish_times(p), classes = finish_times(folded.problem);
  CHECK_MESSAGE(test::largest_difference(folded.by_flow(classes->finish), whole->finish) < 1e-9, "seed " << seed);
  CHECK_MESSAGE(test::largest_difference(folded.by_flow(max_min_rates(folded.problem)), max_min_rates(p)) < 1e-9,
                "seed " << seed);
  // Bytes of a link are those of its class.
  const std::vector<double> bytes = link_bytes(p), of_class = link_bytes(folded.problem);
  for (std::size_t l = 0; l < bytes.size(); ++l) {
    if (folded.link_class[l] == FoldedFlows::kUnusedLink) {
      CHECK_MESSAGE(bytes[l] == 0, "seed " << seed);
    } else {
      CHECK_MESSAGE(bytes[l] == doctest::Approx(of_class[folded.link_class[l]]).epsilon(1e-12), "seed " << seed);
    }
  }
  CHECK(std::accumulate(folded.flow_members.begin(), folded.flow_members.end(), std::size_t{0}) == p.flows());
}

/// Many flows in few classes: shifts by whole subtrees, all-to-all of groups, jobs of unequal sizes on one tree.
FlowProblem symmetric_problem(Rng& rng) {
  const auto k = static_cast<std::uint32_t>(2 + rng.below(3));
  const auto spines = static_cast<std::uint32_t>(1 + rng.below(k));
  const test::FatTree tree({k, k, k}, {1, spines, spines});
  FlowProblem p = tree.problem(rng.uniform(0.5, 2));
  const std::uint32_t n = tree.hosts();
  for (std::uint64_t jobs = 1 + rng.below(3); jobs > 0; --jobs) {
    const double bytes = static_cast<double>(1 + rng.below(2));
    const auto shift = static_cast<std::uint32_t>(1 + rng.below(n - 1));
    if (rng.bernoulli(0.7)) {
      for (std::uint32_t h = 0; h < n; ++h) test::add_flow(p, tree.route(h, (h + shift) % n), bytes);
    } else {
      const std::uint32_t group = rng.bernoulli(0.5) ? k : k * k;
      for (std::uint32_t h = 0; h < n; ++h)
        for (std::uint32_t peer = h / group * group; peer < (h / group + 1) * group; ++peer)
          if (peer != h) test::add_flow(p, tree.route(h, peer), bytes);
    }
  }
  return p;
}

}  // namespace

TEST_CASE("fold: hand-computed, two groups on links of two capacities") {
  // Three flows on each of links 0 and 1, of 6; two on link 2, of 8; link 3 is idle. Two classes of flows, as many of
  // links: three flows of 6 / 3 = 2, two of 8 / 2 = 4.
  FlowProblem p;
  p.capacity = {6, 6, 8, 5};
  for (const std::uint32_t l : {0U, 1U, 0U, 2U, 1U, 0U, 2U, 1U}) test::add_flow(p, {l}, 12);
  const FoldedFlows folded = fold(p);
  CHECK(folded.flow_class == std::vector<std::uint32_t>{0, 0, 0, 1, 0, 0, 1, 0});
  CHECK(folded.flow_members == std::vector<std::uint32_t>{6, 2});
  CHECK(folded.link_class == std::vector<std::uint32_t>{0, 0, 1, FoldedFlows::kUnusedLink});
  CHECK(folded.link_members == std::vector<std::uint32_t>{2, 1});
  CHECK(folded.problem.usage == std::vector<double>{3, 2});
  CHECK(max_min_rates(folded.problem) == std::vector<double>{2, 4});
  CHECK(finish_times(folded.problem)->finish == std::vector<double>{6, 3});
}

TEST_CASE("fold: hand-computed, a neighbour ring over a fat tree is one flow") {
  // Every link of x -> x + 1 carries one flow, and a flow is not the slower for having more of them.
  const test::FatTree tree({4, 4, 4}, {1, 4, 4});
  const FoldedFlows folded = fold(test::ring_step(tree, in_order(64), 1e6, 1e9));
  CHECK(folded.flow_members == std::vector<std::uint32_t>{64});
  CHECK(folded.link_members == std::vector<std::uint32_t>{48 * 2 + 12 * 4 + 4 * 6});
  CHECK(finish_times(folded.problem)->makespan == doctest::Approx(1e-3).epsilon(1e-15));
}

TEST_CASE("fold: hand-computed, an oversubscribed neighbour ring has a class of flows for each level it tops out at") {
  // One spine link a leaf at half the speed: the flow of a leaf that leaves it has 0.5, and nothing else differs.
  const test::FatTree tree({4, 4}, {1, 1});
  FlowProblem p = test::ring_step(tree, in_order(16), 1, 1);
  for (std::uint32_t l = 32; l < tree.links(); ++l) p.capacity[l] = 0.5;
  const FoldedFlows folded = fold(p);
  CHECK(folded.flow_members == std::vector<std::uint32_t>{12, 4});
  CHECK(finish_times(folded.problem)->finish == std::vector<double>{1, 2});
}

TEST_CASE("fold: hand-computed, a flow over two links of a class meets each alike") {
  // Flow 0 crosses links 0 and 1, which are one class; the folded flow has it once, a byte on each a byte.
  FlowProblem p;
  p.capacity = {2, 2};
  test::add_flow(p, {0, 1}, 10);
  const FoldedFlows folded = fold(p);
  CHECK(folded.problem.links == std::vector<std::uint32_t>{0});
  CHECK(folded.problem.usage == std::vector<double>{1});
  CHECK(finish_times(folded.problem)->makespan == 5);
}

TEST_CASE("fold: law, folded flows end when each of them does") {
  std::size_t flows = 0, classes = 0;
  for (std::uint32_t seed = 0; seed < 300; ++seed) {
    Rng rng = Rng::stream(seed, "flow/fold");
    const FlowProblem p = symmetric_problem(rng);
    const FoldedFlows folded = fold(p);
    check_fold(p, folded, seed);
    flows += p.flows();
    classes += folded.problem.flows();
  }
  CHECK(classes < flows / 3);
  for (std::uint32_t seed = 0; seed < 500; ++seed) {
    const FlowProblem p = test::random_case(seed);
    check_fold(p, fold(p), seed);
  }
}

TEST_CASE("fold: law, a folded problem does not fold further") {
  for (std::uint32_t seed = 0; seed < 100; ++seed) {
    Rng rng = Rng::stream(seed, "flow/fold");
    const FlowProblem once = fold(symmetric_problem(rng)).problem;
    const FlowProblem twice = fold(once).problem;
    CHECK_MESSAGE(twice.flows() == once.flows(), "seed " << seed);
  }
}

}  // namespace orrery
