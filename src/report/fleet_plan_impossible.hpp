#pragma once

#include <string>
#include <vector>

#include "fleet/optimal/buildout_plan.hpp"
#include "fleet/optimal/buildout_problem.hpp"
#include "report/document.hpp"

namespace orrery {

std::string plan_h100e_text(double count);  ///< "1.20 M H100e"
std::string plan_flop_text(double flop);    ///< As people write it: "5.2e26 FLOP".

/// Why a target cannot be reached, and what would let it.
Document impossible_plan_document(const BuildoutProblem& problem, const BuildoutInfeasible& why,
                                  const std::vector<std::string>& assumptions);

}  // namespace orrery
