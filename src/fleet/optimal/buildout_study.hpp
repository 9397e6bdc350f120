#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/expected.hpp"
#include "base/thread_pool.hpp"
#include "fleet/capacity/result.hpp"
#include "fleet/capacity/spec.hpp"
#include "fleet/optimal/buildout_plan.hpp"
#include "fleet/optimal/fleet_buildout.hpp"
#include "fleet/optimal/plan_targets.hpp"
#include "fleet/optimal/shadow_prices.hpp"

namespace orrery {

/// A way of buying as the capacity engine plays it.
struct PlayedBuildout {
  enum class Who { Plan, Newest, Value } who = Who::Plan;
  PolicyFleet medians;  ///< All inputs at their medians.
  FleetBand h100e;      ///< On at the end of the step that counts, over the futures.
  FleetBand spent;      ///< Dollars on halls and chips up to there.
  double broke = 0;     ///< Share of the futures in which money keeps most from being used then.
};

struct BuildoutStudy {
  Expected<BuildoutPlan, BuildoutInfeasible> plan;
  ShadowPrices prices;
  std::vector<PlannedTarget> targets;
  std::vector<PlayedBuildout> played;  ///< The plan that was found, and the engine's own policies.
};

/// The best plan, what a little more of anything is worth to it, and how it and the policies of the capacity engine do
/// in `draws` futures, the same ones for each.
BuildoutStudy study_buildout(const FleetSpec& spec, const BuildoutProblem& problem, int draws, std::uint64_t seed,
                             ThreadPool& pool);

}  // namespace orrery
