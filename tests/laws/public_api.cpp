// The example of include/orrery/orrery.hpp, so that it stays true.
#include <doctest/doctest.h>

#include "orrery/orrery.hpp"

TEST_CASE("public API: the header's example runs") {
  orrery::Diagnostics mistakes;
  orrery::StepSpec spec;
  spec.model = orrery::load_model("llama-3.1-8b", mistakes);
  spec.cluster = orrery::load_cluster("h100-sxm:8", mistakes);
  spec.layout.dp = 8;
  spec.layout.zero = 3;
  mistakes.throw_if_errors();
  const auto step = orrery::simulate_step(spec, orrery::HierarchicalModel(spec.cluster));
  REQUIRE(step);
  CHECK(step->step_time > orrery::Seconds(0));
  CHECK_FALSE(orrery::format_time(step->step_time).empty());
}
