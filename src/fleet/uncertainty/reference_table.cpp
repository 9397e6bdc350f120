#include "fleet/uncertainty/reference_table.hpp"

#include <cstddef>
#include <limits>
#include <sstream>
#include <utility>

#include "base/check.hpp"
#include "base/diagnostic.hpp"
#include "scenario/csv.hpp"
#include "scenario/embedded.hpp"

namespace orrery {

const std::string& ReferenceRow::text(std::string_view column) const {
  const auto found = fields_.find(column);
  ORRERY_CHECK(found != fields_.end(), "a reference table has the column " + std::string(column));
  return found->second;
}

double ReferenceRow::number(std::string_view column) const {
  const std::string& field = text(column);
  if (field.empty()) return std::numeric_limits<double>::quiet_NaN();
  std::size_t read = 0;
  const double value = std::stod(field, &read);
  ORRERY_CHECK(read == field.size(), "a number of a reference table is one: " + field);
  return value;
}

std::vector<ReferenceRow> reference_rows(std::string_view name) {
  const std::string path = "data/reference/" + std::string(name) + ".csv";
  for (const EmbeddedFile& file : embedded_files()) {
    if (file.path != path) continue;
    std::istringstream in{std::string(file.text)};
    CsvReader csv(in, path);
    Diagnostics diagnostics;
    std::vector<ReferenceRow> rows;
    while (csv.next(diagnostics)) {
      std::map<std::string, std::string, std::less<>> fields;
      const auto& header = csv.header(diagnostics);
      for (std::size_t i = 0; i < header.size(); ++i) fields.emplace(header[i], csv.row()[i]);
      rows.emplace_back(std::move(fields));
    }
    ORRERY_CHECK(!diagnostics.has_errors(), path + " reads");
    return rows;
  }
  throw InternalError(path + " is compiled in");
}

}  // namespace orrery
