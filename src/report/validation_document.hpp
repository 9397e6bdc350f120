#pragma once

#include <string>
#include <vector>

#include "report/document.hpp"
#include "validate/validate.hpp"

namespace orrery {

/// Predicted against measured: errors over all, by family, by chip and by regime, with coverage and width of the
/// intervals, the yardstick beside each family, the ranking of layouts and what was skipped. `rows` (may be empty) are
/// listed one by one. `side` says which part of the rows counts.
Document validation_document(const Validation& validation, const std::string& source,
                             const std::vector<RowEvaluation>& rows, Side side);

}  // namespace orrery
