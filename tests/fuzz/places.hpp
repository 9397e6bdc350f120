#pragma once

#include <cstdlib>
#include <string>

#include "scenario/value.hpp"

namespace orrery::fuzz {

/// Walks the whole tree: every place lies in the text.
inline void walk(const Value& value, const std::string& text) {
  const Span& span = value.span();
  if (span.line > text.size() + 1 || span.column > text.size() + 1) std::abort();
  if (const auto* list = value.array()) {
    for (const Value& item : *list) walk(item, text);
  }
  if (const auto* table = value.table()) {
    for (const Value::Entry& entry : *table) {
      if (entry.key_span.line == 0 || entry.key_span.column == 0) std::abort();
      walk(entry.value, text);
    }
  }
}

}  // namespace orrery::fuzz
