#include "network/flow/completion.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <numeric>
#include <string>

#include "base/check.hpp"
#include "network/flow/fair_rates.hpp"
#include "network/flow/max_min.hpp"
#include "network/flow/test_oracle.hpp"

namespace orrery {
namespace {

std::vector<std::uint32_t> shuffled(std::uint32_t n, Rng& rng) {
  std::vector<std::uint32_t> order(n);
  std::iota(order.begin(), order.end(), 0U);
  for (std::uint32_t i = n; i > 1; --i) std::swap(order[i - 1], order[rng.below(i)]);
  return order;
}

/// The same flows in another order.
FlowProblem reordered(const FlowProblem& p, const std::vector<std::uint32_t>& order) {
  FlowProblem q;
  q.capacity = p.capacity;
  for (const std::uint32_t f : order) {
    const auto path = p.path(f);
    test::add_flow(q, {path.begin(), path.end()}, p.bytes[f]);
    for (std::uint32_t i = p.offsets[f]; !p.usage.empty() && i < p.offsets[f + 1]; ++i) q.usage.push_back(p.usage[i]);
  }
  return q;
}

/// The problem without the flows that ended.
FlowProblem without(const FlowProblem& p, const std::vector<bool>& ended) {
  FlowProblem q = p;
  q.offsets = {0};
  q.links.clear();
  q.usage.clear();
  for (std::size_t f = 0; f < p.flows(); ++f) {
    for (std::uint32_t i = p.offsets[f]; !ended[f] && i < p.offsets[f + 1]; ++i) {
      q.links.push_back(p.links[i]);
      if (!p.usage.empty()) q.usage.push_back(p.usage[i]);
    }
    q.offsets.push_back(static_cast<std::uint32_t>(q.links.size()));
  }
  return q;
}

/// Takes flows out in random order, in batches that go on with this probability, and certifies the rates of the rest.
void check_removals(const FlowProblem& p, Rng& rng, double more, const std::string& name) {
  Work work;
  FlowGraph graph = flow_graph(p, false);
  Filling filling = *fill(graph, work);
  std::vector<double> now = graph.limit_of;
  const std::vector<std::uint32_t> number = graph.flow;
  FairRates rates(std::move(graph), std::move(filling));
  std::vector<bool> ended(p.flows());
  const std::vector<std::uint32_t> order = shuffled(static_cast<std::uint32_t>(number.size()), rng);
  for (std::size_t next = 0; next < order.size();) {
    std::vector<std::uint32_t> batch;
    do {
      batch.push_back(order[next]);
      ended[number[order[next++]]] = true;
    } while (next < order.size() && rng.bernoulli(more));
    rates.remove(batch, work);
    const FlowProblem rest = without(p, ended);
    for (std::uint32_t f = 0; f < number.size(); ++f)
      now[number[f]] = ended[number[f]] ? std::numeric_limits<double>::infinity() : rates.rate(f);
    REQUIRE_MESSAGE(bottleneck_violation(rest, now) < 1e-11, name << " after " << next);
  }
}

}  // namespace

TEST_CASE("finish times: hand-computed, who ends makes room") {
  // Link 0 of 10 carries flows 0 and 1, link 1 of 4 carries flows 1 and 2: rates 8, 2, 2. Flow 2 ends at 1 with its 2
  // bytes; flow 1 then has 4, flow 0 the other 6. Flow 1 has 12 - 2 = 10 left and ends at 3.5. Flow 0 moved 8 + 6 x 2.5
  // = 23 of its 33 by then and ends with 10 at 4.5.
  FlowProblem p;
  p.capacity = {10, 4};
  test::add_flow(p, {0}, 33);
  test::add_flow(p, {0, 1}, 12);
  test::add_flow(p, {1}, 2);
  const auto times = finish_times(p);
  REQUIRE(times);
  CHECK(test::largest_difference(times->finish, {4.5, 3.5, 1}) < 1e-15);
  CHECK(times->makespan == 4.5);
  CHECK(times->events == 3);
  CHECK(link_bytes(p) == std::vector<double>{45, 14});
  CHECK(makespan_bound(p) == 4.5);
}

TEST_CASE("finish times: hand-computed, equal flows end in one event; nothing to move is done at 0") {
  FlowProblem p;
  p.capacity = {4};
  for (int f = 0; f < 4; ++f) test::add_flow(p, {0}, 5);
  test::add_flow(p, {0}, 0);
  test::add_flow(p, {}, 7);
  const auto times = finish_times(p);
  CHECK(times->finish == std::vector<double>{5, 5, 5, 5, 0, 0});
  CHECK(times->events == 1);
  CHECK(finish_times(FlowProblem{})->makespan == 0);
  CHECK(finish_times(FlowProblem{})->events == 0);
}

TEST_CASE("finish times: hand-computed, a problem that means nothing is our bug, not an endless loop") {
  FlowProblem p;
  p.capacity = {0};
  test::add_flow(p, {0}, 1);
  CHECK_THROWS_AS(static_cast<void>(finish_times(p)), InternalError);
  p.capacity = {1};
  p.usage = {0};
  CHECK_THROWS_AS(static_cast<void>(finish_times(p)), InternalError);
}

TEST_CASE("finish times: oracle, rates solved from nothing at every event") {
  double worst = 0;
  for (std::uint32_t seed = 0; seed < 2000; ++seed) {
    const FlowProblem p = test::random_case(seed);
    const double difference = test::largest_difference(finish_times(p)->finish, test::slow_finish_times(p));
    worst = std::max(worst, difference);
    CHECK_MESSAGE(difference < 1e-9, "seed " << seed);
  }
  MESSAGE("worst " << worst);
}

TEST_CASE("finish times: law, rates are certified fair after every removal") {
  for (std::uint32_t seed = 0; seed < 500; ++seed) {
    Rng rng = Rng::stream(seed, "flow/removal");
    check_removals(test::random_case(seed), rng, 0.3, "seed " + std::to_string(seed));
  }
}

TEST_CASE("finish times: law, certified fair with hundreds of flows on a link and usages over eight orders") {
  const test::FatTree tree({8, 8, 4}, {1, 2, 2});
  for (std::uint32_t seed = 0; seed < 6; ++seed) {
    Rng rng = Rng::stream(seed, "flow/dense");
    FlowProblem p = tree.problem(1);
    for (double& c : p.capacity) c = rng.uniform(1, 4);
    const auto host = [&] { return static_cast<std::uint32_t>(rng.below(tree.hosts())); };
    for (std::uint32_t f = 0; f < 8 * tree.hosts(); ++f) test::add_flow(p, tree.route(host(), host()), 1);
    for (std::size_t i = 0; seed % 2 == 1 && i < p.links.size(); ++i)
      p.usage.push_back(std::pow(10, rng.uniform(-4, 4)));
    check_removals(p, rng, 0.9, "seed " + std::to_string(seed));
  }
}

TEST_CASE("finish times: law, capacities k times as large, the time 1/k; flows in any order; a link that none uses") {
  for (std::uint32_t seed = 0; seed < 300; ++seed) {
    Rng rng = Rng::stream(seed, "flow/laws");
    const FlowProblem p = test::random_case(seed);
    const std::vector<double> finish = finish_times(p)->finish;

    FlowProblem faster = p;
    for (double& c : faster.capacity) c *= 3;
    std::vector<double> scaled = finish_times(faster)->finish;
    for (double& t : scaled) t *= 3;
    CHECK_MESSAGE(test::largest_difference(scaled, finish) < 1e-9, "seed " << seed);

    const std::vector<std::uint32_t> order = shuffled(static_cast<std::uint32_t>(p.flows()), rng);
    const std::vector<double> other = finish_times(reordered(p, order))->finish;
    std::vector<double> back(p.flows());
    for (std::size_t i = 0; i < order.size(); ++i) back[order[i]] = other[i];
    CHECK_MESSAGE(test::largest_difference(back, finish) < 1e-9, "seed " << seed);

    FlowProblem idle = p;
    idle.capacity.push_back(1e-3);
    CHECK_MESSAGE(finish_times(idle)->finish == finish, "seed " << seed);
  }
}

TEST_CASE("finish times: law, no sooner than the bytes over any link, nor over the narrowest of a flow's") {
  for (std::uint32_t seed = 0; seed < 1000; ++seed) {
    const FlowProblem p = test::random_case(seed);
    const auto times = finish_times(p);
    CHECK_MESSAGE(times->makespan >= makespan_bound(p) * (1 - 1e-12), "seed " << seed);
    for (std::size_t f = 0; f < p.flows(); ++f)
      for (std::uint32_t i = p.offsets[f]; i < p.offsets[f + 1]; ++i)
        CHECK_MESSAGE(times->finish[f] >= p.use(i) * p.bytes[f] / p.capacity[p.links[i]] * (1 - 1e-12),
                      "seed " << seed << " flow " << f);
  }
}

TEST_CASE("finish times: law, the budget of work is what stops") {
  const test::FatTree tree({8, 8, 8}, {1, 8, 8});
  Rng rng = Rng::stream(1, "flow/budget");
  const FlowProblem p = test::ring_step(tree, shuffled(tree.hosts(), rng), 1, 1);
  const auto full = finish_times(p);
  REQUIRE(full);
  CHECK(finish_times(p, {.maximum_work = full->work})->finish == full->finish);
  CHECK(finish_times(p, {.maximum_work = full->work})->work == full->work);
  for (const std::uint64_t budget : {std::uint64_t{0}, full->work / 3, full->work * 3 / 4, full->work - 1}) {
    const auto stopped = finish_times(p, {.maximum_work = budget});
    REQUIRE_FALSE(stopped);
    CHECK(stopped.error().work > budget);
    CHECK(stopped.error().work <= full->work);
    CHECK(stopped.error().time <= full->makespan);
    CHECK(stopped.error().finished <= p.flows());
  }
}

}  // namespace orrery
