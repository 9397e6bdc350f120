#include "cluster/replay.hpp"

#include <doctest/doctest.h>

#include <memory>

#include "cluster/test_workloads.hpp"

namespace orrery {

using namespace test;  // NOLINT(google-build-using-namespace)

namespace {

ClusterSpec spec_of(JobTable jobs, SharedMachine machine) {
  ClusterSpec spec;
  fill_limits(jobs, MissingLimit::Run);
  spec.jobs = std::make_shared<const JobTable>(std::move(jobs));
  spec.machine = std::move(machine);
  return spec;
}

ClusterPolicy policy_of(PolicyKind kind) {
  ClusterPolicy policy;
  policy.kind = kind;
  return policy;
}

}  // namespace

TEST_CASE("replay: pools with nodes of their own are queues of their own, hand-computed") {
  // Pool a has one node, b another. The second job of a waits for the first, that of b does not.
  JobTable jobs = small_jobs({{0, 100, 8}, {10, 10, 8}, {20, 30, 8}});
  jobs.pool = {jobs.pools.add("a"), 0, jobs.pools.add("b")};
  SharedMachine machine;
  machine.groups.resize(2);
  machine.groups[0].pool = "a";
  machine.groups[1].pool = "b";
  const ClusterSpec spec = spec_of(jobs, machine);
  for (const PolicyKind kind : {PolicyKind::Fifo, PolicyKind::Easy, PolicyKind::ShortestRemaining}) {
    ClusterReplay replay(spec, policy_of(kind));
    const JobSchedule schedule = replay.run();
    CHECK(schedule.first_start[2] == 20'000);
    if (kind == PolicyKind::ShortestRemaining) continue;
    CHECK(schedule.first_start[1] == 100'000);
  }
}

TEST_CASE("replay: a pool splits into the same schedules as machines of their own: law") {
  for (std::uint64_t seed = 1; seed <= 4; ++seed) {
    CAPTURE(seed);
    JobTable jobs = random_jobs(seed, 400, 32, 1.1);
    jobs.users = {};
    jobs.pools.add("a");
    jobs.pools.add("b");
    Rng rng = Rng::stream(seed, "test/pools");
    for (std::size_t row = 0; row < jobs.size(); ++row) jobs.pool.push_back(static_cast<std::int32_t>(rng.below(2)));
    SharedMachine machine;
    machine.groups.resize(2);
    machine.groups[0] = {.name = "a", .gpu_type = "", .pool = "a", .nodes = 3};
    machine.groups[1] = {.name = "b", .gpu_type = "", .pool = "b", .nodes = 2};
    for (const PolicyKind kind : {PolicyKind::Fifo, PolicyKind::Easy, PolicyKind::ShortestFirst}) {
      const ClusterSpec both = spec_of(jobs, machine);
      const JobSchedule together = ClusterReplay(both, policy_of(kind)).run();
      for (std::int32_t pool = 0; pool < 2; ++pool) {
        std::vector<JobId> rows;
        for (JobId row = 0; row < static_cast<JobId>(jobs.size()); ++row)
          if (jobs.pool[static_cast<std::size_t>(row)] == pool) rows.push_back(row);
        const ClusterSpec one = spec_of(take_rows(jobs, rows), plain_machine(pool == 0 ? 3 : 2));
        const JobSchedule alone = ClusterReplay(one, policy_of(kind)).run();
        for (std::size_t i = 0; i < rows.size(); ++i)
          REQUIRE(alone.first_start[i] == together.first_start[static_cast<std::size_t>(rows[i])]);
      }
    }
  }
}

TEST_CASE("replay: jobs that the machine cannot hold are left out and told, hand-computed") {
  const ClusterSpec spec = spec_of(small_jobs({{0, 10, 9}, {0, 10, 17}, {5, 10, 8}}), plain_machine(2));
  ClusterReplay replay(spec, policy_of(PolicyKind::Fifo));
  const JobSchedule schedule = replay.run();
  CHECK(replay.impossible() == std::vector<JobId>{1});
  CHECK(schedule.first_start == std::vector<Millis>{0, -1, 10'000});
}

TEST_CASE("replay: a job waits for the one that it depends on, hand-computed") {
  JobTable jobs = small_jobs({{0, 100, 1}, {10, 10, 1}, {10, 10, 1}});
  jobs.after = {kNoJob, 0, kNoJob};
  const ClusterSpec spec = spec_of(jobs, plain_machine(1));
  CHECK(ClusterReplay(spec, policy_of(PolicyKind::Fifo)).run().first_start == std::vector<Millis>{0, 100'000, 10'000});
}

TEST_CASE("replay: a job goes on where it ran when the replay begins, hand-computed") {
  // It has run for 40 s of 100 s on node 1; the next one waits for 8 GPUs of one node and gets node 0 at once.
  const ClusterSpec spec = spec_of(small_jobs({{-40, 100, 8}, {0, 10, 8}, {0, 10, 8}}), plain_machine(2));
  ClusterReplay replay(spec, policy_of(PolicyKind::Easy));
  const JobSchedule schedule = replay.run(nullptr, {{0, -40'000, {{.node = 1, .gpus = 8}}}});
  CHECK(schedule.end == std::vector<Millis>{60'000, 10'000, 20'000});
}

TEST_CASE("replay: the same scenario gives the same schedule: law") {
  const ClusterSpec spec = spec_of(random_jobs(3, 500, 64, 1.2), plain_machine(8));
  for (const PolicyKind kind : {PolicyKind::Easy, PolicyKind::LeastAttained, PolicyKind::ShortestEstimate}) {
    const JobSchedule first = ClusterReplay(spec, policy_of(kind)).run();
    const JobSchedule second = ClusterReplay(spec, policy_of(kind)).run();
    CHECK((first.first_start == second.first_start && first.end == second.end));
  }
}

}  // namespace orrery
