#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "validate/measured_row.hpp"

namespace orrery {

/// Where the known columns stand in a header, and how cells become a row.
class MeasuredCells {
 public:
  /// A mistake in the cell of this position (counted from 0 in the file's order), with the likely fix.
  using Report = std::function<void(std::size_t position, std::string message, std::string hint)>;

  /// Reads the header. Missing and repeated columns are reported; columns that nobody knows are ignored unless one
  /// looks like a missing one misspelt.
  MeasuredCells(const std::vector<std::string>& header, const Report& report);
  /// Where the column `id` stands.
  std::size_t id_position() const { return id_position_; }

  /// One row of cells, as many as the header has. Every mistake is reported; the row is then not to be used.
  MeasuredRow row(const std::vector<std::string_view>& cells, const Report& report) const;

 private:
  std::vector<int> positions_;  ///< For each position of the file the index of its column, or -1.
  std::size_t id_position_ = 0;
};

}  // namespace orrery
