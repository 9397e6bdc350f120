#include <cstdint>
#include <cstdlib>
#include <sstream>
#include <string>

#include "base/file.hpp"
#include "scenario/csv.hpp"

// Any bytes give rows of the header's length or messages; every view and place can be read; fields are text.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::istringstream in(std::string(reinterpret_cast<const char*>(data), size));
  orrery::CsvReader csv(in, "fuzz.csv", {.field = 4096, .columns = 64, .diagnostics = 10});
  orrery::Diagnostics diagnostics;
  const std::size_t columns = csv.header(diagnostics).size();
  std::size_t line = 0;
  while (csv.next(diagnostics)) {
    if (csv.row().size() != columns || csv.line() <= line) std::abort();
    line = csv.line();
    for (std::size_t i = 0; i < columns; ++i) {
      const std::string field(csv.row()[i]);
      if (field.size() > 4096 || orrery::first_bad_byte(field) != std::string::npos) std::abort();
    }
    diagnostics.warning("place", csv.span(columns - 1));
    if (diagnostics.all().size() > 30) break;
  }
  if (columns == 0 && !diagnostics.has_errors()) std::abort();
  orrery::render_text(diagnostics.all(), false);
  return 0;
}
