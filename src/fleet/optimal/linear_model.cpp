#include "fleet/optimal/linear_model.hpp"

#include <fmt/format.h>

#include <cmath>
#include <utility>

namespace orrery {

int LinearModel::add_column(Column column) {
  columns_.push_back(std::move(column));
  return static_cast<int>(columns_.size()) - 1;
}

int LinearModel::add_row(Row row) {
  rows_.push_back(std::move(row));
  return static_cast<int>(rows_.size()) - 1;
}

void LinearModel::add_entry(int row, int column, double coefficient) {
  if (coefficient != 0) entries_.push_back({row, column, coefficient});
}

std::string LinearModel::problem() const {
  const auto crossed = [](double lower, double upper) {
    return std::isnan(lower) || std::isnan(upper) || lower > upper || lower == kUnbounded || upper == -kUnbounded;
  };
  for (const Column& column : columns_) {
    if (crossed(column.lower, column.upper))
      return fmt::format("column `{}` has no value between its bounds", column.name);
    if (!std::isfinite(column.objective))
      return fmt::format("column `{}` has a coefficient of the objective that is not finite", column.name);
  }
  for (const Row& row : rows_) {
    if (crossed(row.lower, row.upper)) return fmt::format("row `{}` has no value between its bounds", row.name);
  }
  for (const Entry& entry : entries_) {
    const bool known = entry.row >= 0 && entry.row < static_cast<int>(rows_.size()) && entry.column >= 0 &&
                       entry.column < static_cast<int>(columns_.size());
    if (!known) return fmt::format("an entry at row {}, column {}, which do not exist", entry.row, entry.column);
    if (!std::isfinite(entry.coefficient))
      return fmt::format("row `{}` has a coefficient that is not finite", rows_[entry.row].name);
  }
  return "";
}

}  // namespace orrery
