#include "fleet/nation/nation_replay.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <string>

#include "fleet/nation/test_nation.hpp"

namespace orrery {
namespace {

TEST_CASE("replay of a nation: oracle, the fluid model against every job on the machine") {
  // 300 firms that need 1,200 GPUs on 400. What the fluid leaves out: gangs, chance, and work that is not done yet.
  const NationSpec spec = small_nation();
  auto needs = firm_needs({300, 1, 1, 1.6652, 2}, 300);  // mean 4
  for (FirmNeed& need : needs) need.firms = 1;
  CHECK(total_need(needs) == doctest::Approx(1200).epsilon(0.001));
  NationReplayOptions options;
  options.jobs = spec.jobs;
  options.jobs.stretch = 4;
  options.served_below = 0.7;
  options.seed = 5;
  ThreadPool pool(2);
  const std::vector<NationPolicy> policies = {NationPolicy::Fifo,      NationPolicy::Blocks,  NationPolicy::Quotas,
                                              NationPolicy::FairShare, NationPolicy::Credits, NationPolicy::SmallFirst};
  const GangTimes times = gang_times(options.jobs.trace);
  for (const NationReplay& replay : replay_nation(needs, 400, policies, options, pool)) {
    CAPTURE(std::string(nation_policy_name(replay.policy)));
    const auto shares = fluid_shares(needs, 400, replay.policy, times);
    const double fluid = firms_short(needs, shares, 0.7);
    // Shares of all firms. Under fifo chance decides on which side of the limit a firm of few jobs falls; within a
    // block jobs wait for each other, so that a firm whose need nearly fills its block does not get all of it.
    const double room = replay.policy == NationPolicy::Fifo ? 0.3 : replay.policy == NationPolicy::Blocks ? 0.2 : 0.1;
    CHECK(std::abs(replay.firms_short - fluid) / 300 < room);
    // GPUs in use: those of the fluid are an upper bound but for the grace after the last submission.
    CHECK(gpus_used(needs, replay.shares) < 1.1 * gpus_used(needs, shares) + 4);
    CHECK(replay.utilisation <= 1);
    CHECK(replay.p90_wait >= replay.median_wait);
  }
}

TEST_CASE("replay of a nation: hand-computed, GPUs enough for all") {
  const NationSpec spec = small_nation();
  auto needs = firm_needs({20, 1, 1, 0.5, 2}, 20);
  for (FirmNeed& need : needs) need.firms = 1;
  NationReplayOptions options;
  options.jobs = spec.jobs;
  ThreadPool pool(1);
  const std::vector<NationPolicy> policies = {NationPolicy::Fifo, NationPolicy::FairShare};
  for (const NationReplay& replay : replay_nation(needs, 2000, policies, options, pool)) {
    CHECK(replay.firms_short == 0);
    CHECK(replay.median_wait == Seconds(0));
    CHECK(replay.never_started == 0);
    CHECK(gpus_used(needs, replay.shares) == doctest::Approx(total_need(needs)).epsilon(0.01));
  }
}

}  // namespace
}  // namespace orrery
