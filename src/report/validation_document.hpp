#pragma once

#include <optional>
#include <string>

#include "report/document.hpp"
#include "validate/validate.hpp"

namespace orrery {

/// The table of single rows, empty, and how it grows while rows are scored: a `RowEvaluation` holds a whole job, a line
/// of the table only what is printed.
Table row_table();
void add_row(Table& table, const RowEvaluation& row);

/// Predicted against measured: errors over all, by family, by chip and by regime, with coverage and width of the
/// intervals, the yardstick beside each family, the ranking of layouts and what was skipped. `rows` are listed first,
/// where given. `side` says which part of the rows counts.
Document validation_document(const Validation& validation, const std::string& source, std::optional<Table> rows,
                             Side side);

}  // namespace orrery
