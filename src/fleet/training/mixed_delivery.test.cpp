#include "fleet/training/mixed_delivery.hpp"

#include <doctest/doctest.h>

#include "base/diagnostic.hpp"
#include "hardware/hardware_fields.hpp"
#include "model/model_fields.hpp"

namespace orrery {
namespace {

PoolTask part_of(const std::string& machine, const char* model = nullptr) {
  Diagnostics diagnostics;
  PoolTask part;
  part.pool.name = machine;
  part.pool.cluster = load_cluster(machine, diagnostics);
  part.pool.drawn_power = Watts(1000);
  part.task.name = "a run";
  part.task.compute = Flops(1e24);
  if (model != nullptr) {
    StepSpec spec;
    spec.model = read_model(Value(std::string(model), Span{}), diagnostics);
    spec.cluster = part.pool.cluster;
    spec.training.sequence = 4096;
    spec.training.global_batch = 1024;
    part.task.step = spec;
  } else {
    part.task.mfu = Law::fixed(0.4);
    part.task.goodput = Law::fixed(0.9);
  }
  REQUIRE_FALSE(diagnostics.has_errors());
  return part;
}

TEST_CASE("mixed delivery: hand-computed, 1,000 H100 and 1,000 A100 at one MFU") {
  const std::vector<PoolTask> pools = {part_of("h100-sxm:1000"), part_of("a100-sxm:1000")};
  const auto speed = mixed_speed(pools, {});
  REQUIRE(speed);
  REQUIRE(speed->pools.size() == 2);
  // 989.4 and 312 TFLOP/s: 76 and 24 %; dealt out by the chip all run at the pace of an A100: 2 x 312 of 1,301.4.
  CHECK(speed->batch_shares[0] == doctest::Approx(0.7603).epsilon(0.001));
  CHECK(speed->by_the_chip == doctest::Approx(0.4795).epsilon(0.001));
  const Delivery delivery = mixed_delivery(*speed, pools);
  // A stop of either stops both: 1 - 2 x 0.1.
  CHECK(delivery.goodput.p50 == doctest::Approx(0.8));
  CHECK(delivery.rate.p50 == doctest::Approx(1000 * 1301.4e12 * 0.4 * 0.8).epsilon(0.001));
  CHECK(delivery.speed.chips_held == 2000);
  CHECK(delivery.energy.p50 == doctest::Approx(2000 * 1000 * delivery.time.p50));
}

TEST_CASE("mixed delivery: law, a mixture is never slower than its fastest pool, nor faster than both") {
  const std::vector<PoolTask> pools = {part_of("h100-sxm:512", "llama-2-7b"), part_of("a100-sxm:512", "llama-2-7b")};
  const auto speed = mixed_speed(pools, {});
  REQUIRE(speed);
  const double fast = deliver(pools[0].task, pools[0].pool, {})->rate.p50;
  const double slow = deliver(pools[1].task, pools[1].pool, {})->rate.p50;
  const double both = mixed_delivery(*speed, pools).rate.p50;
  CHECK(both >= fast * 0.999);
  CHECK(both <= (fast + slow) * 1.001);
  CHECK(both > slow);
}

TEST_CASE("mixed delivery: a pool on which the job does not fit stays idle, and says so") {
  const std::vector<PoolTask> pools = {part_of("h100-sxm:512", "llama-2-70b"), part_of("v100-sxm2:8", "llama-2-70b")};
  const auto speed = mixed_speed(pools, {});
  REQUIRE(speed);
  CHECK(speed->pools == std::vector<std::size_t>{0});
  REQUIRE(speed->idle.size() == 1);
  CHECK(speed->idle[0].pool == 1);
  CHECK(speed->idle[0].reason.find("no layout") != std::string::npos);
  CHECK_FALSE(mixed_speed({part_of("v100-sxm2:8", "llama-3.1-405b")}, {}));
  CHECK_FALSE(mixed_speed({}, {}));
}

}  // namespace
}  // namespace orrery
