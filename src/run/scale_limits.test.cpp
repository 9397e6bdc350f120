#include "run/scale_limits.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "network/network_model.hpp"
#include "step/step.hpp"
#include "step/test_specs.hpp"

namespace orrery {
namespace {

/// A Llama of 70 B parameters on H100s, 8-way tensor and 4-way pipeline parallel, without faults.
ScalePoint point_of(long long chips, long long batch, double bandwidths = 1) {
  ScalePoint point;
  point.gpus = chips;
  StepSpec& spec = point.step_spec;
  spec.model = test::llama(80, 8192, 64, 8, 28672);
  spec.cluster = test::h100_cluster(chips);
  spec.cluster.node.scale_up_bandwidth *= bandwidths;
  spec.cluster.node.scale_out_bandwidth *= bandwidths;
  spec.training.sequence = 8192;
  spec.training.global_batch = batch;
  spec.layout.tp = 8;
  spec.layout.pp = 4;
  spec.layout.dp = static_cast<int>(chips / 32);
  spec.layout.zero = 1;
  spec.layout.recompute = Recompute::Full;
  const auto step = simulate_step(spec, *network_model(spec.cluster));
  REQUIRE(step);
  REQUIRE(step->fits());
  point.step = *step;
  PolicyOutcome outcome;
  outcome.result.finished = 1;
  outcome.result.goodput.p50 = 1;
  point.policies = {outcome};
  return point;
}

ScaleGains gains_of(const ScalePoint& point) {
  return scale_gains(point, {point.step_spec.layout}, 0);
}

}  // namespace

TEST_CASE("scale: what twice the chips do (hand-computed)") {
  CHECK(doubling(100, 5, 200, 10) == doctest::Approx(2));
  CHECK(doubling(100, 5, 400, 5) == doctest::Approx(1));
  CHECK(doubling(100, 1, 800, 3.375) == doctest::Approx(1.5));  // Three doublings of 1.5.
}

TEST_CASE("scale: half of the time lost to faults is twice the work without them (hand-computed)") {
  ScalePoint point = point_of(1024, 512);
  CHECK(gains_of(point)[ScaleLimit::Faults] == 1);
  point.policies[0].result.goodput.p50 = 0.5;
  CHECK(gains_of(point)[ScaleLimit::Faults] == 2);
  CHECK(gains_of(point).most() == ScaleLimit::Faults);
}

TEST_CASE("scale: a training that faults never let end loses all to them (law)") {
  ScalePoint point = point_of(1024, 512);
  point.policies[0].result.finished = 0;
  point.policies[0].result.goodput.p50 = 0;
  CHECK(std::isinf(gains_of(point)[ScaleLimit::Faults]));
  CHECK(gains_of(point).most() == ScaleLimit::Faults);
}

TEST_CASE("scale: a batch of one sequence a pipeline binds, an ample one does not (law)") {
  // Four stages with one micro-batch run in 1 of 4 slots: 64 of them in 64 of 67.
  const ScaleGains thin = gains_of(point_of(1024, 32)), thick = gains_of(point_of(1024, 32 * 64));
  CHECK(thin.most() == ScaleLimit::Batch);
  CHECK(thin[ScaleLimit::Batch] > 3);
  CHECK(thick[ScaleLimit::Batch] < 1.1);
}

TEST_CASE("scale: slow links bind, fast ones do not (law)") {
  const ScaleGains slow = gains_of(point_of(1024, 2048, 0.05)), fast = gains_of(point_of(1024, 2048, 1e6));
  CHECK(slow.most() == ScaleLimit::Bandwidth);
  CHECK(slow[ScaleLimit::Bandwidth] > 2);
  CHECK(fast[ScaleLimit::Bandwidth] == doctest::Approx(1).epsilon(1e-3));
  // What is left on fast links is latency, and costs no less there than on slow ones.
  CHECK(fast[ScaleLimit::Latency] > 1);
  CHECK(slow[ScaleLimit::Latency] > 1);
  CHECK(slow[ScaleLimit::Latency] <= fast[ScaleLimit::Latency]);
}

}  // namespace orrery
