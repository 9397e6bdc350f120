#include "cluster/sharing/sharing_placement.hpp"

#include <doctest/doctest.h>

#include <cstdlib>

#include "cluster/engine.hpp"
#include "cluster/queue_scheduler.hpp"
#include "cluster/sharing/test_sharing.hpp"

namespace orrery {
namespace {

Demand demand(std::int32_t gpus, std::int32_t milli = 1000, std::int64_t cpu = 0, std::int64_t memory = 0) {
  Demand d;
  d.gpus = gpus;
  d.gpu_milli = milli;
  d.cpu_milli = cpu;
  d.memory_mib = memory;
  return d;
}

Demand draw(const test::SharingCases& cases, Rng& rng) {
  const Pod pod = cases.draw(rng);
  Demand d = demand(pod.gpus, pod.gpus > 0 ? pod.gpu_milli : 1000, pod.cpu_milli, pod.memory_mib);
  d.gpu_type = pod.gpu_type;
  switch (rng.below(6)) {
    case 0:  // Equal parts.
      d.workers = static_cast<std::int32_t>(2 + rng.below(6));
      d.gpus *= d.workers;
      d.cpu_milli *= d.workers;
      break;
    case 1:  // More than a node has.
      d.gpus = static_cast<std::int32_t>(5 + rng.below(20));
      d.gpu_milli = rng.below(4) == 0 ? 300 : 1000;
      break;
    default:
      break;
  }
  return d;
}

/// Everything that is free, node by node and GPU by GPU.
std::vector<std::int64_t> state_of(const SharingPlacement& placement) {
  std::vector<std::int64_t> state;
  for (std::int32_t place = 0; place < placement.nodes().size(); ++place) {
    const NodeView view = placement.nodes().view(place);
    state.insert(state.end(), {view.node.cpu_free, view.node.memory_free, view.node.milli_free, view.node.whole_free});
    state.insert(state.end(), view.gpu_free.begin(), view.gpu_free.end());
    state.insert(state.end(), view.pods.begin(), view.pods.end());
  }
  return state;
}

}  // namespace

TEST_CASE("shared placement: slices, hand-computed") {
  SharingPlacement placement({{{"n", "T4", "", 2, 4, 32000, 65536}}, {}}, JobTable{},
                             {.rule = SharingRule::FirstFit, .target = {}, .order = {}});
  std::vector<Slice> slices;
  REQUIRE(placement.take(demand(1, 300, 2000, 100), kNever, slices));
  REQUIRE(placement.take(demand(2, 1000, 4000), kNever, slices));
  REQUIRE(slices.size() == 2);
  CHECK(slices[0] == Slice{0, 1, 300, 0, 2000, 100});
  CHECK(slices[1] == Slice{0, 2, 1000, 1, 4000, 0});
  CHECK(placement.free_gpus() == 5);
  CHECK(placement.free_gpu_milli() == 5700);
  // Parts of two GPUs: a slice each, the CPUs with the first.
  slices.clear();
  REQUIRE(placement.take(demand(2, 600, 1000), kNever, slices));
  CHECK(slices == std::vector<Slice>{{0, 1, 600, 0, 1000, 0}, {0, 1, 600, 3, 0, 0}});
  // Six GPUs on nodes of four: four and two, the CPUs by GPUs; only the second node has four.
  slices.clear();
  CHECK_FALSE(placement.fits(demand(8)));
  CHECK_FALSE(placement.take(demand(6, 1000, 6000), kNever, slices));
  CHECK(slices.empty());
  CHECK(placement.possible(demand(8)));
  CHECK_FALSE(placement.possible(demand(9)));
  Demand one_worker = demand(8);
  one_worker.workers = 1;
  CHECK_FALSE(placement.possible(one_worker));
  CHECK_FALSE(placement.possible(demand(1, 500, 32001)));
}

TEST_CASE("shared placement: laws on random jobs of every rule") {
  for (const SharingRule rule : kSharingRules) {
    for (std::uint64_t seed = 0; seed < 8; ++seed) {
      CAPTURE(name_of(rule));
      CAPTURE(seed);
      Rng rng = Rng::stream(seed, "test/placement");
      const test::SharingCases cases;
      SharingOptions options;
      options.rule = rule;
      options.seed = seed;
      {
        const SharedNodes nodes(cases.machine, cases.types);
        options.target = typical_pods(cases.draw(100, rng), cases.types);
      }
      SharingPlacement placement(cases.machine, cases.jobs(), options);
      const std::vector<std::int64_t> empty = state_of(placement);
      std::vector<std::vector<Slice>> running;
      int gangs = 0, refused = 0;
      for (int i = 0; i < 300; ++i) {
        if (!running.empty() && rng.below(3) == 0) {
          const std::size_t out = rng.below(running.size());
          placement.give_back(running[out], kNever);
          running.erase(running.begin() + static_cast<std::ptrdiff_t>(out));
        }
        const Demand job = draw(cases, rng);
        const std::vector<std::int64_t> before = state_of(placement);
        const bool fits = placement.fits(job);
        if (fits) CHECK(placement.possible(job));
        std::vector<Slice> slices;
        const bool taken = placement.take(job, kNever, slices);
        // Whether it fits is whether it can be taken; a gang gets all or nothing.
        CHECK(taken == fits);
        if (!taken) {
          ++refused;
          CHECK(slices.empty());
          CHECK(state_of(placement) == before);
          continue;
        }
        std::int64_t gpus = 0, cpu = 0;
        for (const Slice& slice : slices) {
          gpus += slice.gpus;
          cpu += slice.cpu_milli;
        }
        CHECK(gpus == job.gpus);
        CHECK(cpu >= job.cpu_milli);
        gangs += slices.size() > 1 ? 1 : 0;
        const std::vector<std::int64_t> after = state_of(placement);
        // No GPU gives more than it has, no node more CPUs and memory; sums agree.
        std::int64_t milli = 0;
        for (std::int32_t place = 0; place < placement.nodes().size(); ++place) {
          const NodeView view = placement.nodes().view(place);
          CHECK(view.node.cpu_free >= 0);
          CHECK(view.node.memory_free >= 0);
          for (const std::int16_t free : view.gpu_free) {
            CHECK((free >= 0 && free <= kWholeGpu));
            milli += free;
          }
        }
        CHECK(milli == placement.free_gpu_milli());
        // Given back, all is as before; the same slices can be taken again.
        placement.give_back(slices, kNever);
        CHECK(state_of(placement) == before);
        CHECK(placement.take_exactly(slices, kNever));
        CHECK(placement.free_gpu_milli() == milli);
        running.push_back(slices);
      }
      CHECK(gangs > 10);
      CHECK(refused > 10);
      for (const std::vector<Slice>& slices : running) placement.give_back(slices, kNever);
      CHECK(state_of(placement) == empty);
      const Fragmentation all = placement.fragmentation();
      CHECK(all.usable + all.fragmented() == doctest::Approx(static_cast<double>(placement.free_gpu_milli())));
    }
  }
}

TEST_CASE("shared placement: what is not free is not taken exactly, hand-computed") {
  SharingPlacement placement({{{"n", "T4", "", 2, 2, 32000, 0}}, {}}, JobTable{});
  const std::vector<Slice> share = {{0, 1, 600, 1, 1000, 0}};
  REQUIRE(placement.take_exactly(share, kNever));
  const std::vector<std::int64_t> before = state_of(placement);
  for (const Slice& wrong : {Slice{0, 1, 600, 1, 0, 0}, Slice{0, 2, 1000, 0, 0, 0}, Slice{0, 1, 500, 2, 0, 0},
                             Slice{2, 1, 1000, 0, 0, 0}, Slice{-1, 1, 1000, 0, 0, 0}, Slice{0, 0, 1000, -1, 31001, 0},
                             Slice{0, 1, 1001, 0, 0, 0}, Slice{0, 1, 0, 0, 0, 0}}) {
    // The first can be taken; with the second it is not.
    CHECK_FALSE(placement.take_exactly(std::vector<Slice>{{1, 1, 1000, 0, 0, 0}, wrong}, kNever));
    CHECK(state_of(placement) == before);
  }
  // Whole GPUs that nobody told apart.
  const std::vector<Slice> whole = {{1, 2, 1000, -1, 0, 0}};
  REQUIRE(placement.take_exactly(whole, kNever));
  CHECK(placement.free_gpus() == 1);
  placement.give_back(whole, kNever);
  CHECK(state_of(placement) == before);
}

TEST_CASE("shared placement: pools and the largest gang, hand-computed") {
  JobTable jobs;
  const std::int32_t team = jobs.pools.add("team"), other = jobs.pools.add("other");
  const SharedMachine machine = {
      {{"a", "", "", 2, 4, 0, 0}, {"b", "", "team", 1, 4, 0, 0}, {"c", "", "gone", 1, 2, 0, 0}}, {}};
  SharingPlacement placement(machine, jobs);
  Demand all = demand(12);
  CHECK_FALSE(placement.possible(all));
  all.pool = other;
  CHECK_FALSE(placement.possible(all));
  all.pool = team;
  CHECK(placement.fits(all));
  // Three nodes of four, and the two of the pool that nobody is in.
  CHECK(placement.largest_gang() == 14);
  std::vector<Slice> slices;
  REQUIRE(placement.take(demand(1, 500), kNever, slices));
  CHECK(placement.largest_gang() == 11);
  REQUIRE(placement.take(demand(8, 400), kNever, slices));
  CHECK(placement.free_gpu_milli() == 14000 - 500 - 3200);
}

TEST_CASE("shared placement: three shares run at once on one GPU, hand-computed") {
  JobTable jobs;
  jobs.submit = {0, 0, 0, 0};
  jobs.run = {10 * kSecond, 20 * kSecond, 10 * kSecond, 5 * kSecond};
  jobs.gpus = {1, 1, 1, 1};
  jobs.gpu_milli = {400, 400, 200, 1000};
  SharingPlacement placement({{{"n", "", "", 1, 1, 0, 0}}, {}}, jobs,
                             {.rule = SharingRule::BestFit, .target = {}, .order = {}});
  const std::vector<JobId> rows = {0, 1, 2, 3};
  QueueScheduler fifo(jobs, rows, {});
  const JobSchedule schedule = ClusterEngine(jobs, rows, placement, fifo).run();
  CHECK(schedule.first_start == std::vector<Millis>{0, 0, 0, 20 * kSecond});
  CHECK(schedule.end == std::vector<Millis>{10 * kSecond, 20 * kSecond, 10 * kSecond, 25 * kSecond});
}

}  // namespace orrery
