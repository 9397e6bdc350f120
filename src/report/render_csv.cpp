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

}  // namespace

std::string render_csv(const Document& document) {
  if (document.tables.empty()) return "";
  const Table& table = document.tables.front();
  std::string text;
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    std::string key = table.columns[i].key;
    for (const auto& row : table.rows) {
      const auto* f = i < row.size() ? std::get_if<Figure>(&row[i]) : nullptr;
      if (f == nullptr) continue;
      key += unit_suffix(*f);
      break;
    }
    text += (i > 0 ? "," : "") + quoted(key);
  }
  text += "\r\n";
  for (const auto& row : table.rows) {
    for (std::size_t i = 0; i < row.size(); ++i) text += (i > 0 ? "," : "") + csv_cell(row[i]);
    text += "\r\n";
  }
  return text;
}

}  // namespace orrery
