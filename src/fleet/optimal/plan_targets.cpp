#include "fleet/optimal/plan_targets.hpp"

#include <algorithm>

namespace orrery {
namespace {

constexpr double kRounding = 1e-6;  ///< Of the solver, as a share.

double value_at(const BuildoutProblem& problem, const BuildoutPlan& plan, FleetMeasure measure, std::size_t step) {
  double sum = 0;
  switch (measure) {
    case FleetMeasure::H100e:
      return plan.h100e[step];
    case FleetMeasure::Gpus:
      for (const BuildoutPlan::List& on : plan.on) sum += on[step];
      break;
    case FleetMeasure::Power:
      for (std::size_t s = 0; s < plan.halls.size(); ++s)
        sum += std::min(plan.halls[s][step], problem.sites[s].feed[step].raw());
      break;
    case FleetMeasure::Spent:
      for (std::size_t t = 0; t <= step; ++t) sum += plan.capital[t];
      break;
  }
  return sum;
}

}  // namespace

std::vector<PlannedTarget> planned_targets(const FleetSpec& spec, const BuildoutProblem& problem,
                                           const BuildoutPlan& plan) {
  std::vector<PlannedTarget> planned;
  for (const FleetTarget& target : spec.targets) {
    PlannedTarget& here = planned.emplace_back(PlannedTarget{target, {}, 0});
    Date end = spec.start;
    for (std::size_t t = 0; t < plan.h100e.size(); ++t) {
      end = spec.step == FleetStep::Quarter ? next_quarter(end) : next_month(end);
      if (target.by && end > *target.by) break;
      here.then = value_at(problem, plan, target.measure, t);
      if (!here.reached && here.then >= target.amount * (1 - kRounding)) here.reached = static_cast<int>(t);
    }
  }
  return planned;
}

}  // namespace orrery
