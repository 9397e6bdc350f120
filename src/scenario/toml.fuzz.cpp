#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>

#include "scenario/toml_reader.hpp"

namespace {

/// Walks the whole tree: every place lies in the text.
void walk(const orrery::Value& value, const std::string& text) {
  const orrery::Span& span = value.span();
  if (span.line > text.size() + 1 || span.column > text.size() + 1) std::abort();
  if (const auto* list = value.array()) {
    for (const orrery::Value& item : *list) walk(item, text);
  }
  if (const auto* table = value.table()) {
    for (const orrery::Value::Entry& entry : *table) {
      if (entry.key_span.line == 0 || entry.key_span.column == 0) std::abort();
      walk(entry.value, text);
    }
  }
}

}  // namespace

// Any bytes give a table or a message, and every place can be shown.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto source = std::make_shared<const orrery::SourceText>(
      orrery::SourceText{"fuzz.toml", std::string(reinterpret_cast<const char*>(data), size)});
  orrery::Diagnostics diagnostics;
  const orrery::Value value = orrery::read_toml(source, diagnostics);
  if (value.table() == nullptr) std::abort();
  walk(value, source->text);
  if (size < 4096) orrery::render_text(diagnostics.all(), false);
  return 0;
}
