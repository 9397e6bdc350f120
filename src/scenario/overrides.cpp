#include "scenario/overrides.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <memory>
#include <string>

#include "base/file.hpp"
#include "scenario/toml_reader.hpp"

namespace orrery {
namespace {

constexpr std::size_t kDeepest = 32;
constexpr const char* kExample = "for example --set layout.tp=8";

/// The value as TOML says it, or the text itself. Places point into the argument.
Value parsed_value(const Source& source, const std::string& text, std::size_t offset) {
  Span span{source, 1, offset + 1, std::max<std::size_t>(1, text.size())};
  Diagnostics problems;
  // Parsed behind a key as long as the path, so that the columns of what is inside are those of the argument.
  const std::string key(offset - 1, 'x');
  const auto wrapped = std::make_shared<SourceText>(*source);
  wrapped->text = key + "=" + text;
  const Value table = read_toml(wrapped, problems);
  wrapped->text = source->text;
  const Value* value = table.find(key);
  if (problems.has_errors() || value == nullptr || text.find('\n') != std::string::npos) return {text, span};
  return {value->data(), span};
}

/// The value below a key, made where it is missing; null where the way ends, which is reported.
Value* step_into(Value& place, const std::string& key, const Span& key_span, Diagnostics& diagnostics) {
  if (Value::Array* list = place.array()) {
    const bool is_index = key.size() < 7 && key.find_first_not_of("0123456789") == std::string::npos;
    if (is_index && std::stoul(key) < list->size()) return &(*list)[std::stoul(key)];
    diagnostics.error(fmt::format("`{}` is no place in a list of {}", key, list->size()), key_span,
                      "places count from 0");
    return nullptr;
  }
  if (place.find(key) == nullptr) place.set(key, Value(Value::Table{}, key_span), key_span);
  Value* next = place.find(key);
  // A text stands for the preset of that name; what is set goes on top of it.
  if (next->string() != nullptr) {
    Value table(Value::Table{}, key_span);
    table.set("preset", *next, next->span());
    *next = std::move(table);
  }
  if (next->table() != nullptr || next->array() != nullptr) return next;
  diagnostics.error(fmt::format("`{}` is {}, not a table", key, next->kind_name()), key_span);
  return nullptr;
}

void apply(Value& root, const std::string& argument, Diagnostics& diagnostics) {
  const auto source = std::make_shared<SourceText>(SourceText{"--set", argument, SourceText::Kind::Override});
  const std::size_t equals = argument.find('=');
  if (first_bad_byte(argument) != std::string_view::npos) {
    diagnostics.error("not UTF-8 text in `--set`", Span{source, 1, 1, std::max<std::size_t>(1, argument.size())});
    return;
  }
  if (equals == std::string::npos || equals == 0) {
    diagnostics.error("`--set` takes path=value", Span{source, 1, 1, std::max<std::size_t>(1, argument.size())},
                      kExample);
    return;
  }
  Value* place = &root;
  std::size_t begin = 0;
  for (std::size_t depth = 0; place != nullptr; ++depth) {
    const std::size_t end = std::min(argument.find('.', begin), equals);
    const std::string key = argument.substr(begin, end - begin);
    const Span key_span{source, 1, begin + 1, std::max<std::size_t>(1, key.size())};
    if (key.empty() || depth == kDeepest) {
      diagnostics.error(key.empty() ? "empty key in `--set`" : fmt::format("a path of more than {} keys", kDeepest),
                        key_span, kExample);
      return;
    }
    if (end == equals) {
      Value value = parsed_value(source, argument.substr(equals + 1), equals + 1);
      if (place->table() != nullptr) {
        place->set(key, std::move(value), key_span);
      } else if (Value* element = step_into(*place, key, key_span, diagnostics)) {
        *element = std::move(value);
      }
      return;
    }
    place = step_into(*place, key, key_span, diagnostics);
    begin = end + 1;
  }
}

}  // namespace

void apply_option(Value& root, const std::string& path, const std::string& option, const std::string& text,
                  Diagnostics& diagnostics) {
  const auto source = std::make_shared<SourceText>(SourceText{option, text, SourceText::Kind::Override});
  const Span span{source, 1, 1, std::max<std::size_t>(1, text.size())};
  if (first_bad_byte(text) != std::string_view::npos) {
    diagnostics.error(fmt::format("not UTF-8 text in `{}`", option), span);
    return;
  }
  Value* place = &root;
  std::size_t begin = 0;
  for (std::size_t dot = path.find('.'); dot != std::string::npos; dot = path.find('.', begin)) {
    place = step_into(*place, path.substr(begin, dot - begin), span, diagnostics);
    if (place == nullptr) return;
    begin = dot + 1;
  }
  std::int64_t whole = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), whole);
  const bool is_whole = error == std::errc{} && end == text.data() + text.size();
  Value value = is_whole                            ? Value(whole, span)
                : text == "true" || text == "false" ? Value(text == "true", span)
                                                    : Value(text, span);
  place->set(path.substr(begin), std::move(value), span);
}

void apply_overrides(Value& root, const std::vector<std::string>& arguments, Diagnostics& diagnostics) {
  for (const std::string& argument : arguments) apply(root, argument, diagnostics);
}

}  // namespace orrery
