#include "fleet/training/delivery.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "base/diagnostic.hpp"
#include "hardware/hardware_fields.hpp"
#include "model/model_fields.hpp"

namespace orrery {
namespace {

constexpr double kDay = 86400;

TrainingPool pool_of(const std::string& machine, double kilowatts = 0) {
  Diagnostics diagnostics;
  TrainingPool pool;
  pool.name = machine;
  pool.cluster = load_cluster(machine, diagnostics);
  pool.drawn_power = Watts(kilowatts * 1e3);
  REQUIRE_FALSE(diagnostics.has_errors());
  return pool;
}

TrainingTask flop_only(double flop) {
  TrainingTask task;
  task.name = "a run";
  task.compute = Flops(flop);
  return task;
}

TrainingTask modelled(const char* preset, const TrainingPool& pool, double tokens) {
  Diagnostics diagnostics;
  TrainingTask task;
  task.name = preset;
  StepSpec spec;
  spec.model = read_model(Value(std::string(preset), Span{}), diagnostics);
  spec.cluster = pool.cluster;
  spec.training.sequence = 2048;
  spec.training.global_batch = 2048;
  REQUIRE_FALSE(diagnostics.has_errors());
  task.compute = Flops(6 * parameters(spec.model).active * tokens);
  task.step = spec;
  return task;
}

TEST_CASE("delivery: law, no goodput passes 1, however wide its law") {
  TrainingTask task = flop_only(1e24);
  for (const Law& law : {fallback_goodput(), Law::spread(0.5, 0.9, 1.2)}) {
    task.goodput = law;
    const auto speed = training_speed(task, pool_of("h100-sxm:64"), {});
    REQUIRE(speed);
    for (const double goodput : speed->goodput) CHECK(goodput <= 1);
  }
}

TEST_CASE("delivery: hand-computed, Korea's 1,961 H100 at 40 % MFU") {
  // 3.14e23 / (1,961 x 989.4 TFLOP/s x 0.4) = 4.68 days, and so on: days of the worked answers, all chips on one job.
  const TrainingPool korea = pool_of("h100-sxm:1961", 1.74);
  const struct {
    double flop, days;
  } rows[] = {{3.14e23, 4.7}, {1.25e24, 18.6}, {3.4e24, 51}, {2.1e25, 313}, {2.96e25, 441}, {3.8e25, 567}};
  for (const auto& row : rows) {
    TrainingTask task = flop_only(row.flop);
    task.mfu = Law::fixed(0.4);
    task.goodput = Law::fixed(1);
    const auto delivery = deliver(task, korea, {});
    REQUIRE(delivery);
    CHECK(delivery->time.p50 / kDay == doctest::Approx(row.days).epsilon(0.01));
    CHECK(delivery->time.p10 == delivery->time.p90);
    CHECK(delivery->chip_seconds.p50 == doctest::Approx(1961 * delivery->time.p50));
    // 1.74 kW a chip.
    CHECK(delivery->energy.p50 == doctest::Approx(1961 * 1740 * delivery->time.p50));
    CHECK(delivery->fallbacks.empty());
  }
}

TEST_CASE("delivery: fall-backs are taken, named, and give their own quantiles") {
  const TrainingPool pool = pool_of("h100-sxm:1000");
  const auto delivery = deliver(flop_only(1e24), pool, {});
  REQUIRE(delivery);
  CHECK(delivery->mfu.p10 == doctest::Approx(0.30).epsilon(0.01));
  CHECK(delivery->mfu.p50 == doctest::Approx(0.40).epsilon(0.01));
  CHECK(delivery->mfu.p90 == doctest::Approx(0.47).epsilon(0.01));
  CHECK(delivery->goodput.p10 == doctest::Approx(0.75).epsilon(0.01));
  REQUIRE(delivery->fallbacks.size() == 2);
  CHECK(delivery->fallbacks[0] == "no model of a run is known: an MFU of 0.4 (0.3 to 0.47)");
  // The product's median is not the product of medians, but near it: both laws lean the same way.
  CHECK(delivery->rate.p50 == doctest::Approx(1000 * 989.4e12 * 0.36).epsilon(0.05));
}

TEST_CASE("delivery: hand-computed product of two factors") {
  // {1, 2} x {1, 3} = 1, 2, 3, 6, each a quarter: the median lies between 2 and 3, 10 and 90 % in the outer quarters.
  const TrainingBand band = product_band({{1, 2}, {1, 3}});
  CHECK(band.p10 == 1);
  CHECK(band.p50 == doctest::Approx(2.5));
  CHECK(band.p90 == 6);
}

TEST_CASE("delivery: numbers of chips that a job may take") {
  // 1,961 chips of nodes of 8: 245 nodes, or one of them less.
  CHECK(job_sizes(1961, 8) == std::vector<long long>{1960, 1792});
  CHECK(job_sizes(16384, 8) == std::vector<long long>{16384});
  CHECK(job_sizes(8, 8) == std::vector<long long>{8});
  CHECK(job_sizes(4, 8) == std::vector<long long>{4});
  for (const long long size : job_sizes(1'000'000, 8)) CHECK(size >= 900'000);
}

TEST_CASE("delivery: law, a model on more chips is never slower, and on all of them no faster than the peak") {
  double before = 0;
  for (const int chips : {64, 128, 200, 256, 1000, 4096, 20000}) {
    const TrainingPool pool = pool_of("h100-sxm:" + std::to_string(chips));
    const auto delivery = deliver(modelled("llama-2-7b", pool, 1e12), pool, {});
    CAPTURE(chips);
    REQUIRE(delivery);
    REQUIRE(delivery->speed.step);
    CHECK(delivery->rate.p50 >= before * 0.999);
    CHECK(delivery->mfu.p50 < 0.8);
    CHECK(delivery->speed.chips_used <= chips);
    before = delivery->rate.p50;
  }
}

TEST_CASE("delivery: law, a stand-in gives its MFU and nothing else") {
  const TrainingPool pool = pool_of("h100-sxm:512");
  TrainingTask own = modelled("llama-2-70b", pool, 2e12);
  TrainingTask other = own;
  other.stands_in = true;
  other.compute *= 3;
  const auto first = deliver(own, pool, {}), second = deliver(other, pool, {});
  REQUIRE(first);
  REQUIRE(second);
  CHECK(second->time.p50 == doctest::Approx(3 * first->time.p50));
  CHECK(second->fallbacks.size() == first->fallbacks.size() + 1);
}

TEST_CASE("delivery: law, an estimate that is off by a factor spreads the days by it") {
  const TrainingPool pool = pool_of("h100-sxm:512");
  TrainingTask task = flop_only(2.1e25);
  task.mfu = Law::fixed(0.4);
  task.goodput = Law::fixed(1);
  task.compute_factor = Law::spread(0.5, 1, 2);
  const auto delivery = deliver(task, pool, {});
  REQUIRE(delivery);
  CHECK(delivery->time.p90 / delivery->time.p50 == doctest::Approx(2).epsilon(0.01));
  CHECK(delivery->time.p50 / delivery->time.p10 == doctest::Approx(2).epsilon(0.01));
}

TEST_CASE("delivery: what cannot be trained says why") {
  TrainingPool pool = pool_of("h100-sxm:8");
  const auto too_large = deliver(modelled("llama-3.1-405b", pool, 1e12), pool, {});
  REQUIRE_FALSE(too_large);
  CHECK(too_large.error().reason.find("Llama-3.1-405B fits on 8 chips in no layout") == 0);
  CHECK_FALSE(deliver(flop_only(0), pool, {}));
  pool.cluster.chips = 0;
  CHECK(deliver(flop_only(1e24), pool, {}).error().reason == "there are no chips");
}

}  // namespace
}  // namespace orrery
