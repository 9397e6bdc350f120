#include <doctest/doctest.h>

#include <cmath>
#include <memory>
#include <vector>

#include "run/test_runs.hpp"

namespace orrery {

using namespace test;  // NOLINT(google-build-using-namespace)

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
  CHECK(ledger_closes(spec, run));
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
  CHECK(ledger_closes(spec, run));
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
  CHECK(ledger_closes(spec, run));
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
  CHECK(ledger_closes(spec, run));
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
  CHECK(ledger_closes(spec, overlapping));
}

}  // namespace orrery
