#include "step/more_chips.hpp"

#include <doctest/doctest.h>

#include "network/hierarchical.hpp"
#include "step/test_specs.hpp"

namespace orrery {
namespace {

EnoughChips enough(const StepSpec& spec, const PlanOptions& options = {}) {
  return enough_chips(
      spec, [](const Cluster& cluster) { return std::make_unique<HierarchicalModel>(cluster); }, options);
}

bool any_fits(StepSpec spec, long long chips) {
  spec.cluster.chips = chips;
  return plan_layouts(spec, HierarchicalModel(spec.cluster), {}).has_value();
}

StepSpec gpt3(long long chips, long long global_batch) {
  StepSpec spec = test::gpt3_on_512_a100();
  spec.cluster.chips = chips;
  spec.training.global_batch = global_batch;
  return spec;
}

}  // namespace

TEST_CASE("more chips: hand-computed, GPT-3 on a node") {
  // 175e9 parameters of 18 bytes (weights 2, gradients 4, master weights and moments 12) over 80 GiB: at least 37
  // chips.
  const StepSpec spec = gpt3(8, 64);
  REQUIRE_FALSE(any_fits(spec, 8));
  const EnoughChips answer = enough(spec);
  REQUIRE(answer.planned);
  const long long chips = answer.planned->layout.chips();
  CHECK(chips >= 40);
  CHECK(chips <= answer.tried);
  CHECK(chips % 8 == 0);
  CHECK(answer.planned->result.fits());
  CHECK(answer.planned->result.step_time > 0_s);
  for (long long fewer = 8; fewer < chips; fewer += 8) {
    CAPTURE(fewer);
    CHECK_FALSE(any_fits(spec, fewer));
  }
}

TEST_CASE("more chips: law, the layout is the one that a plan on as many chips gives") {
  for (const long long first : {1, 4, 12, 24}) {
    CAPTURE(first);
    StepSpec spec = gpt3(first, 48);
    const EnoughChips answer = enough(spec);
    REQUIRE(answer.planned);
    CHECK(answer.planned->layout.chips() % first == 0);
    spec.cluster.chips = answer.planned->layout.chips();
    const auto plan = plan_layouts(spec, HierarchicalModel(spec.cluster), {});
    REQUIRE(plan);
    CHECK(plan->best.front().layout == answer.planned->layout);
    CHECK(plan->best.front().result.step_time == answer.planned->result.step_time);
  }
}

TEST_CASE("more chips: hand-computed, none would do") {
  PlanOptions options;
  options.space.tp = options.space.pp = options.space.cp = {1};
  options.space.zero = {0};
  const EnoughChips answer = enough(gpt3(8, 64), options);
  CHECK_FALSE(answer.planned);
  CHECK(answer.tried == 1048576);  // 8 x 2^17
  CHECK(enough(gpt3(1LL << 20, 64), options).tried == 1LL << 20);
}

}  // namespace orrery
