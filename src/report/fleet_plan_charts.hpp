#pragma once

#include "fleet/optimal/buildout_plan.hpp"
#include "fleet/optimal/buildout_problem.hpp"
#include "report/document.hpp"

namespace orrery {

/// Deliveries by step, chips stacked.
Chart deliveries_chart(const BuildoutProblem& problem, const BuildoutPlan& plan);
/// When work on each phase goes on.
Chart works_chart(const BuildoutProblem& problem, const BuildoutPlan& plan);
/// Power that halls take and that chips take, and H100-equivalents, by step.
Chart plan_power_chart(const BuildoutProblem& problem, const BuildoutPlan& plan);
/// Where the money of each step comes from and goes.
Chart plan_money_chart(const BuildoutProblem& problem, const BuildoutPlan& plan);

}  // namespace orrery
