#include <fmt/format.h>

#include <cmath>

#include "report/render.hpp"

namespace orrery {
namespace {

std::string quoted(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string result = "\"";
  for (const char c : text) result += c == '"' ? std::string("\"\"") : std::string(1, c);
  return result + "\"";
}

std::string csv_cell(const Cell& cell) {
  if (const auto* text = std::get_if<std::string>(&cell)) return quoted(*text);
  if (const auto* truth = std::get_if<bool>(&cell)) return *truth ? "1" : "0";
  const auto* f = std::get_if<Figure>(&cell);
  return f != nullptr && std::isfinite(f->value) ? fmt::format("{}", f->value) : "";
}

/// A document without a table: its fields, one a line.
std::string fields_csv(const Document& document) {
  std::string text = "key,value\r\n";
  for (const Field& field : document.fields) {
    if (std::holds_alternative<Object>(field.value)) continue;
    const auto* f = std::get_if<Figure>(&field.value);
    text += quoted(field.key + (f != nullptr ? unit_suffix(*f) : "")) + "," + csv_cell(field.value) + "\r\n";
  }
  return text;
}

}  // namespace

std::string render_csv(const Document& document) {
  check_document(document);
  if (document.tables.empty()) return fields_csv(document);
  const Table& table = document.tables.front();
  std::vector<TableKey> keys = table_keys(table);
  // An object has no place in a cell: JSON has it.
  for (const auto& row : table.rows) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (std::holds_alternative<Object>(row[i])) keys[i].key.clear();
    }
  }
  std::string text;
  const auto line = [&](const auto& cell) {
    bool first = true;
    for (std::size_t i = 0; i < keys.size(); ++i) {
      if (keys[i].key.empty()) continue;
      text += (first ? "" : ",") + cell(i);
      // Rows of different units name them beside the number.
      if (keys[i].mixed) text += "," + cell(i + keys.size());
      first = false;
    }
    text += "\r\n";
  };
  line([&](std::size_t i) { return i < keys.size() ? quoted(keys[i].key) : keys[i - keys.size()].key + "_unit"; });
  for (const auto& row : table.rows) {
    line([&](std::size_t i) {
      const std::size_t column = i % keys.size();
      if (column >= row.size()) return std::string();
      return i < keys.size() ? csv_cell(row[column]) : unit_name(row[column]);
    });
  }
  return text;
}

}  // namespace orrery
