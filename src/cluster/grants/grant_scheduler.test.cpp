#include "cluster/grants/grant_scheduler.hpp"

#include <doctest/doctest.h>

#include <vector>

#include "cluster/grants/test_grants.hpp"

namespace orrery {

using namespace test;  // NOLINT(google-build-using-namespace)

namespace {

/// What the last pass left waiting, asked at a time.
PassState left_at(const JobTable& jobs, const SharedMachine& machine, const GrantParameters& parameters, Millis time) {
  GpuPlacement placement(machine, jobs);
  const std::vector<JobId> rows = all_rows(jobs);
  const auto scheduler = make_grant_scheduler(parameters, machine.gpus(), jobs, rows, 1);
  EngineOptions options;
  options.horizon = time;
  ClusterEngine engine(jobs, rows, placement, *scheduler, options);
  engine.run();
  return scheduler->left_waiting(engine);
}

}  // namespace

TEST_CASE("grants: what holds the first job is said, hand-computed") {
  const JobTable jobs = tenant_jobs({{0, 100, 8}, {10, 50, 4}}, {"a", "b"});
  PassState state = left_at(jobs, plain_machine(1), blocks(8, 1000), 200 * kSecond);
  CHECK(state.blocked == 1);
  CHECK(state.hold == PassState::Hold::Limit);
  GrantParameters parameters = credits(3600);
  state = left_at(jobs, plain_machine(1), parameters, 20 * kSecond);
  CHECK(state.blocked == 1);
  CHECK(state.hold == PassState::Hold::Capacity);
  parameters.tenants = {{.name = "b", .weight = 1e-6}};  // 28,800 GPU-s x 1e-6: gone after 7 ms.
  state = left_at(jobs, plain_machine(1), parameters, 200 * kSecond);
  CHECK(state.blocked == 1);
  CHECK(state.hold == PassState::Hold::Limit);
  CHECK(left_at(jobs, plain_machine(1), blocks(4, 1000), 0).blocked == kNoJob);  // Refused, so not waiting.
}

TEST_CASE("grants: jobs without checkpoints end or are given up, whatever stops them: law") {
  for (const bool low : {false, true}) {
    for (std::uint64_t seed = 1; seed <= 4; ++seed) {
      CAPTURE(seed);
      const SharedMachine machine = plain_machine(4);
      const JobTable jobs = random_tenants(seed, 200, 32, 1.0);
      GrantParameters parameters = seed % 2 == 0 ? blocks(0, 3600) : credits(3600);
      parameters.share = 0.8;
      parameters.low_priority = low;
      if (!low) parameters.longest = Seconds(2400);
      EngineOptions options;
      options.stop_cost.checkpoint_interval = kNever;
      const Replayed r = replay(jobs, machine, parameters, options);
      long long ended = 0;
      for (const Millis end : r.schedule.end) ended += end >= 0 ? 1 : 0;
      CHECK(ended + static_cast<long long>(r.refused.size()) == 200);
      CHECK(ended > 150);
    }
  }
}

}  // namespace orrery
