#pragma once

#include <optional>
#include <string>
#include <vector>

#include "report/document.hpp"
#include "validate/collective_nearest.hpp"
#include "validate/collective_validate.hpp"
#include "validate/validate.hpp"

namespace orrery {

/// The table of single rows, empty, and how it grows while rows are scored: a `RowEvaluation` holds a whole job, a line
/// of the table only what is printed.
Table row_table();
void add_row(Table& table, const RowEvaluation& row);
/// The same columns for collectives, and two more: the algorithm and the published rows nearest to it.
Table collective_row_table();
void add_row(Table& table, const CollectiveEvaluation& row, const std::vector<CollectiveReference>& references);

/// Predicted against measured: errors over all, by family, by chip and by regime, with coverage and width of the
/// intervals, the yardstick beside each family, the ranking of layouts and what was skipped. `rows` are listed first,
/// where given. `side` says which part of the rows counts.
Document validation_document(const Validation& validation, const std::string& source, std::optional<Table> rows,
                             Side side);

/// The same of collectives; `yardstick` adds the errors of NCCL's own constants.
Document collective_document(const CollectiveValidation& validation, const std::string& source,
                             std::optional<Table> rows, Side side, bool yardstick);

}  // namespace orrery
