#include "run/engine.hpp"

#include <doctest/doctest.h>
#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>
#include <vector>

#include "base/thread_pool.hpp"

namespace orrery {
namespace {

constexpr double kDay = 86400;

/// 128 nodes, a stop of the job every `between` seconds on average, checkpoints each `interval` of work.
RunSpec plain_run(double between, double detection, double restart, double interval, double blocking, double lag = 0) {
  RunSpec spec;
  spec.job.gpus = 1024;
  spec.job.step_time = Seconds(1);
  FaultClass fault;
  fault.name = "gpu";
  fault.unit = "gpu";
  fault.rate = Hertz(1 / between / 1024);
  fault.detection = Law::fixed(detection);
  fault.evict = 0;
  spec.faults.classes = {fault};
  CheckpointLevel level;
  level.rule = IntervalRule::Fixed;
  level.interval = Seconds(interval);
  level.blocking = Seconds(blocking);
  level.lag = Seconds(lag);
  spec.checkpoints = {level};
  spec.restart.place = Law::fixed(restart);
  return spec;
}

std::vector<Seconds> intervals_of(const RunSpec& spec) {
  std::vector<Seconds> all;
  for (const CheckpointLevel& level : spec.checkpoints) all.push_back(level.interval);
  return all;
}

Replication replicate(const RunSpec& spec, std::uint64_t seed = 0, int replication = 0) {
  return Engine(spec, {.seed = seed}, replication, intervals_of(spec)).run();
}

void check_ledger(const RunSpec& spec, const Replication& run) {
  const double gpus = static_cast<double>(spec.job.gpus + spec.policy.spares * spec.machine.gpus_per_node);
  CHECK(run.ledger.total() == doctest::Approx(gpus * run.wall.raw()).epsilon(1e-9));
  const double down = std::accumulate(run.seconds_down.begin(), run.seconds_down.end(), 0.0);
  CHECK(down == doctest::Approx(run.wall.raw()).epsilon(1e-9));
  for (std::size_t i = 0; i < kGpuUses; ++i) CHECK(run.ledger[static_cast<GpuUse>(i)] >= -1e-6 * gpus * run.wall.raw());
}

}  // namespace

TEST_CASE("a run without faults takes its work and its checkpoints: hand-computed") {
  RunSpec spec = plain_run(1e300, 0, 0, 100, 5);
  spec.job.steps = 1000;
  const Replication run = replicate(spec);
  CHECK(run.finished);
  // 1000 s and nine writes of 5 s.
  CHECK(run.wall.raw() == doctest::Approx(1045));
  CHECK(run.ledger[GpuUse::Useful] == doctest::Approx(1024 * 1000.0));
  CHECK(run.ledger[GpuUse::Checkpoint] == doctest::Approx(1024 * 45.0));
  check_ledger(spec, run);
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
  check_ledger(spec, run);
  // With checkpoints each 30 s the job stands at 100, and goes back to 90; then from 120 to 170 at 200, back to 150;
  // from 220 to 230 at 300, back to 210; 320 on to 290 at 400, back to 270; 300 at 450.
  spec.checkpoints[0].interval = Seconds(30);
  run = replicate(spec);
  CHECK(run.wall.raw() == doctest::Approx(450));
  CHECK(run.ledger[GpuUse::Rework] == doctest::Approx(1024 * 70.0));
  check_ledger(spec, run);
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
      check_ledger(spec, run);
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
  check_ledger(spec, run);
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
  check_ledger(spec, run);
  // With a spare: restarted at 1010, done at 1510.
  spec.policy.spares = 1;
  spec.faults.classes[0].rate = Hertz(0.001 / 3);
  run = replicate(spec);
  CHECK(run.ledger[GpuUse::WaitForNode] == 0);
  CHECK(run.wall.raw() <= 1510 * (1 + 1e-9));
  check_ledger(spec, run);
  // A node from outside comes sooner than the repair.
  spec.policy.spares = 0;
  spec.faults.classes[0].rate = Hertz(0.0005);
  spec.policy.outside = Law::fixed(50);
  run = replicate(spec);
  CHECK(run.wall.raw() == doctest::Approx(1560));
  CHECK(run.longest_wait == doctest::Approx(50));
  check_ledger(spec, run);
  // Nothing ever comes back.
  spec.policy.outside = Law();
  spec.faults.classes[0].repair = Law::fixed(1);
  spec.policy.retire_after = 1;
  run = replicate(spec);
  CHECK_FALSE(run.finished);
  CHECK(run.reason == NeverReason::NoNodes);
  check_ledger(spec, run);
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
  check_ledger(spec, run);
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
  check_ledger(spec, run);
  // Only the newest is kept: all is lost. From 135 on; at 200 the next corruption (at 65) is found at 225 (at 90).
  spec.checkpoints[0].retained = 1;
  run = replicate(spec);
  CHECK(run.scratch >= 1);
  check_ledger(spec, run);
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
  check_ledger(spec, run);
}

TEST_CASE("replicas: those that are left go on (hand-computed)") {
  // Four replicas of 32 nodes; every 1000 s a fault of one node, stalling all for 10 s; its replica is back after 190 s
  // (and stalls all again for 10 s): work lost a cycle = 10 + 10 + 190 / 4, less what the stall covers.
  RunSpec spec = plain_run(1e300, 0, 190, 10, 0);
  FaultClass& fault = spec.faults.classes[0];
  fault.unit = "node";
  fault.rate = Hertz(0.001 / 128);
  fault.law = IntervalLaw::Periodic;
  spec.policy.recovery = Recovery::ReplicaDrop;
  spec.policy.group_nodes = 32;
  spec.policy.stall = Law::fixed(10);
  spec.job.steps = 100'000;
  const Replication run = replicate(spec);
  CHECK(run.stops == 0);
  // A cycle: 10 stalled, 180 at 3/4, 10 stalled, 800 at full speed: 935 of 1000.
  CHECK(run.goodput(spec) == doctest::Approx(0.935).epsilon(2e-3));
  CHECK(run.ledger[GpuUse::Rework] == 0);
  check_ledger(spec, run);
}

TEST_CASE("groups that lack nodes do not hold up a restart of all (hand-computed)") {
  // 16 groups of eight nodes, no spare: one is lost at 1000 s for good; at 1500 s, 3000 s, ... software stops all for
  // 50 s. The other 15 go on.
  RunSpec spec = plain_run(1e300, 0, 50, 10, 0);
  FaultClass lost, software;
  lost.name = "node";
  lost.unit = "site";
  lost.rate = Hertz(0);
  software.name = "software";
  software.unit = "job";
  software.rate = Hertz(1 / 1500.0);
  software.law = IntervalLaw::Periodic;
  spec.faults.classes = {lost, software};
  auto trace = std::make_shared<FaultTrace>();
  trace->node_count = 128;
  trace->length = Seconds(1e9);
  trace->faults = {{3, Seconds(1000), Seconds(9e8), false, "node", ""}};
  spec.replay = trace;
  spec.replay_classes = {0};
  spec.policy.recovery = Recovery::Shrink;
  spec.policy.group_nodes = 8;
  spec.job.steps = 10'000;
  const Replication run = replicate(spec);
  CHECK(run.finished);
  CHECK(run.ledger[GpuUse::WaitForNode] == 0);
  // 1000 s at full speed, the other 9000 s of work at 15/16, of each 1500 s 1450.
  CHECK(run.wall.raw() == doctest::Approx(1000 + 9000 * 16 / 15.0 * 1500 / 1450).epsilon(0.01));
  check_ledger(spec, run);
}

TEST_CASE("a shard's last copy takes what its peers held with it (hand-computed)") {
  // Two groups with the same shards, checkpoints in the nodes' memory alone: every fault takes hardware, the second of
  // a pair takes the last copy. Nothing is left of either, and the run begins anew.
  RunSpec spec = plain_run(1e300, 0, 10, 10, 0);
  spec.job.gpus = 16;
  spec.policy.spares = 4;
  spec.faults.classes[0] = {};
  spec.faults.classes[0].name = "node";
  spec.faults.classes[0].rate = Hertz(1 / 60.0);
  spec.faults.classes[0].law = IntervalLaw::Periodic;
  spec.faults.classes[0].repair = Law::fixed(20);
  spec.checkpoints[0].survives = Survives::Node;
  spec.checkpoints[0].copies = 1;
  spec.policy.recovery = Recovery::Redundant;
  spec.policy.copies = 2;
  spec.policy.compute_factor = 2;
  spec.job.steps = 200;
  const Replication run = replicate(spec);
  CHECK(run.stops > 0);
  CHECK(run.scratch >= run.stops - 1);  // It may be given up in the middle of one.
  check_ledger(spec, run);
}

TEST_CASE("redundant shards: the job stops only when all copies are lost (law)") {
  RunSpec spec = plain_run(1e300, 0, 60, 100, 1);
  FaultClass& fault = spec.faults.classes[0];
  fault.unit = "node";
  fault.rate = Hertz(0.001 / 128);
  spec.policy.recovery = Recovery::Redundant;
  spec.policy.group_nodes = 1;
  spec.policy.copies = 2;
  spec.policy.compute_factor = 2;
  spec.job.steps = 1e6;
  spec.faults.classes[0].evict = 0;
  const Replication run = replicate(spec);
  // Of 64 pairs: m faults of distinct nodes spare every pair with probability about exp(-m^2 / 256): 14.2 on average.
  CHECK(run.finished);
  CHECK(run.group_stops / run.stops == doctest::Approx(std::sqrt(3.14159265 * 256) / 2 - 1).epsilon(0.06));
  CHECK(run.goodput(spec) < 0.5);
  CHECK(run.ettr(spec) == doctest::Approx(2 * run.goodput(spec)));
  check_ledger(spec, run);
  // 128 overlapping pairs: as often as a ring of which nodes are struck out at random until two neighbours are.
  double struck = 0;
  for (std::uint32_t trial = 0; trial < 4000; ++trial) {
    Rng rng = Rng::stream(1, "ring", trial);
    std::vector<char> out(128, 0);
    for (;;) {
      const auto node = static_cast<std::size_t>(rng.below(128));
      if (out[node] != 0) continue;
      out[node] = 1;
      if (out[(node + 1) % 128] != 0 || out[(node + 127) % 128] != 0) break;
      struck += 1.0 / 4000;
    }
  }
  spec.policy.disjoint = false;
  const Replication overlapping = replicate(spec);
  CHECK(overlapping.group_stops / overlapping.stops == doctest::Approx(struck).epsilon(0.06));
  check_ledger(spec, overlapping);
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
  check_ledger(spec, run);
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
    check_ledger(spec, run);
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
