#include "step/search_cost.hpp"

#include <doctest/doctest.h>
#include <algorithm>
#include <cmath>

#include "network/hierarchical.hpp"
#include "step/layout.hpp"
#include "step/search.hpp"
#include "step/step.hpp"
#include "step/test_random.hpp"

namespace orrery {
namespace {

LayoutCost tabulated(const StepSpec& spec, const CollectiveModel& network) {
  const LayoutGroups groups = layout_groups(spec.layout, spec.cluster.node);
  const LayoutPrices prices = price_layout(spec, layout_curves(groups, network));
  return layout_cost(spec, prices, data_curves(groups, network), LayerIndex(spec.model));
}

}  // namespace

TEST_CASE("search cost: oracle, 10,000 random layouts against the executed step") {
  test::RandomSpecs specs(2025);
  double interleaved_sum = 0, irregular_sum = 0, predicting_sum = 0, worst = 0;
  int interleaved = 0, irregular = 0, predicting = 0;
  for (int trial = 0; trial < 10000; ++trial) {
    const StepSpec spec = specs.next();
    CAPTURE(trial);
    CAPTURE(describe(spec.layout));
    const HierarchicalModel network(spec.cluster);
    const auto executed = simulate_step(spec, network);
    REQUIRE(executed);
    const LayoutCost cost = tabulated(spec, network);
    REQUIRE(cost.memory == executed->peak_memory());
    const double error = std::abs(cost.time / executed->step_time - 1.0);
    worst = std::max(worst, error);
    if (spec.model.mtp_layers > 0) {
      // This small model's heads are worth more than a stage, which leaves stages before the last empty: the closed
      // form is furthest off there.
      ++predicting;
      predicting_sum += error;
      REQUIRE(error < 0.25);
    } else if (!is_regular(spec, LayerIndex(spec.model))) {
      ++irregular;
      irregular_sum += error;
      REQUIRE(error < 0.25);
    } else if (spec.layout.vpp > 1) {  // the chunks with the embedding and the head are longer than the others
      ++interleaved;
      interleaved_sum += error;
      REQUIRE(error < 0.15);
    } else {
      REQUIRE(error < 1e-9);
    }
  }
  CHECK(irregular > 1000);
  CHECK(interleaved > 500);
  CHECK(irregular_sum / irregular < 0.01);
  CHECK(interleaved_sum / interleaved < 0.01);
  CHECK(predicting > 500);
  CHECK(predicting_sum / predicting < 0.03);
  MESSAGE("mean error of the closed form: " << 100 * interleaved_sum / interleaved << " % of " << interleaved
                                            << " interleaved, " << 100 * irregular_sum / irregular << " % of "
                                            << irregular << " uneven layouts, " << 100 * predicting_sum / predicting
                                            << " % of " << predicting << " with prediction modules; worst "
                                            << 100 * worst << " %");
}

/// Every layout that a search visits, with its software, costs what one that is costed alone does.
void check_visits(const StepSpec& base, const SearchSpace& space) {
  const HierarchicalModel network(base.cluster);
  long long visited = 0;
  const SearchCounts counts =
      for_each_layout(base, network, space, [&](const StepSpec& spec, const LayoutCost& shared) {
        ++visited;
        if (visited % 7 != 0) return;
        CAPTURE(describe(spec.layout));
        REQUIRE(layout_problem(spec).empty());
        const LayoutCost alone = tabulated(spec, network);
        REQUIRE(shared.memory == alone.memory);
        REQUIRE(shared.time.raw() == doctest::Approx(alone.time.raw()).epsilon(1e-12));
      });
  CHECK(counts.costed == visited);
  CHECK(counts.settled >= counts.costed);
  CHECK(counts.fitting <= counts.costed);
  CHECK(visited > 500);
}

TEST_CASE("search: oracle, costs shared among layouts equal those of each layout alone") {
  SearchSpace space;
  space.overlap_switches = true;
  StepSpec dense;
  dense.model = test::gpt(24, 2048, 16);
  dense.cluster = test::a100_cluster(16);
  dense.training.global_batch = 48;
  check_visits(dense, space);
  StepSpec uneven = dense;
  uneven.model = test::small_models()[3];
  check_visits(uneven, space);
  StepSpec experts = dense;
  experts.model = test::small_models()[5];
  space.micro_batch = {1, 2};
  check_visits(experts, space);
  experts.software.overlap_ep = ExpertOverlap::Interleaved;
  experts.software.fused_dispatch = true;
  experts.software.graphs = Graphs::Static;
  experts.software.host_per_exchange = Seconds(5e-4);
  check_visits(experts, space);
}

}  // namespace orrery
