#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace orrery {

/// A row of a table of data/reference/, by column.
class ReferenceRow {
 public:
  explicit ReferenceRow(std::map<std::string, std::string, std::less<>> fields) : fields_(std::move(fields)) {}
  const std::string& text(std::string_view column) const;
  /// NaN where the field is empty.
  double number(std::string_view column) const;

 private:
  std::map<std::string, std::string, std::less<>> fields_;
};

/// All rows of data/reference/NAME.csv as it is compiled into the program. It is our own text: what is wrong with it is
/// our bug.
std::vector<ReferenceRow> reference_rows(std::string_view name);

}  // namespace orrery
