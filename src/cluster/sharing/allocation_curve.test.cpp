#include "cluster/sharing/allocation_curve.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "cluster/sharing/test_sharing.hpp"

namespace orrery {
namespace {

JobTable table_of(const std::vector<Pod>& pods, const Names& types) {
  JobTable jobs;
  jobs.gpu_types = types;
  for (const Pod& pod : pods) {
    jobs.submit.push_back(0);
    jobs.run.push_back(kHour);
    jobs.gpus.push_back(pod.gpus);
    jobs.gpu_milli.push_back(pod.gpus > 0 ? pod.gpu_milli : 1000);
    jobs.gpu_type.push_back(pod.gpu_type);
    jobs.cpu_milli.push_back(static_cast<std::int32_t>(pod.cpu_milli));
    jobs.memory_mib.push_back(static_cast<std::int32_t>(pod.memory_mib));
    jobs.id.push_back("pod-" + std::to_string(10000 + jobs.id.size()));
  }
  return jobs;
}

std::int64_t load_of(const std::vector<Pod>& pods) {
  std::int64_t load = 0;
  for (const Pod& pod : pods) load += pod.total_gpu_milli();
  return load;
}

}  // namespace

TEST_CASE("allocation curve: hand-computed, halves of a GPU on four") {
  // Eight halves fit on four GPUs; each arrival is 12.5 % of load. 1.3 of 4000 is 5200: ten arrive, two find no room.
  const std::vector<Pod> pods = {{1, 500, -1, 0, 0}};
  const SharedMachine machine = {{{"n", "", "", 2, 2, 0, 0}}, {}};
  const AllocationCurve curve = allocation_curve(table_of(pods, {}), machine, SharingRule::BestFit, 1);
  CHECK(curve.arrived == 10);
  CHECK(curve.placed == 8);
  REQUIRE(curve.allocated.size() == 131);
  // 12.5 rounds to 12, 37.5 to 38: of a half to the even one.
  CHECK(curve.allocated[12] == 12.5);
  CHECK(curve.allocated[25] == 25);
  CHECK(curve.allocated[38] == 37.5);
  CHECK(curve.allocated[100] == 100);
  // No pod arrives near 50 + 5: the point is as the one before.
  CHECK(curve.allocated[55] == 50);
  CHECK(curve.allocated[51] == 50);
  CHECK(curve.allocated[125] == 100);
  CHECK(curve.allocated[0] == 0);
  CHECK(curve.end.usable + curve.end.fragmented() == 0);
}

TEST_CASE("arrival order: laws") {
  const test::SharingCases cases;
  Rng rng = Rng::stream(5, "test/arrival");
  const std::vector<Pod> few = cases.draw(20, rng), many = cases.draw(400, rng);
  const std::int64_t gpus = cases.machine.gpus() * kWholeGpu;
  for (const std::uint64_t seed : {42, 43}) {
    const ArrivalOrder up = arrival_order(few, cases.machine, 130, seed);
    const ArrivalOrder down = arrival_order(many, cases.machine, 130, seed);
    // Drawn again until the load is reached: all of them are there, and the next would go beyond.
    CHECK(std::is_permutation(few.begin(), few.end(), up.pods.begin(), up.pods.begin() + 20));
    CHECK(load_of(up.pods) <= gpus * 13 / 10 + 3 * kWholeGpu);
    CHECK(load_of(up.pods) > gpus * 13 / 10 - kWholeGpu);
    // Left out until it is no more than the load.
    CHECK(load_of(many) > gpus * 13 / 10);
    CHECK(load_of(down.pods) <= gpus * 13 / 10);
    CHECK(load_of(down.pods) > gpus * 13 / 10 - 4 * kWholeGpu);
    std::vector<std::int32_t> nodes = up.nodes;
    std::sort(nodes.begin(), nodes.end());
    for (std::int32_t i = 0; i < static_cast<std::int32_t>(nodes.size()); ++i)
      CHECK(nodes[static_cast<std::size_t>(i)] == i);
    CHECK(nodes.size() == static_cast<std::size_t>(cases.machine.nodes()));
  }
  CHECK(arrival_order(few, cases.machine, 130, 42).nodes != arrival_order(few, cases.machine, 130, 43).nodes);
  // Pods without a GPU never reach a load, and come once.
  const std::vector<Pod> cpus(7, Pod{0, 0, -1, 1000, 0});
  CHECK(arrival_order(cpus, cases.machine, 130, 42).pods.size() == 7);
}

TEST_CASE("allocation curve: laws, allocation grows, stays below load and capacity, and is the same each time") {
  const test::SharingCases cases;
  Rng rng = Rng::stream(6, "test/curve");
  const JobTable jobs = table_of(cases.draw(60, rng), cases.types);
  for (const SharingRule rule : kSharingRules) {
    CAPTURE(name_of(rule));
    const AllocationCurve curve = allocation_curve(jobs, cases.machine, rule, 42);
    // A point no pod came near is the mean of its neighbours, of which each is rounded.
    for (std::size_t i = 1; i < curve.allocated.size(); ++i) {
      CHECK(curve.allocated[i] >= curve.allocated[i - 1] - 1e-9);
      CHECK(curve.allocated[i] <= std::min(100.0, static_cast<double>(i) + 1.5));
    }
    CHECK(curve.placed <= curve.arrived);
    const double free = (100 - curve.allocated.back()) / 100 * static_cast<double>(cases.machine.gpus()) * kWholeGpu;
    CHECK(curve.end.usable + curve.end.fragmented() <= free + 1e-6);
    const AllocationCurve again = allocation_curve(jobs, cases.machine, rule, 42);
    CHECK(again.allocated == curve.allocated);
  }
}

}  // namespace orrery
