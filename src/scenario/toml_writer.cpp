#include "scenario/toml_writer.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/check.hpp"

namespace orrery {
namespace {

std::string quoted(std::string_view text) {
  std::string result = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      result += {'\\', c};
    } else if (c == '\n') {
      result += "\\n";
    } else if (c == '\t') {
      result += "\\t";
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
      result += fmt::format("\\u{:04X}", static_cast<unsigned>(c));
    } else {
      result += c;
    }
  }
  return result + "\"";
}

std::string key_text(std::string_view key) {
  const bool is_bare = !key.empty() && std::all_of(key.begin(), key.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
  return is_bare ? std::string(key) : quoted(key);
}

/// A real that stays one: TOML tells 8 from 8.0.
std::string real_text(double value) {
  std::string text = fmt::format("{}", value);
  return text.find_first_of(".en") == std::string::npos ? text + ".0" : text;
}

std::string inline_text(const Value& value) {
  if (const auto* truth = value.boolean()) return *truth ? "true" : "false";
  if (const auto* whole = value.integer()) return fmt::format("{}", *whole);
  if (const auto* real = value.real()) return real_text(*real);
  if (const auto* text = value.string()) return quoted(*text);
  std::string parts;
  if (const auto* list = value.array()) {
    for (const Value& element : *list) parts += (parts.empty() ? "" : ", ") + inline_text(element);
    return "[" + parts + "]";
  }
  if (value.is_null()) return "\"\"";
  for (const Value::Entry& entry : *value.table()) {
    if (entry.value.is_null()) continue;
    parts += (parts.empty() ? "" : ", ") + key_text(entry.key) + " = " + inline_text(entry.value);
  }
  return parts.empty() ? "{}" : "{ " + parts + " }";
}

bool is_section(const Value& value) {
  return value.table() != nullptr && value.find("value") == nullptr;
}
bool is_list_of_sections(const Value& value) {
  const Value::Array* list = value.array();
  return list != nullptr && !list->empty() && std::all_of(list->begin(), list->end(), is_section);
}

void write_table(const Value& table, const std::string& path, std::string& text) {
  for (const Value::Entry& entry : *table.table()) {
    if (entry.value.is_null() || is_section(entry.value) || is_list_of_sections(entry.value)) continue;
    text += fmt::format("{} = {}\n", key_text(entry.key), inline_text(entry.value));
  }
  for (const Value::Entry& entry : *table.table()) {
    const std::string own = path + (path.empty() ? "" : ".") + key_text(entry.key);
    const auto header = [&](const char* open, const char* close) {
      text += fmt::format("{}{}{}{}\n", text.empty() ? "" : "\n", open, own, close);
    };
    if (is_section(entry.value)) {
      header("[", "]");
      write_table(entry.value, own, text);
    } else if (is_list_of_sections(entry.value)) {
      for (const Value& element : *entry.value.array()) {
        header("[[", "]]");
        write_table(element, own, text);
      }
    }
  }
}

}  // namespace

std::string write_toml(const Value& table) {
  ORRERY_CHECK(table.table() != nullptr, "a TOML text is a table");
  std::string text;
  write_table(table, "", text);
  return text;
}

}  // namespace orrery
