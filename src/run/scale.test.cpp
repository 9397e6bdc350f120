#include "run/scale.hpp"

#include <doctest/doctest.h>

namespace orrery {

TEST_CASE("scale: hand-computed batches") {
  ScaleInput input;
  input.batch = BatchGrowth::Grows;
  CHECK(scaled_batch(input, 2048, 16384, 16384) == 2048);
  CHECK(scaled_batch(input, 2048, 16384, 98304) == 6 * 2048);
  CHECK(scaled_batch(input, 2048, 16384, 8192) == 2048);  // Half a machine still takes the stated batch.
  CHECK(scaled_batch(input, 2048, 16384, 100000) == 6 * 2048);
  input.largest_batch = 8192;
  CHECK(scaled_batch(input, 2048, 16384, 1048576) == 8192);
  input.largest_batch = 1000;  // Below the stated batch: that was stated.
  CHECK(scaled_batch(input, 2048, 16384, 1048576) == 2048);
  input.batch = BatchGrowth::Fixed;
  CHECK(scaled_batch(input, 2048, 16384, 1048576) == 2048);
}

TEST_CASE("scale: hand-computed, the policy that holds least") {
  const auto outcome = [](int finished, long long held, double wall) {
    PolicyOutcome o;
    o.result.finished = finished;
    o.result.gpus_held = held;
    o.result.wall.mean = wall;
    return o;
  };
  CHECK(best_policy({outcome(5, 100, 10), outcome(5, 120, 8), outcome(5, 90, 20)}) == 1);  // 1000, 960, 1800
  CHECK(best_policy({outcome(4, 100, 10), outcome(5, 500, 80)}) == 1);  // What always ends goes before.
  CHECK(best_policy({outcome(0, 100, 0), outcome(0, 50, 0)}) == 0);
  Ledger ledger;
  ledger[GpuUse::Useful] = 100;
  ledger[GpuUse::Restart] = 7;
  ledger[GpuUse::Rework] = 3;
  CHECK(largest_loss(ledger) == GpuUse::Restart);
}

}  // namespace orrery
