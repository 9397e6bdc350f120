#include "fleet/nation/nation_replay.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>

namespace orrery {
namespace {
TEST_CASE("prototype") {
  Diagnostics diagnostics;
  NationReplayOptions options;
  options.jobs.trace = solved_law(trace_totals("philly", {}, diagnostics));
  options.jobs.span = Seconds(28 * 86400.0);
  options.jobs.stretch = 8;
  options.jobs.longest = Seconds(3 * 86400.0);
  options.grace = Seconds(86400.0);
  options.served_below = 0.5;
  ThreadPool pool(1);
  const GangTimes times = gang_times(options.jobs.trace);
  for (double sigma : {1.0, 2.0}) {
    NeedLaw law{1441, 0.7, 1, sigma, 2};
    law.median = 5000 / (law.firms_with_need() * law.mean());
    auto needs = firm_needs(law, 1009);
    for (auto& n : needs) n.gang = std::min(n.gang, 128);
    for (auto& n : needs) n.firms = 1;
    std::printf("sigma %g need %g median %g largest %g\n", sigma, total_need(needs), law.median, needs.back().gpus);
    for (int p = std::getenv("KAI") ? 3 : 0; p < (std::getenv("KAI") ? 4 : kNationPolicies); ++p) {
      const auto policy = static_cast<NationPolicy>(p);
      const auto begin = std::chrono::steady_clock::now();
      const auto r = replay_nation(needs, 1961, std::vector{policy}, options, pool).front();
      const double s = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
      const auto f = fluid_shares(needs, 1961, policy, times);
      std::printf(
          "%-10s %lld jobs %.2f s: short %.3f fluid %.3f  used %.0f fluid %.0f gini %.3f fluid %.3f wait %.1f h %.1f h "
          "never %.2f util %.3f\n",
          nation_policy_name(policy), r.jobs, s, r.firms_short / 1009, firms_short(needs, f, 0.5) / 1009,
          gpus_used(needs, r.shares), gpus_used(needs, f), lorenz_curve(needs, r.shares).gini,
          lorenz_curve(needs, f).gini, r.median_wait.raw() / 3600, r.p90_wait.raw() / 3600, r.never_started,
          r.utilisation);
    }
  }
}
}  // namespace
}  // namespace orrery
