#pragma once

#include <span>
#include <vector>

#include "fleet/nation/nation_spec.hpp"
#include "fleet/nation/nation_study.hpp"
#include "report/document.hpp"

namespace orrery {

/// Firms short against GPUs, Lorenz curves of policies, supply against needs and firms short over time, arrivals.
std::vector<Chart> nation_charts(const NationSpec& spec, const NationResult& result);

/// As many firms of one need each: for figures of shares alone.
std::vector<FirmNeed> equal_needs(std::size_t firms);

}  // namespace orrery
