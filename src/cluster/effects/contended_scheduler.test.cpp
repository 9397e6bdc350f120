#include "cluster/effects/contended_scheduler.hpp"

#include <doctest/doctest.h>

#include <limits>

#include "cluster/gpu_placement.hpp"
#include "cluster/queue_scheduler.hpp"
#include "cluster/test_workloads.hpp"

using namespace orrery;

namespace {

// Four racks of two nodes with one GPU each; uplinks carry one of their two NICs.
SharedMachine racks() {
  SharedMachine machine = test::plain_machine(8, 1);
  machine.levels = {{"rack", 2}};
  return machine;
}

/// Nothing but gradients: 1 GB over NICs of 1 GB/s.
KindModel wire_only() {
  return {{0_s, 0_s, 1_GB}, 1};
}
GpuTypeModel plain_type() {
  GpuTypeModel type;
  type.network = {10_GB_per_s, 600_GB_per_s, 1_GB_per_s, 1_GB_per_s, 0_s, 0_s, {}, 1, 0};
  type.node_gpus = 1;
  return type;
}

std::vector<Slice> on(std::vector<int> nodes) {
  std::vector<Slice> slices;
  for (const int node : nodes) slices.push_back({node, 1});
  return slices;
}

}  // namespace

TEST_CASE("shares of uplinks: hand-computed") {
  UplinkShares shares(racks(), {2});
  std::set<JobId> changed;
  shares.add(0, on({0, 2}), changed);
  CHECK(shares.share(0) == 1);
  shares.add(1, on({4, 5}), changed);  // Within a rack.
  changed.clear();
  shares.add(2, on({1, 6}), changed);  // Meets job 0 on the uplink of the first rack.
  CHECK(changed == std::set<JobId>{0, 2});
  CHECK(shares.share(0) == 0.5);
  CHECK(shares.share(1) == 1);
  CHECK(shares.share(2) == 0.5);
  changed.clear();
  shares.remove(0, changed);
  CHECK(changed == std::set<JobId>{2});
  CHECK(shares.share(2) == 1);
}

TEST_CASE("jobs that share an uplink: hand-computed") {
  const SharedMachine machine = racks();
  // Three GPUs each: nodes 0, 1, 2 and 3, 4, 5, which meet on the uplink of the second rack; job 2 is alone in the
  // last.
  JobTable jobs = test::small_jobs({{0, 100, 3}, {50, 100, 3}, {60, 10, 2}});
  jobs.kind.assign(3, jobs.kinds.add("wire"));
  const std::vector<JobId> rows = test::all_rows(jobs);
  GpuPlacement placement(machine, jobs);
  QueueScheduler queue(jobs, rows, {});
  ContendedScheduler scheduler(machine, jobs, {2}, {wire_only()}, {plain_type()}, queue);
  test::LawObserver laws(jobs, machine);
  const JobSchedule schedule = ClusterEngine(jobs, rows, placement, scheduler, {}, nullptr, &laws).run();
  // Job 0 has 50 s left when job 1 comes; both then run at half speed, job 0 until 150 s, when job 1 has 50 s left.
  CHECK(schedule.end[0] == 150 * kSecond);
  CHECK(schedule.end[1] == 200 * kSecond);
  CHECK(schedule.end[2] == 70 * kSecond);
}

TEST_CASE("jobs that share uplinks: laws on random jobs") {
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    CAPTURE(seed);
    SharedMachine machine = test::plain_machine(8, 4);
    machine.levels = {{"rack", 2}, {"pod", 4}};
    JobTable jobs = test::random_jobs(seed, 200, 32, 0.7);
    jobs.kind.assign(jobs.size(), jobs.kinds.add("model"));
    KindModel model{{0.1_s, 0.01_s, 1_GB}, 8};
    GpuTypeModel type = plain_type();
    type.node_gpus = 4;
    const std::vector<JobId> rows = test::all_rows(jobs);
    const auto run = [&](double oversubscription) {
      GpuPlacement placement(machine, jobs);
      QueueScheduler queue(jobs, rows, {});
      ContendedScheduler scheduler(machine, jobs, {oversubscription, oversubscription}, {model}, {type}, queue);
      test::LawObserver laws(jobs, machine);
      JobSchedule schedule = ClusterEngine(jobs, rows, placement, scheduler, {}, nullptr, &laws).run();
      for (const JobId job : rows) {
        // Nobody is faster than alone, and nobody slower than with its least share of the NICs all the time.
        const auto row = static_cast<std::size_t>(job);
        CHECK(laws.ran(job) >= jobs.run[row]);
        CHECK(laws.ran(job) <= 16 * jobs.run[row]);
      }
      return schedule;
    };
    // Uplinks that carry every ring change nothing.
    GpuPlacement placement(machine, jobs);
    QueueScheduler queue(jobs, rows, {});
    const JobSchedule plain = ClusterEngine(jobs, rows, placement, queue).run();
    CHECK(run(1).end == plain.end);
    CHECK(run(4).end == run(4).end);
  }
}
