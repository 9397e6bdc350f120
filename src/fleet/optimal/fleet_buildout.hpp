#pragma once

#include "fleet/capacity/spec.hpp"
#include "fleet/optimal/buildout_fields.hpp"
#include "fleet/optimal/buildout_plan.hpp"
#include "fleet/optimal/buildout_problem.hpp"

namespace orrery {

/// The problem of a fleet's build-out: its own numbers at their medians (build times and waits for power at the
/// quantile that the input says), as the capacity engine plays them, and what a plan is chosen by. The spec's orders
/// and its policy of buying are left out: they are what is sought; dates of phases say when work may begin at the
/// earliest. The spec is without `fleet_problems`; what is still wrong of the aim says `buildout_problems`.
BuildoutProblem buildout_problem(const FleetSpec& spec, const BuildoutInput& input);

/// The spec with the plan's orders and starts in place of its policy and dates, for the capacity engine to play.
/// Capacity that is rented is not in it.
FleetSpec planned_fleet(const FleetSpec& spec, const BuildoutProblem& problem, const BuildoutPlan& plan);

/// Whether a buyer who follows a policy pays what it owes in full, keeps all chips running and never stops a building
/// site for lack of cash: then its fleet is one that a build-out plan could choose too.
struct PolicyFleet {
  double h100e = 0;  ///< On at the end of the step that counts.
  double flop = 0;   ///< Usable operations up to there, without rented ones.
  double spent = 0;  ///< Dollars on halls and chips up to there.
  bool pays_in_time = true;
};

/// What the capacity engine makes of a spec at all medians, up to the end of step `by`.
PolicyFleet median_fleet(const FleetSpec& spec, int by);

}  // namespace orrery
