#pragma once

#include <string>
#include <vector>

#include "fleet/capacity/spec.hpp"
#include "fleet/optimal/buildout_study.hpp"
#include "report/document.hpp"

namespace orrery {

/// The answer of `orrery fleet plan`: what to buy when, what it reaches and costs, what a little more is worth, and how
/// it compares with buying by a rule; or why it cannot be done and what would let it.
Document fleet_plan_document(const BuildoutProblem& problem, const BuildoutStudy& study, int draws,
                             const std::vector<std::string>& assumptions);

}  // namespace orrery
