#include "run/engine.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "run/test_runs.hpp"

namespace orrery {

using namespace test;  // NOLINT(google-build-using-namespace)

TEST_CASE("a run without faults takes its work and its checkpoints: hand-computed") {
  RunSpec spec = plain_run(1e300, 0, 0, 100, 5);
  spec.job.steps = 1000;
  const Replication run = replicate(spec);
  CHECK(run.finished);
  // 1000 s and nine writes of 5 s.
  CHECK(run.wall.raw() == doctest::Approx(1045));
  CHECK(run.ledger[GpuUse::Useful] == doctest::Approx(1024 * 1000.0));
  CHECK(run.ledger[GpuUse::Checkpoint] == doctest::Approx(1024 * 45.0));
  CHECK(ledger_closes(spec, run));
}

TEST_CASE("injected faults each 100 s: hand-computed") {
  // Faults at 100, 200, ...; detection 5 s, restart 15 s, checkpoints each 10 s of work, free. 100 s: position 100.
  // Up again at 120; at 200: position 180. From then 80 s a cycle: 260 at 300; done with 300 at 360.
  RunSpec spec = plain_run(1e300, 5, 15, 10, 0);
  spec.faults.classes[0].unit = "job";
  spec.faults.classes[0].rate = Hertz(0.01);
  spec.faults.classes[0].law = IntervalLaw::Periodic;
  spec.job.steps = 300;
  Replication run = replicate(spec);
  CHECK(run.wall.raw() == doctest::Approx(360));
  CHECK(run.stops == 3);
  CHECK(run.ledger[GpuUse::Detection] == doctest::Approx(1024 * 15.0));
  CHECK(run.ledger[GpuUse::Restart] == doctest::Approx(1024 * 45.0));
  CHECK(run.ledger[GpuUse::Rework] == doctest::Approx(0));
  CHECK(ledger_closes(spec, run));
  // With checkpoints each 30 s the job stands at 100, and goes back to 90; then from 120 to 170 at 200, back to 150;
  // from 220 to 230 at 300, back to 210; 320 on to 290 at 400, back to 270; 300 at 450.
  spec.checkpoints[0].interval = Seconds(30);
  run = replicate(spec);
  CHECK(run.wall.raw() == doctest::Approx(450));
  CHECK(run.ledger[GpuUse::Rework] == doctest::Approx(1024 * 70.0));
  CHECK(ledger_closes(spec, run));
}

TEST_CASE("events agree with the exact expectation for memoryless stops (oracle, 20 points)") {
  // Recovery share (D + R + tau/2) / M from 0.01 to 0.6; each point with its own mix of detection, restart and lag.
  for (int point = 0; point < 20; ++point) {
    CAPTURE(point);
    const double share = 0.01 * std::pow(60.0, point / 19.0), between = 3600;
    const double loss = share * between;
    const double detection = point % 3 == 0 ? 0 : 0.2 * loss, lag = point % 2 == 0 ? 0 : 0.3 * loss;
    const double interval = 0.8 * loss, restart = loss - detection - interval / 2, blocking = 0.05 * interval;
    RunSpec spec = plain_run(between, detection, restart, interval, blocking, lag);
    const double intervals = 40'000;
    spec.job.steps = intervals * interval;
    const double expected = intervals * (between + detection) * std::exp((restart + lag) / between) *
                            std::expm1((interval + blocking) / between);
    const int replications = 12;
    std::vector<double> walls;
    for (int r = 0; r < replications; ++r) {
      const Replication run = replicate(spec, 11, r);
      CHECK(run.finished);
      CHECK(ledger_closes(spec, run));
      walls.push_back(run.wall.raw());
    }
    const Spread wall = spread_of(walls);
    CHECK(std::abs(wall.mean / expected - 1) < 0.005 + 3 * wall.error / expected);
  }
}

TEST_CASE("an untracked process crash keeps the node's own checkpoints, a lost node does not (hand-computed)") {
  // Faults at 100, 200, ...: fast level each 10 s, slow level each 70 s, both free.
  RunSpec spec = plain_run(1e300, 0, 20, 10, 0);
  CheckpointLevel slow = spec.checkpoints[0];
  spec.checkpoints[0].survives = Survives::Process;
  slow.interval = Seconds(70);
  slow.load = Seconds(10);
  spec.checkpoints.push_back(slow);
  spec.faults.classes[0].unit = "site";
  spec.faults.classes[0].rate = Hertz(0.01);
  spec.faults.classes[0].law = IntervalLaw::Periodic;
  spec.job.steps = 150;
  // In place: back to 100 at 120; 150 at 170.
  CHECK(replicate(spec).wall.raw() == doctest::Approx(170));
  // Nodes lost, and back at once: to 70 at 130; 150 would be at 210, but at 200 it stands at 140: back to 140 in 230.
  spec.faults.classes[0].evict = 1;
  const Replication run = replicate(spec);
  CHECK(run.wall.raw() == doctest::Approx(240));
  CHECK(run.lost_checkpoint_levels == 2);
  CHECK(ledger_closes(spec, run));
}

TEST_CASE("spares: a job waits where none is left (hand-computed)") {
  RunSpec spec = plain_run(1e300, 0, 10, 10, 0);
  spec.job.gpus = 16;  // Two nodes.
  spec.faults.classes[0] = {};
  spec.faults.classes[0].name = "node";
  spec.faults.classes[0].rate = Hertz(0.0005);
  spec.faults.classes[0].law = IntervalLaw::Periodic;  // A fault each 1000 s.
  spec.faults.classes[0].repair = Law::fixed(500);
  spec.job.steps = 1500;
  // Lost at 1000, back at 1500, restarted at 1510; lost again at 2000 at 1490 of work, on at 2510, done at 2520.
  Replication run = replicate(spec);
  CHECK(run.wall.raw() == doctest::Approx(2520));
  CHECK(run.ledger[GpuUse::WaitForNode] == doctest::Approx(16 * 1000.0));
  CHECK(ledger_closes(spec, run));
  // With a spare: restarted at 1010, done at 1510.
  spec.policy.spares = 1;
  spec.faults.classes[0].rate = Hertz(0.001 / 3);
  run = replicate(spec);
  CHECK(run.ledger[GpuUse::WaitForNode] == 0);
  CHECK(run.wall.raw() <= 1510 * (1 + 1e-9));
  CHECK(ledger_closes(spec, run));
  // A node from outside comes sooner than the repair.
  spec.policy.spares = 0;
  spec.faults.classes[0].rate = Hertz(0.0005);
  spec.policy.outside = Law::fixed(50);
  run = replicate(spec);
  CHECK(run.wall.raw() == doctest::Approx(1560));
  CHECK(run.longest_wait == doctest::Approx(50));
  CHECK(ledger_closes(spec, run));
  // Nothing ever comes back.
  spec.policy.outside = Law();
  spec.faults.classes[0].repair = Law::fixed(1);
  spec.policy.retire_after = 1;
  run = replicate(spec);
  CHECK_FALSE(run.finished);
  CHECK(run.reason == NeverReason::NoNodes);
  CHECK(ledger_closes(spec, run));
}

TEST_CASE("repair crews: one at a time (hand-computed)") {
  // Eight nodes, one fault of all of them at 1000 s: each repair takes 100 s.
  RunSpec spec = plain_run(1e300, 0, 0, 10, 0);
  spec.job.gpus = 64;
  spec.faults.classes[0] = {};
  spec.faults.classes[0].unit = "site";
  spec.faults.classes[0].rate = Hertz(0.001);
  spec.faults.classes[0].law = IntervalLaw::Periodic;
  spec.faults.classes[0].repair = Law::fixed(100);
  spec.job.steps = 1010;
  CHECK(replicate(spec).wall.raw() == doctest::Approx(1110));
  spec.repair_crews = 2;
  CHECK(replicate(spec).wall.raw() == doctest::Approx(1410));
}

TEST_CASE("runs that cannot progress say why") {
  RunSpec spec = plain_run(10, 1, 1, 1000, 1);
  spec.job.steps = 1e6;
  CHECK(replicate(spec).reason == NeverReason::NoProgress);
  // Checkpoints are taken, but the stop comes before they count.
  spec = plain_run(50, 1, 1, 1000, 1, 1000);
  spec.checkpoints[0].interval = Seconds(1000);
  spec.job.steps = 1e6;
  CHECK_FALSE(replicate(spec).finished);
  // A crawl: it advances a little.
  spec = plain_run(100, 1, 500, 100, 1);
  spec.job.steps = 1e5;
  const Replication run = replicate(spec);
  CHECK(run.reason == NeverReason::TooSlow);
  CHECK(run.progress > 0);
  CHECK(ledger_closes(spec, run));
}

TEST_CASE("corruption costs the work since it came, and what was kept decides how far back (hand-computed)") {
  RunSpec spec = plain_run(1e300, 0, 10, 10, 0);
  FaultClass& fault = spec.faults.classes[0];
  fault.unit = "job";
  fault.rate = Hertz(0.01);
  fault.law = IntervalLaw::Periodic;
  fault.effect = Effect::Corruption;
  fault.detection = Law::fixed(25);
  spec.job.steps = 140;
  spec.checkpoints[0].retained = 5;
  // Corrupted at 100 (position 100, of which the checkpoint is sound), found at 125; back to 100 at 135; done at 175.
  Replication run = replicate(spec);
  CHECK(run.wall.raw() == doctest::Approx(175));
  CHECK(run.ledger[GpuUse::Rework] == doctest::Approx(1024 * 25.0));
  CHECK(run.scratch == 0);
  CHECK(ledger_closes(spec, run));
  // Only the newest is kept: all is lost. From 135 on; at 200 the next corruption (at 65) is found at 225 (at 90).
  spec.checkpoints[0].retained = 1;
  run = replicate(spec);
  CHECK(run.scratch >= 1);
  CHECK(ledger_closes(spec, run));
}

TEST_CASE("a slow part slows the job until it is found and evicted (hand-computed)") {
  RunSpec spec = plain_run(1e300, 0, 10, 10, 0);
  FaultClass& fault = spec.faults.classes[0];
  fault.unit = "site";
  fault.rate = Hertz(0.01);
  fault.law = IntervalLaw::Periodic;
  fault.effect = Effect::Slow;
  fault.slow_factor = 2;
  fault.lasts = Law::fixed(40);
  spec.job.steps = 110;
  // Full speed to 100, half speed for the other 10: 120 s.
  CHECK(replicate(spec).wall.raw() == doctest::Approx(120));
  // Found after 6 s (3 of work): saved, evicted, restarted in 10 s, and on: 100 + 6 + 10 + 7.
  fault.detection = Law::fixed(6);
  fault.evict = 1;
  spec.policy.spares = 1;
  const Replication run = replicate(spec);
  CHECK(run.wall.raw() == doctest::Approx(123));
  CHECK(run.ledger[GpuUse::Slow] == doctest::Approx(1024 * 3.0));
  CHECK(ledger_closes(spec, run));
}

TEST_CASE("a replayed trace takes its nodes when it says, again and again (hand-computed)") {
  // Four nodes and one spare; node 1 is away from 100 s to 400 s, node 9 is not of the machine; the trace is 1000 s
  // long.
  auto trace = std::make_shared<FaultTrace>();
  trace->node_count = 10;
  trace->length = Seconds(1000);
  trace->faults = {{1, Seconds(100), Seconds(400), false, "GPU", ""},
                   {9, Seconds(200), Seconds(300), false, "NIC", ""}};
  RunSpec spec = plain_run(1e300, 7, 10, 10, 0);
  spec.job.gpus = 32;
  spec.policy.spares = 1;
  spec = with_replay(spec, trace);
  CHECK(spec.faults.classes.size() == 2);
  spec.job.steps = 1500;
  // A stop at 100, of 7 + 10 s (detection as that of the drawn class); at 1100 node 1 is a spare: no stop. 1517 s.
  const Replication run = replicate(spec);
  CHECK(run.wall.raw() == doctest::Approx(1517));
  CHECK(run.stops == 1);
  CHECK(run.node_faults == 2);
  CHECK(run.seconds_down[1] == doctest::Approx(600));
  CHECK(run.classes[0].faults == 2);
  CHECK(ledger_closes(spec, run));
}

TEST_CASE("any run: the ledger closes, and the same seed gives the same run (law)") {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    CAPTURE(seed);
    Rng rng = Rng::stream(seed, "test");
    RunSpec spec;
    spec.machine.gpus_per_node = 8;
    spec.machine.domains = {{"rack", 32}, {"pair", 4}};
    spec.job.gpus = 8 * 12 * static_cast<long long>(1 + rng.below(6));
    spec.job.step_time = Seconds(rng.uniform(1, 10));
    spec.job.steps = rng.uniform(1e4, 1e5);
    spec.job.step_factor = Law::lognormal(1, 0.1);
    spec.policy.spares = static_cast<long long>(rng.below(10));
    const auto time = [&](double most) { return Law::exponential(rng.uniform(0, most)); };
    for (const char* unit : {"gpu", "node", "rack", "pair", "job"}) {
      FaultClass c;
      c.name = unit;
      c.unit = unit;
      c.rate = Hertz(rng.uniform(0, 3e-7) * (std::string(unit) == "job" ? 20 : 1));
      c.law = static_cast<IntervalLaw>(rng.below(3));
      c.shape = rng.uniform(0.5, 1.5);
      c.effect = static_cast<Effect>(rng.below(5));
      c.slow_factor = rng.uniform(1.1, 3);
      c.lasts = time(5000);
      c.detection = time(600);
      c.evict = rng.uniform01();
      c.repair = time(2e5);
      c.burst = rng.uniform(0, 0.3);
      c.burst_nodes = Law::exponential(3);
      c.refail = rng.uniform(0, 0.5);
      c.refail_after = time(1e5);
      spec.faults.classes.push_back(c);
    }
    spec.faults.scale = Law::lognormal(1, 0.5);
    spec.faults.false_alarms = rng.uniform(0, 3);
    spec.faults.check = time(5000);
    spec.faults.misdiagnosis = rng.uniform(0, 0.3);
    spec.faults.over_eviction = rng.uniform(0, 1);
    CheckpointLevel fast, slow;
    fast.rule = slow.rule = IntervalRule::Fixed;
    fast.interval = Seconds(600);
    fast.blocking = Seconds(rng.uniform(0, 5));
    fast.survives = rng.bernoulli(0.5) ? Survives::Process : Survives::Node;
    fast.apart = "rack";
    slow.interval = Seconds(1800);
    slow.blocking = Seconds(rng.uniform(0, 20));
    slow.lag = Seconds(rng.uniform(0, 1000));
    slow.interference = rng.uniform(0, 0.2);
    slow.load = Seconds(100);
    spec.checkpoints = {fast, slow};
    spec.restart.place = time(200);
    spec.restart.initialise = time(200);
    spec.policy.recovery = static_cast<Recovery>(rng.below(6));
    spec.policy.queue = time(3000);
    spec.policy.provision = time(500);
    spec.policy.outside = rng.bernoulli(0.5) ? time(10000) : Law();
    spec.policy.group_nodes = 3;
    spec.policy.stall = time(30);
    spec.policy.penalty = 0.9;
    spec.policy.retire_after = static_cast<int>(rng.below(4));
    spec.policy.replacement = Law::fixed(50000);
    spec.repair_crews = static_cast<int>(rng.below(3));
    spec.maintenance.every = Seconds(rng.uniform(2, 8) * kDay);
    spec.maintenance.lasts = time(7200);
    REQUIRE(run_problems(spec).empty());
    const Replication run = replicate(spec, seed);
    CHECK(ledger_closes(spec, run));
    const Replication again = replicate(spec, seed);
    CHECK(again.wall == run.wall);
    CHECK(again.ledger.total() == run.ledger.total());
    if (run.finished) {
      const double factor = run.ledger[GpuUse::Useful] / (static_cast<double>(spec.job.gpus) * spec.job.work().raw());
      CHECK(factor > 0.5);
      CHECK(factor < 2);
    }
  }
}

}  // namespace orrery
