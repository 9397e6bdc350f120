#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>

#include "fuzz/places.hpp"
#include "scenario/toml_reader.hpp"

// Any bytes give a table or a message, and every place can be shown.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto source = std::make_shared<const orrery::SourceText>(
      orrery::SourceText{"fuzz.toml", std::string(reinterpret_cast<const char*>(data), size)});
  orrery::Diagnostics diagnostics;
  const orrery::Value value = orrery::read_toml(source, diagnostics);
  if (value.table() == nullptr) std::abort();
  orrery::fuzz::walk(value, source->text);
  if (size < 4096) orrery::render_text(diagnostics.all(), false);
  return 0;
}
