#include "cluster/effects/speed_table.hpp"

#include <doctest/doctest.h>

#include <vector>

#include "cluster/effects/data_parallel_rates.hpp"

using namespace orrery;

namespace {

// 2 groups of 4 nodes with 8 GPUs; racks of 2 nodes.
SharedMachine two_groups() {
  SharedMachine machine;
  machine.groups = {{"a", "fast", "", 4, 8, 0, 0}, {"b", "slow", "", 4, 8, 0, 0}};
  machine.levels = {{"rack", 2}};
  return machine;
}

std::vector<Slice> on(std::vector<std::pair<int, int>> nodes_and_gpus) {
  std::vector<Slice> slices;
  for (const auto& [node, gpus] : nodes_and_gpus) slices.push_back({node, gpus});
  return slices;
}

}  // namespace

TEST_CASE("levels that a placement spans: hand-made") {
  const PlacementLevels levels(two_groups());
  CHECK(levels.count() == 4);
  CHECK(levels.name(2) == "rack");
  CHECK(levels.spanned(on({{3, 1}})) == kGpuLevel);
  CHECK(levels.spanned(on({{3, 2}})) == kNodeLevel);
  CHECK(levels.spanned(on({{2, 1}, {3, 1}})) == 2);
  CHECK(levels.spanned(on({{1, 1}, {2, 1}})) == 3);
  // Nodes 3 and 4 are neighbours by number, of two groups; 4 and 5 are the first rack of the second.
  CHECK(levels.spanned(on({{3, 1}, {4, 1}})) == 3);
  CHECK(levels.spanned(on({{4, 8}, {5, 8}})) == 2);
  CHECK(levels.packed(1, 8) == kGpuLevel);
  CHECK(levels.packed(8, 8) == kNodeLevel);
  CHECK(levels.packed(16, 8) == 2);
  CHECK(levels.packed(17, 8) == 3);
}

TEST_CASE("rates between what is known: hand-computed") {
  RateTable rates(2, 1, 4, {1, 2, 8});
  rates.set(0, 0, kGpuLevel, 1, 10);
  rates.set(0, 0, kNodeLevel, 2, 18);
  rates.set(0, 0, kNodeLevel, 8, 60);
  rates.set(0, 0, 3, 8, 40);
  CHECK(rates.rate(0, 0, kNodeLevel, 8) == 60);
  CHECK(rates.rate(0, 0, kNodeLevel, 5) == 39);  // Half way from 18 to 60.
  CHECK(rates.rate(0, 0, 3, 8) == 40);
  CHECK(rates.rate(0, 0, 2, 8) == 40);   // The next larger level that is known.
  CHECK(rates.rate(0, 0, 3, 16) == 80);  // Beyond: in proportion.
  CHECK(rates.rate(1, 0, 3, 8) == 0);    // Nothing is known.
  CHECK(rates.rate(-1, 0, 3, 8) == 0);
}

TEST_CASE("speed of a job on what it got: hand-computed") {
  const SharedMachine machine = two_groups();
  JobTable jobs;
  jobs.submit = {0, 0, 0};
  jobs.run = {1000, 1000, 1000};
  jobs.gpus = {8, 8, 8};
  jobs.kind = {jobs.kinds.add("model"), jobs.kinds.add("unknown"), 0};
  jobs.gpu_types.add("fast");
  jobs.gpu_types.add("slow");
  jobs.gpu_type = {-1, -1, 1};
  RateTable rates(2, 2, level_count(machine), {4, 8});
  rates.set(0, 0, kNodeLevel, 8, 80);
  rates.set(0, 0, kNodeLevel, 4, 48);
  rates.set(0, 0, 2, 8, 40);
  rates.set(0, 0, 3, 8, 20);
  rates.set(0, 1, kNodeLevel, 8, 16);
  const SpeedTable speed(machine, jobs, rates);
  CHECK(speed.speed(jobs, 0, on({{0, 8}})) == 1);
  CHECK(speed.speed(jobs, 0, on({{0, 4}, {1, 4}})) == doctest::Approx(0.5));
  CHECK(speed.speed(jobs, 0, on({{0, 4}, {2, 4}})) == doctest::Approx(0.25));
  CHECK(speed.speed(jobs, 0, on({{4, 8}})) == doctest::Approx(0.2));  // On slow GPUs.
  CHECK(speed.speed(jobs, 0, on({{0, 4}})) == doctest::Approx(0.6));  // On half of what it asked for.
  CHECK(speed.speed(jobs, 1, on({{0, 4}, {2, 4}})) == 1);
  CHECK(speed.speed(jobs, 1, on({{0, 2}})) == doctest::Approx(0.25));
  CHECK(speed.speed(jobs, 2, on({{4, 8}})) == 1);  // It asked for slow ones.
}

TEST_CASE("rates of data-parallel jobs: hand-computed, and spread is never faster than the wire allows") {
  SharedMachine machine;
  machine.groups = {{"a", "gpu", "", 4, 4, 0, 0}};
  GpuTypeModel type;
  type.network = {4_GB_per_s, 600_GB_per_s, 1_GB_per_s, 1_GB_per_s, 0_s, 0_s, {}, 1};
  type.node_gpus = 4;
  KindModel kind{{0_s, 0.1_s, 1_GB}, 10};
  const RateTable rates = data_parallel_rates(machine, {kind}, {type}, {1, 2, 4, 8});
  CHECK(rates.rate(0, 0, kGpuLevel, 1) == doctest::Approx(10));          // 10 samples in 1 s.
  CHECK(rates.rate(0, 0, kNodeLevel, 2) == doctest::Approx(20 / 1.25));  // 1 GB over 4 GB/s.
  CHECK(rates.rate(0, 0, 2, 2) == doctest::Approx(20 / 2.0));            // 1 GB over 1 GB/s.
  CHECK(rates.rate(0, 0, 2, 8) == doctest::Approx(80 / (1 + 1.75)));     // Two full nodes.
  // Twice the compute time on another type; no overlap.
  type.compute = 2;
  CHECK(data_parallel_rates(machine, {kind}, {type}, {2}).rate(0, 0, 2, 2) == doctest::Approx(20 / 3.0));
}

TEST_CASE("goodput of an adaptive batch: hand-computed") {
  // One GPU, no network: throughput does not depend on the batch, so that the tuned one is best.
  KindModel kind{{0_s, 0.1_s, 0_B}, 64, 8, 16};
  CHECK(goodput(kind, {}, {1, 1, 1, 0}) == doctest::Approx(10));
  // 0.9 s of every step whatever the batch M: M / (0.9 + 0.1 M) x 24 / (16 + M) is largest at M = 12, where it is
  // 12 / 2.1 x 24 / 28.
  kind.job.base = 0.9_s;
  CHECK(goodput(kind, {}, {1, 1, 1, 0}) == doctest::Approx(12 / 2.1 * 24 / 28).epsilon(1e-3));
}
