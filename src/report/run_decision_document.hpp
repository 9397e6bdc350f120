#pragma once

#include <vector>

#include "report/document.hpp"
#include "run/decide.hpp"

namespace orrery {

// Each adds what a decision found to the document of the run: a sentence of the answer, a table and a chart.

void add_interval_study(const RunSpec& spec, const IntervalStudy& study, Document& document);
void add_spares_study(const RunSpec& spec, const SparesStudy& study, Document& document);
void add_policies(const RunSpec& spec, const std::vector<PolicyOutcome>& outcomes, Document& document);
void add_tornado(const std::vector<TornadoBar>& bars, Document& document);

}  // namespace orrery
