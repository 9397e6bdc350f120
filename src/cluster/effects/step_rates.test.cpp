#include "cluster/effects/step_rates.hpp"

#include <doctest/doctest.h>

#include "network/network_model.hpp"
#include "step/step.hpp"
#include "step/test_specs.hpp"

using namespace orrery;

TEST_CASE("rates from the step level: the step's own time where packed, slower where spread") {
  StepSpec spec;
  spec.model = test::gpt(8, 2048, 16);
  spec.cluster = test::a100_cluster(8);
  spec.layout.tp = 2;
  spec.layout.dp = 4;
  spec.training.global_batch = 64;
  SharedMachine machine;
  machine.groups = {{"a", "a100", "", 64, 8, 0, 0}};
  machine.levels = {{"rack", 4}};
  RateTable rates(1, 1, level_count(machine), {1, 4, 8, 16, 64});
  set_step_rates(spec, machine, 0, 0, rates);
  const auto step = simulate_step(spec, *network_model(spec.cluster));
  REQUIRE(step);
  CHECK(rates.rate(0, 0, kNodeLevel, 8) == doctest::Approx(1 / step->step_time.raw()));
  // 64 GPUs are 8 nodes: no rack of 4 holds them, the machine does; one GPU does not hold tp = 2.
  CHECK(rates.rate(0, 0, 3, 64) > rates.rate(0, 0, 2, 16));
  CHECK(rates.rate(0, 0, 2, 16) > rates.rate(0, 0, kNodeLevel, 8));
  CHECK(rates.rate(0, 0, 2, 8) < rates.rate(0, 0, kNodeLevel, 8));
  CHECK(rates.rate(0, 0, 3, 8) <= rates.rate(0, 0, 2, 8));
  // Less than in proportion: the same batch over more GPUs.
  CHECK(rates.rate(0, 0, 2, 16) < 2 * rates.rate(0, 0, kNodeLevel, 8));
}
