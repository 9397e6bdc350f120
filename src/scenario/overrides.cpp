#include "scenario/overrides.hpp"

#include <fmt/format.h>

#include <memory>

#include "scenario/toml_reader.hpp"

namespace orrery {
namespace {

/// The value as TOML says it, or the text itself. Places point into the argument.
Value parsed_value(const Source& source, const std::string& text, std::size_t offset) {
  Span span{source, 1, offset + 1, std::max<std::size_t>(1, text.size())};
  Diagnostics problems;
  const auto wrapped = std::make_shared<SourceText>(SourceText{"--set", "x = " + text});
  const Value table = read_toml(wrapped, problems);
  const Value* value = table.find("x");
  if (problems.has_errors() || value == nullptr || text.find('\n') != std::string::npos) return {text, span};
  return {value->data(), span};
}

}  // namespace

void apply_overrides(Value& root, const std::vector<std::string>& arguments, Diagnostics& diagnostics) {
  for (const std::string& argument : arguments) {
    const auto source = std::make_shared<SourceText>(SourceText{"--set", argument});
    const std::size_t equals = argument.find('=');
    if (equals == std::string::npos || equals == 0) {
      diagnostics.error("`--set` takes path=value", Span{source, 1, 1, argument.size()},
                        "for example --set layout.tp=8");
      continue;
    }
    Value* place = &root;
    std::size_t begin = 0;
    bool lost = false;
    while (!lost) {
      const std::size_t dot = argument.find('.', begin);
      const std::size_t end = dot == std::string::npos || dot > equals ? equals : dot;
      const std::string key = argument.substr(begin, end - begin);
      const Span key_span{source, 1, begin + 1, std::max<std::size_t>(1, key.size())};
      if (key.empty()) {
        diagnostics.error("empty key in `--set`", key_span, "for example --set layout.tp=8");
        break;
      }
      if (end == equals) {
        place->set(key, parsed_value(source, argument.substr(equals + 1), equals + 1), key_span);
        break;
      }
      if (place->find(key) == nullptr) place->set(key, Value(Value::Table{}, key_span), key_span);
      place = place->find(key);
      lost = place->table() == nullptr;
      if (lost) diagnostics.error(fmt::format("`{}` is {}, not a table", key, place->kind_name()), key_span);
      begin = end + 1;
    }
  }
}

}  // namespace orrery
