#pragma once

#include <string>
#include <vector>

#include "report/document.hpp"
#include "run/result.hpp"
#include "run/spec.hpp"

namespace orrery {

/// When the run ends, what it loses, and how many nodes are away: of a run that was simulated.
std::vector<Chart> run_charts(const RunSpec& spec, const RunResult& result);

/// Share of the time with more than k nodes out of service, beside a Poisson law of the same mean. `spares` are marked
/// where there are any; `who` names the shares: "simulated", "trace".
Chart nodes_down_chart(const std::vector<double>& down_share, const std::string& who, long long spares);

/// Nodes out of service, averaged over the time.
double mean_nodes_away(const std::vector<double>& down_share);

}  // namespace orrery
