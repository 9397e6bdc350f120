#include "run/intervals.hpp"

#include <doctest/doctest.h>
#include <cmath>
#include <memory>
#include <utility>

#include "run/closed_form.hpp"
#include "run/run.hpp"

namespace orrery {
namespace {

/// Daly's equation 20 without a restart, per unit of work.
double cost(double interval, double blocking, double between) {
  return between / interval * std::expm1((interval + blocking) / between);
}

RunSpec one_level(double between, double blocking, double lag = 0) {
  RunSpec spec;
  spec.job.gpus = 1024;
  spec.job.step_time = Seconds(7);
  spec.job.steps = 1e6;
  FaultClass fault;
  fault.name = "gpu";
  fault.unit = "gpu";
  fault.rate = Hertz(1 / between / 1024);
  spec.faults.classes = {fault};
  CheckpointLevel level;
  level.blocking = Seconds(blocking);
  level.lag = Seconds(lag);
  spec.checkpoints = {level};
  return spec;
}

}  // namespace

TEST_CASE("Lambert's W solves its equation (law)") {
  for (double x = -0.36787944117; x < 0; x += 0.0007) {
    const double w = lambert_w0(x);
    CHECK(w * std::exp(w) == doctest::Approx(x).epsilon(1e-12));
    CHECK(w >= -1);
    CHECK(w <= 0);
  }
  CHECK(lambert_w0(0) == 0);
}

TEST_CASE("published row 4: the optimum against brute force, Daly and Young (oracle)") {
  for (const double ratio : {0.005, 0.01, 0.02, 0.04, 0.06}) {
    CAPTURE(ratio);
    const double between = 10'000, blocking = ratio * between;
    double best = 1, best_cost = 1e300;
    for (double interval = 0.01 * between; interval < between; interval += 0.0001 * between) {
      if (cost(interval, blocking, between) >= best_cost) continue;
      best = interval;
      best_cost = cost(interval, blocking, between);
    }
    const double optimal = optimal_interval(Seconds(blocking), Seconds(between)).raw();
    CHECK(optimal == doctest::Approx(best).epsilon(1e-3));
    CHECK(cost(optimal, blocking, between) <= best_cost * (1 + 1e-9));
    CHECK(daly_interval(Seconds(blocking), Seconds(between)).raw() == doctest::Approx(optimal).epsilon(1e-3));
    const double young = young_interval(Seconds(blocking), Seconds(between)).raw() / optimal;
    CHECK(young > 1.03);
    CHECK(young < 1.13);
  }
  // Tiny ratios: the square root, without cancellation.
  CHECK(optimal_interval(Seconds(1e-6), Seconds(1e5)).raw() == doctest::Approx(std::sqrt(2e-1)).epsilon(1e-4));
}

TEST_CASE("intervals are whole steps, at least the lag, and multiples of each other (hand-computed)") {
  // sqrt(2 x 5 x 3600) = 190; the exact optimum is 186.5 s: 27 steps of 7 s are 189.
  CHECK(checkpoint_intervals(one_level(3600, 5)).front().raw() == doctest::Approx(27 * 7));
  CHECK(checkpoint_intervals(one_level(3600, 5, 500)).front().raw() == doctest::Approx(72 * 7));
  RunSpec spec = one_level(3600, 0);
  CHECK(checkpoint_intervals(spec).front().raw() == doctest::Approx(7));
  spec.checkpoints[0].rule = IntervalRule::Fixed;
  spec.checkpoints[0].interval = Seconds(40);
  spec.checkpoints[0].survives = Survives::Process;
  CheckpointLevel slow;
  slow.blocking = Seconds(20);
  slow.rule = IntervalRule::Fixed;
  slow.interval = Seconds(1000);
  spec.checkpoints.push_back(slow);
  const auto both = checkpoint_intervals(spec);
  CHECK(both[0].raw() == doctest::Approx(42));
  CHECK(both[1].raw() == doctest::Approx(24 * 42));
  // Nothing ever fails: nothing is ever written.
  spec = one_level(3600, 5);
  spec.faults.classes.clear();
  CHECK(checkpoint_intervals(spec).front() >= spec.job.work());
}

TEST_CASE("stop rates: what each level is for (hand-computed)") {
  RunSpec spec;
  spec.job.gpus = 800;
  spec.machine.domains = {{"rack", 32}};
  spec.policy.spares = 10;
  spec.job.step_time = Seconds(1);
  spec.job.steps = 1e6;
  FaultClass gpu, rack, software;
  gpu.name = "gpu";
  gpu.unit = "gpu";
  gpu.rate = Hertz(1e-6);
  gpu.evict = 0.75;
  gpu.detection = Law::fixed(10);
  rack.name = "rack";
  rack.unit = "rack";
  rack.rate = Hertz(2e-6);
  software.name = "software";
  software.unit = "job";
  software.rate = Hertz(1e-4);
  software.evict = 0;
  spec.faults.classes = {gpu, rack, software};
  CheckpointLevel local, peer, remote;
  local.survives = Survives::Process;
  peer.survives = Survives::Node;
  remote.survives = Survives::Everything;
  spec.checkpoints = {local, peer, remote};
  // 800 GPUs: 8e-4, three quarters of them with the node; 25 racks: 5e-5, each of four nodes.
  StopRates rates = stop_rates(spec);
  CHECK(rates.all == doctest::Approx(8e-4 + 5e-5 + 1e-4));
  CHECK(rates.hardware == doctest::Approx(6e-4 + 5e-5));
  CHECK(rates.detection == doctest::Approx(8e-4 * 10 / 9.5e-4));
  CHECK(rates.levels[0] == doctest::Approx(2e-4 + 1e-4));
  // Of four nodes each has its copy on one of 99 others, three of them lost: (96/99)^4 = 88.4 % of racks spare all.
  CHECK(rates.levels[1] == doctest::Approx(6e-4 + 5e-5 * std::pow(96.0 / 99, 4)));
  CHECK(rates.levels[2] == doctest::Approx(5e-5 * (1 - std::pow(96.0 / 99, 4))));
  CHECK(rates.scratch == doctest::Approx(0));
  spec.checkpoints[1].apart = "rack";
  rates = stop_rates(spec);
  CHECK(rates.levels[2] == doctest::Approx(0));
}

TEST_CASE("intervals: the faults of a replayed trace count as stops of the nodes that they may hit") {
  RunSpec spec;
  spec.job.gpus = 64;
  spec.job.step_time = Seconds(10);
  spec.job.steps = 100'000;
  CheckpointLevel level;
  level.blocking = Seconds(10);
  spec.checkpoints = {level};
  FaultTrace trace;
  trace.node_count = 10;
  trace.length = Seconds(1e6);
  trace.faults = {{0, Seconds(1e5), Seconds(2e5), false, "gpu", ""}, {3, Seconds(5e5), Seconds(6e5), false, "gpu", ""}};
  spec = with_replay(std::move(spec), std::make_shared<const FaultTrace>(trace));
  // Hand-computed: 2 faults in 1e6 s, of 10 nodes, 8 of which the job has.
  CHECK(stop_rates(spec, false).all == doctest::Approx(1.6e-6).epsilon(1e-12));
  CHECK(checkpoint_intervals(spec).front() < spec.job.work() / 10);
}

}  // namespace orrery
