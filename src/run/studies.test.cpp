#include <doctest/doctest.h>
#include <algorithm>
#include <cmath>
#include <vector>

#include "run/decide.hpp"

namespace orrery {
namespace {

constexpr double kDay = 86400;

/// 128 nodes, four stops a day, half of them with the node; repairs of two days.
RunSpec machine() {
  RunSpec spec;
  spec.job.gpus = 1024;
  spec.job.step_time = Seconds(2);
  spec.job.steps = 60 * kDay / 2;
  FaultClass gpu, software;
  gpu.name = "gpu";
  gpu.unit = "gpu";
  gpu.rate = Hertz(2 / kDay / 1024);
  gpu.detection = Law::fixed(60);
  gpu.repair = Law::exponential(2 * kDay);
  software.name = "software";
  software.unit = "job";
  software.rate = Hertz(2 / kDay);
  software.evict = 0;
  software.detection = Law::fixed(600);
  spec.faults.classes = {gpu, software};
  CheckpointLevel level;
  level.blocking = Seconds(20);
  level.load = Seconds(60);
  spec.checkpoints = {level};
  spec.restart.place = Law::fixed(180);
  spec.policy.spares = 16;
  spec.policy.provision = Law::fixed(300);
  return spec;
}

constexpr RunOptions kOptions{.replications = 12, .seed = 4};

}  // namespace

TEST_CASE("published row 4: the optimum's goodput by events is within 1 % of the best (oracle)") {
  ThreadPool pool(2);
  const RunSpec spec = machine();
  const IntervalStudy study = study_intervals(spec, kOptions, pool);
  // 4 stops a day, 20 s: M = 21,600 s, sqrt(2 x 20 x 21,600) = 929.5 s.
  CHECK(study.young.raw() == doctest::Approx(929.516));
  CHECK(study.optimal < study.young);
  REQUIRE(study.points.size() >= 11);
  CHECK(study.points.front().value == doctest::Approx(study.optimal.raw() / 10).epsilon(0.02));
  CHECK(study.points.back().value == doctest::Approx(study.optimal.raw() * 10).epsilon(0.02));
  const double best = study.points[study.best].goodput.mean;
  const double at_optimum = simulate_run(spec, kOptions, pool).goodput.mean;
  CHECK(at_optimum > 0.99 * best);
  for (std::size_t i = 0; i < study.points.size(); ++i) {
    const DecisionPoint& point = study.points[i];
    CAPTURE(point.value);
    CHECK(point.finishes);
    CHECK(std::abs(point.closed_goodput / point.goodput.mean - 1) < 0.01 + 3 * point.goodput.error);
    if (i > 0) CHECK(point.value > study.points[i - 1].value);
  }
  // Far from it either way, goodput is lost.
  CHECK(study.points.front().goodput.mean < best - 0.05);
  CHECK(study.points.back().goodput.mean < best - 0.05);
}

TEST_CASE("the interval study varies the level whose writes cost most") {
  ThreadPool pool(2);
  RunSpec spec = machine();
  CheckpointLevel local = spec.checkpoints[0];
  local.survives = Survives::Process;
  local.blocking = Seconds(0.1);
  spec.checkpoints.insert(spec.checkpoints.begin(), local);
  const IntervalStudy study = study_intervals(spec, {.replications = 1}, pool);
  CHECK(study.level == 1);
  // Only what takes the node needs it: two a day, sqrt(2 x 20 x 43,200) = 1,314.5 s.
  CHECK(study.young.raw() == doctest::Approx(1314.534));
}

TEST_CASE("spares do not change the faults of the job's nodes (law)") {
  ThreadPool pool(2);
  RunSpec spec = machine();
  // Nothing leaves service: spares only stand by.
  spec.faults.classes[0].evict = 0;
  const RunResult some = simulate_run(spec, kOptions, pool);
  spec.policy.spares = 70;
  const RunResult more = simulate_run(spec, kOptions, pool);
  REQUIRE(some.replications.size() == more.replications.size());
  for (std::size_t i = 0; i < some.replications.size(); ++i) {
    CHECK(some.replications[i].stops > 100);
    CHECK(some.replications[i].stops == more.replications[i].stops);
    CHECK(some.replications[i].wall == more.replications[i].wall);
  }
}

TEST_CASE("spares: waiting against idling (law)") {
  ThreadPool pool(2);
  RunSpec spec = machine();
  const SparesStudy study = study_spares(spec, kOptions, pool);
  REQUIRE(study.points.size() > 5);
  CHECK(study.points.front().value == 0);
  for (std::size_t i = 1; i < study.points.size(); ++i) {
    CHECK(study.points[i].value > study.points[i - 1].value);
    // On the same faults of the job; those of spares and their order in repair may differ.
    CHECK(study.points[i].wall.mean <= study.points[i - 1].wall.mean * 1.002);
  }
  CHECK(study.best > 0);
  CHECK(study.best + 1 < study.points.size());
  // Two nodes a day for two days each, in a run of about 68: four away, of a Poisson law nine at its P99.
  CHECK(std::abs(study.p99 - study.poisson_p99) <= 1);
  CHECK(std::abs(study.poisson_p99 - 9) <= 1);
  // Nodes that go ten at once: far more are away at the worst than Poisson's law says of the same mean.
  FaultClass& gpu = spec.faults.classes[0];
  gpu.rate = gpu.rate / 10;
  gpu.burst = 1;
  gpu.burst_nodes = Law::fixed(9);
  const SparesStudy bursts = study_spares(spec, kOptions, pool);
  CHECK(bursts.p99 > bursts.poisson_p99 + 4);
}

TEST_CASE("policies on the same faults (law)") {
  ThreadPool pool(2);
  const RunSpec spec = machine();
  RunPolicy hot = spec.policy;
  hot.recovery = Recovery::HotSpare;
  hot.provision = Law();
  const auto outcomes = compare_policies(spec, {spec.policy, hot, spec.policy}, kOptions, pool);
  REQUIRE(outcomes.size() == 3);
  for (std::size_t i = 0; i < outcomes[0].result.replications.size(); ++i) {
    CHECK(outcomes[0].result.replications[i].wall == outcomes[2].result.replications[i].wall);
  }
  // About 120 replacements of 300 s fewer, ten hours; what the runs do after them is not the same.
  const double saved = outcomes[0].result.wall.mean - outcomes[1].result.wall.mean;
  CHECK(saved > 0.5 * 120 * 300);
  CHECK(saved < 2.0 * 120 * 300);
}

TEST_CASE("usual policies: the spec's first, each kind once, all of them can run") {
  RunSpec spec = machine();
  for (const long long replica_nodes : {0LL, 16LL}) {
    const auto policies = usual_policies(spec, replica_nodes);
    CHECK(policies.front().recovery == spec.policy.recovery);
    CHECK(policies.size() == (replica_nodes == 0 ? 3 : 6));
    std::vector<Recovery> kinds;
    for (const RunPolicy& policy : policies) {
      kinds.push_back(policy.recovery);
      RunSpec varied = spec;
      varied.policy = policy;
      CHECK(run_problems(varied).empty());
      CHECK(policy.spares == spec.policy.spares);
    }
    std::sort(kinds.begin(), kinds.end());
    CHECK(std::adjacent_find(kinds.begin(), kinds.end()) == kinds.end());
  }
}

TEST_CASE("progress counts on over all simulations of a study, and ends it when told to") {
  ThreadPool pool(1);
  int most = 0;
  study_intervals(machine(), {.replications = 2}, pool, [&](int done) {
    most = std::max(most, done);
    return true;
  });
  CHECK(most >= 22);
  const IntervalStudy cut = study_intervals(machine(), {.replications = 4}, pool, [](int done) { return done < 6; });
  CHECK(cut.points.size() <= 3);
}

TEST_CASE("tornado: what halving and doubling an input does") {
  ThreadPool pool(2);
  RunSpec spec = machine();
  spec.checkpoints[0].rule = IntervalRule::Fixed;
  spec.checkpoints[0].interval = Seconds(900);
  spec.faults.classes.pop_back();
  spec.faults.classes[0].rate = Hertz(4 / kDay / 1024);
  spec.policy.spares = 60;
  const auto bars = tornado(spec, kOptions, pool, 5);
  REQUIRE(bars.size() == 5);
  double before = 1e300;
  for (const TornadoBar& bar : bars) {
    CAPTURE(bar.input);
    const double width = std::max(std::abs(bar.at_half), std::abs(bar.at_double));
    CHECK(width <= before);
    before = width;
    CHECK(std::abs(bar.at_double - bar.closed_at_double) < 0.01);
    CHECK(std::abs(bar.at_half - bar.closed_at_half) < 0.01);
  }
  CHECK(bars.front().input == "rate of gpu");
  CHECK(bars.front().at_half < 0);
  CHECK(bars.front().at_double > 0);
  // As many false alarms as faults, 4 a day of 128 nodes, weigh about as much: they are known at once.
  spec.faults.false_alarms = 1000.0 * 4 / 128;
  const auto alarmed = tornado(spec, kOptions, pool, 2);
  REQUIRE(alarmed.size() == 2);
  CHECK(alarmed[1].input == "false alarms");
  CHECK(alarmed[1].at_double == doctest::Approx(alarmed[0].at_double).epsilon(0.2));
  spec.faults.false_alarms = 0;
  // (M + 2 D) / (M + D) with M = 21,600 s and D = 60 s (hand-computed).
  for (const TornadoBar& bar : tornado(spec, {.replications = 1}, pool)) {
    if (bar.input == "detection") CHECK(bar.closed_at_double == doctest::Approx(21720.0 / 21660 - 1));
  }
}

TEST_CASE("tornado: without faults only writes count, and without writes nothing does") {
  ThreadPool pool(1);
  RunSpec spec = machine();
  spec.faults.classes.clear();
  spec.checkpoints[0].rule = IntervalRule::Fixed;
  spec.checkpoints[0].interval = Seconds(900);
  for (const TornadoBar& bar : tornado(spec, {.replications = 1}, pool)) {
    CHECK(bar.input.ends_with("of checkpoints"));
  }
  spec.checkpoints.clear();
  CHECK(tornado(spec, {.replications = 1}, pool).empty());
}

}  // namespace orrery
