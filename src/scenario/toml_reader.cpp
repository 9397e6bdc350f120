#include "scenario/toml_reader.hpp"

// toml++ 3.3 aborts on some bad input where its assertions are on ("[;a]"); it then reports an error instead.
#define TOML_ASSERT(expr) static_cast<void>(0)
#define TOML_EXCEPTIONS 1
#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <cmath>

#include "base/file.hpp"

namespace orrery {
namespace {

constexpr std::size_t kMostDots = 64;      // In one line outside texts: a key of this many parts is no key of ours.
constexpr std::size_t kMostBrackets = 64;  // Nesting.

Span span_of(const Source& source, const toml::source_region& region) {
  Span span{source, region.begin.line, region.begin.column, 1};
  if (region.end.line == region.begin.line && region.end.column > region.begin.column) {
    span.length = region.end.column - region.begin.column;
  }
  return span;
}

/// Refuses what would overflow the parser's stack: it descends once for every dot of a key and every bracket.
bool within_limits(const Source& source, Diagnostics& diagnostics) {
  std::size_t line = 1, dots = 0, depth = 0;
  for (const char c : source->text) {
    if (c == '\n') ++line, dots = 0;
    if (c == '.') ++dots;
    if (c == '[' || c == '{') ++depth;
    if ((c == ']' || c == '}') && depth > 0) --depth;
    if (dots > kMostDots || depth > kMostBrackets) {
      diagnostics.error(dots > kMostDots ? fmt::format("more than {} dots in one line", kMostDots)
                                         : fmt::format("tables and lists nested deeper than {}", kMostBrackets),
                        Span{source, line, 1, 1});
      return false;
    }
  }
  return true;
}

class Converter {
 public:
  Converter(const Source& source, Diagnostics& diagnostics) : source_(source), diagnostics_(diagnostics) {}

  Value convert(const toml::node& node) const {
    const Span span = span_of(source_, node.source());
    if (const auto* table = node.as_table()) return {convert_table(*table), span};
    if (const auto* array = node.as_array()) {
      Value::Array list;
      for (const toml::node& element : *array) list.push_back(convert(element));
      return {std::move(list), span};
    }
    if (const auto* text = node.as_string()) return {text->get(), span};
    if (const auto* whole = node.as_integer()) return {whole->get(), span};
    if (const auto* truth = node.as_boolean()) return {truth->get(), span};
    if (const auto* real = node.as_floating_point()) {
      if (!std::isfinite(real->get())) diagnostics_.error("numbers must be finite", span);
      return {real->get(), span};
    }
    diagnostics_.error("dates and times are not used here", span, "write a text with a unit");
    return {Value::Data{}, span};
  }

 private:
  /// toml++ sorts keys; we keep the order of the text.
  Value::Table convert_table(const toml::table& table) const {
    Value::Table entries;
    for (const auto& [key, node] : table) {
      entries.push_back({std::string(key.str()), span_of(source_, key.source()), convert(node)});
    }
    std::stable_sort(entries.begin(), entries.end(), [](const Value::Entry& a, const Value::Entry& b) {
      return std::pair(a.key_span.line, a.key_span.column) < std::pair(b.key_span.line, b.key_span.column);
    });
    return entries;
  }

  const Source& source_;
  Diagnostics& diagnostics_;
};

}  // namespace

Value read_toml(const Source& source, Diagnostics& diagnostics) {
  const Value nothing(Value::Table{}, Span{source, 1, 1, 1});
  if (source->text.size() > kLargestToml) {
    diagnostics.error(fmt::format("larger than {} MiB", kLargestToml >> 20U), Span{source, 0, 0, 1});
    return nothing;
  }
  if (const std::size_t bad = first_bad_byte(source->text); bad != std::string_view::npos) {
    const std::string before = source->text.substr(0, bad);
    const auto line = static_cast<std::size_t>(std::count(before.begin(), before.end(), '\n')) + 1;
    diagnostics.error(fmt::format("not UTF-8 text: bad byte at offset {}", bad), Span{source, line, 1, 1});
    return nothing;
  }
  if (!within_limits(source, diagnostics)) return nothing;
  try {
    const toml::table table = toml::parse(std::string_view(source->text), std::string_view(source->name));
    Value value = Converter(source, diagnostics).convert(table);
    return {value.data(), Span{source, 1, 1, 1}};
  } catch (const toml::parse_error& error) {
    diagnostics.error(fmt::format("not valid TOML: {}", error.description()), span_of(source, error.source()));
    return nothing;
  }
}

}  // namespace orrery
