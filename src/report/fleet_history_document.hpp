#pragma once

#include <vector>

#include "fleet/history/history.hpp"
#include "fleet/uncertainty/build_fit.hpp"
#include "report/document.hpp"

namespace orrery {

/// The table of checks against history: how many hold, each figure beside what was published, which are circular, why
/// some miss; and the build times, each from a fit that has not seen its site.
Document fleet_history_document(const std::vector<HistoryCheck>& checks, const std::vector<BuildScore>& builds);

}  // namespace orrery
