#include "fuzz/check.hpp"

#include <cstdlib>
#include <memory>
#include <string>

#include "import/scenario_writer.hpp"

namespace orrery::fuzz {

void must(bool holds) {
  if (!holds) std::abort();
}

Source text_of(const std::uint8_t* data, std::size_t size) {
  return std::make_shared<SourceText>(SourceText{"fuzz.toml", std::string(reinterpret_cast<const char*>(data), size)});
}

Value written_and_read(const Value& table, const std::vector<std::string>& assumptions) {
  const auto source =
      std::make_shared<SourceText>(SourceText{"written.toml", scenario_text(table, "fuzz", "", assumptions)});
  Diagnostics diagnostics;
  Value again = read_toml(source, diagnostics);
  must(!diagnostics.has_errors());
  return again;
}

}  // namespace orrery::fuzz
