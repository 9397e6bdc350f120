#include "cluster/effects/gavel_scheduler.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "base/random.hpp"
#include "cluster/gpu_placement.hpp"
#include "cluster/test_workloads.hpp"

using namespace orrery;

namespace {

struct Replay {
  JobSchedule schedule;
  std::vector<Millis> ran;
};

Replay replay(const SharedMachine& machine, const JobTable& jobs, const RateTable& rates, const JobSpeed* speed,
              const EngineOptions& options = {}) {
  const std::vector<JobId> rows = test::all_rows(jobs);
  GpuPlacement placement(machine, jobs);
  GavelScheduler scheduler(machine, jobs, rates);
  test::LawObserver laws(jobs, machine);
  Replay result{ClusterEngine(jobs, rows, placement, scheduler, options, speed, &laws).run(), {}};
  for (const JobId job : rows) result.ran.push_back(laws.ran(job));
  return result;
}

}  // namespace

TEST_CASE("gavel: hand-computed turns of two alike jobs on one GPU") {
  const SharedMachine machine = test::plain_machine(1, 1);
  const JobTable jobs = test::small_jobs({{0, 720, 1}, {0, 720, 1}});
  const RateTable rates(0, 0, level_count(machine), {1});
  // Half of the time each: rounds of 360 s go 0, 1, 0, 1.
  const Replay result = replay(machine, jobs, rates, nullptr);
  CHECK(result.schedule.end[0] == 1080 * kSecond);
  CHECK(result.schedule.end[1] == 1440 * kSecond);
  CHECK(result.schedule.stops[0] == 1);
}

TEST_CASE("gavel: hand-computed types, each job where it is worth most") {
  SharedMachine machine;
  machine.groups = {{.name = "a", .gpu_type = "fast", .nodes = 1, .gpus = 1},
                    {.name = "b", .gpu_type = "slow", .nodes = 1, .gpus = 1}};
  // Job 0 does not care, job 1 is three times as fast on the fast GPU.
  JobTable jobs = test::small_jobs({{0, 350, 1}, {0, 1000, 1}});
  name_gpu_types(machine, jobs);
  jobs.kind = {jobs.kinds.add("indifferent"), jobs.kinds.add("picky")};
  RateTable rates(2, 2, level_count(machine), {1});
  rates.set(0, 0, kGpuLevel, 1, 1);
  rates.set(0, 1, kGpuLevel, 1, 1);
  rates.set(1, 0, kGpuLevel, 1, 3);
  rates.set(1, 1, kGpuLevel, 1, 1);
  const SpeedTable speed(machine, jobs, rates, 1);  // Run times are those of slow GPUs.
  const Replay result = replay(machine, jobs, rates, &speed);
  CHECK(result.schedule.end[0] == 350 * kSecond);
  CHECK(result.schedule.end[1] == 333334);  // 1000 s at three times the speed.
  CHECK(result.schedule.stops.empty());
}

TEST_CASE("gavel: a gang takes its turn, and what can run nowhere waits without keeping rounds going") {
  const SharedMachine machine = test::plain_machine(1, 4);
  // Fair GPU-time: the gang of 4 and four jobs of 1, each owed the same GPU-time.
  const JobTable jobs = test::small_jobs({{0, 720, 4}, {0, 720, 1}, {0, 720, 1}, {0, 720, 1}, {0, 720, 1}, {0, 5, 8}});
  const RateTable rates(0, 0, level_count(machine), {1});
  const Replay result = replay(machine, jobs, rates, nullptr);
  for (std::size_t job = 0; job < 5; ++job) CHECK(result.schedule.end[job] > 0);
  CHECK(result.schedule.end[5] == -1);
  CHECK(result.schedule.last_event == 1440 * kSecond);  // 4 x 720 + 720 x 4 GPU-seconds on 4 GPUs.
}

TEST_CASE(
    "gavel: hand-computed, a job that runs already takes its turns with others, and other pools' nodes do not count") {
  SharedMachine machine = test::plain_machine(1, 1);
  machine.groups[0].pool = "ours";
  machine.groups.push_back({.name = "theirs", .pool = "theirs", .nodes = 9, .gpus = 8});
  JobTable jobs = test::small_jobs({{0, 720, 1}, {0, 720, 1}});
  jobs.pool.assign(2, jobs.pools.add("ours"));
  jobs.pools.add("theirs");
  const RateTable rates(0, 0, level_count(machine), {1});
  GpuPlacement placement(machine, jobs);
  GavelScheduler scheduler(machine, jobs, rates, {.pool = "ours"});
  const std::vector<JobId> rows = {1};
  ClusterEngine engine(jobs, rows, placement, scheduler);
  REQUIRE(engine.resume({0, -100 * kSecond, {{0, 1}}}));
  const JobSchedule schedule = engine.run();
  // Both are owed half; job 0 had nothing since the begin, and goes on until 360 s; then 1, 0 and 1 in turn. Job 0 has
  // 620 s left.
  CHECK(schedule.end[0] == 980 * kSecond);
  CHECK(schedule.end[1] == 1440 * kSecond);
}

TEST_CASE("gavel: laws on random jobs and types") {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    CAPTURE(seed);
    Rng rng = Rng::stream(seed, "test/gavel");
    SharedMachine machine;
    machine.groups = {{.name = "a", .gpu_type = "x", .nodes = 4, .gpus = 8},
                      {.name = "b", .gpu_type = "y", .nodes = 6, .gpus = 4}};
    machine.levels = {{"rack", 2}};
    JobTable jobs = test::random_jobs(seed, 150, 24, 0.8);
    name_gpu_types(machine, jobs);
    RateTable rates(3, 2, level_count(machine), {1, 8, 24});
    for (int kind = 0; kind < 3; ++kind) {
      jobs.kinds.add(std::string(1, static_cast<char>('a' + kind)));
      for (int type = 0; type < 2; ++type) {
        for (const std::int32_t gpus : {1, 8, 24}) rates.set(kind, type, kNodeLevel, gpus, rng.uniform(0.5, 3) * gpus);
      }
    }
    for (std::size_t i = 0; i < jobs.size(); ++i) jobs.kind.push_back(static_cast<std::int32_t>(rng.below(4)) - 1);
    EngineOptions options;
    options.stop_cost.restart_one = options.stop_cost.restart_node = 5 * kSecond;
    const SpeedTable speed(machine, jobs, rates);
    const Replay once = replay(machine, jobs, rates, &speed, options);
    for (std::size_t i = 0; i < jobs.size(); ++i) CHECK(once.schedule.end[i] > jobs.submit[i]);
    CHECK(replay(machine, jobs, rates, &speed, options).schedule.end == once.schedule.end);
    // At speed 1 and no cost of stopping, a job runs for as long as it was recorded.
    const Replay plain = replay(machine, jobs, RateTable(0, 2, level_count(machine), {1}), nullptr);
    CHECK(plain.ran == jobs.run);
  }
}
