#pragma once

#include <vector>

#include "validate/measured_row.hpp"
#include "validate/row_cells.hpp"

namespace orrery {

/// Every column of a table of measured steps, once: its name and what its cells may be.
const std::vector<RowColumn<MeasuredRow>>& measured_column_table();

}  // namespace orrery
