#pragma once

#include <string>
#include <utility>
#include <vector>

#include "report/document.hpp"
#include "run/decide.hpp"
#include "run/run.hpp"

namespace orrery {

/// Share of replications that are done by a day, with the deadline.
Chart completion_chart(const RunSpec& spec, const RunResult& result);
/// Where the GPU-time goes, a bar for each named ledger, as shares of its total.
Chart ledger_chart(const std::vector<std::pair<std::string, Ledger>>& ledgers);
/// Share of the time with at least so many nodes away, beside a Poisson law of the same mean.
Chart nodes_away_chart(const RunResult& result);
/// Goodput against the interval of a level: events, formula, optimum.
Chart interval_chart(const RunSpec& spec, const IntervalStudy& study);
/// Useful share of all GPU-time held, and wall time, against spares.
Chart spares_chart(const SparesStudy& study);
/// What halving and doubling each input does to the wall time.
Chart tornado_chart(const std::vector<TornadoBar>& bars);

}  // namespace orrery
