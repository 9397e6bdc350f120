#include "import/scenario_writer.hpp"

#include <fmt/format.h>

#include <utility>

#include "scenario/toml_writer.hpp"

namespace orrery {
namespace {

/// Gives every number of `value` its source.
void add_sources(Value& value, const std::string& path, const Provenance& provenance) {
  if (Value::Table* table = value.table()) {
    for (Value::Entry& entry : *table) add_sources(entry.value, path + "." + entry.key, provenance);
    return;
  }
  if (Value::Array* list = value.array()) {
    for (std::size_t i = 0; i < list->size(); ++i) add_sources((*list)[i], fmt::format("{}[{}]", path, i), provenance);
  }
  const auto found = provenance.find(path);
  if (found == provenance.end()) return;
  const bool confirmed = found->second.status == ValueStatus::Confirmed;
  if (found->second.source.empty() && !found->second.unverified && confirmed) return;
  Value cited(Value::Table{}, Span{});
  cited.set("value", value, Span{});
  if (!found->second.source.empty()) cited.set("source", Value(found->second.source, Span{}), Span{});
  if (!confirmed) cited.set("status", Value(std::string(status_name(found->second.status)), Span{}), Span{});
  if (found->second.unverified) cited.set("unverified", Value(true, Span{}), Span{});
  value = std::move(cited);
}

/// A text as it may stand in a comment: control characters would end it.
std::string comment_text(std::string text) {
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = ' ';
  }
  return text;
}

}  // namespace

void add_table(const std::string& name, Value table, const Provenance& provenance, Value& root) {
  add_sources(table, name, provenance);
  root.set(name, std::move(table), Span{});
}

std::string scenario_text(const Value& table, const std::string& command, const std::string& beside,
                          const std::vector<std::string>& assumptions) {
  std::string text = fmt::format(
      "# Every input of a run of `orrery {}`, version {}, with presets and defaults written out: this file gives the\n"
      "# same answer{}.\n",
      command, ORRERY_VERSION, beside.empty() ? "" : fmt::format(", with {}", comment_text(beside)));
  if (!assumptions.empty()) {
    text += "# Assumed where the question was silent, and stated here:\n";
    for (const std::string& assumption : assumptions) text += fmt::format("#   {}\n", comment_text(assumption));
  }
  return text + "\n" + write_toml(table);
}

}  // namespace orrery
