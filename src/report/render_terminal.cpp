#include <fmt/format.h>

#include "base/table.hpp"
#include "report/render.hpp"

namespace orrery {
namespace {

std::string parts_text(const Parts& breakdown, std::size_t width) {
  std::string line = breakdown.title + ":";
  for (const auto& [name, figure] : breakdown.parts) {
    // Parts below a thousandth of the whole would only be noise; JSON has them.
    if (figure.value < 1e-3 * breakdown.total.value) continue;
    std::string part = " " + name + " " + cell_text(figure);
    for (char& c : part) c = c == ' ' ? '\x01' : c;  // a part stays on one line
    line += " " + part;
  }
  line = wrapped(line, width, "    ");
  for (char& c : line) c = c == '\x01' ? ' ' : c;
  return line + "\n";
}

std::string table_text(const Table& table) {
  std::vector<std::string> header;
  std::vector<Align> align;
  std::vector<std::size_t> shown;
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    if (table.columns[i].title.empty()) continue;
    header.push_back(table.columns[i].title);
    shown.push_back(i);
  }
  std::vector<std::vector<std::string>> rows;
  align.assign(header.size(), Align::Left);
  for (const auto& row : table.rows) {
    std::vector<std::string> texts;
    for (std::size_t i = 0; i < shown.size(); ++i) {
      const Cell cell = shown[i] < row.size() ? row[shown[i]] : Cell{};
      texts.push_back(cell_text(cell));
      if (std::holds_alternative<Figure>(cell)) align[i] = Align::Right;
    }
    rows.push_back(std::move(texts));
  }
  return text_table(header, align, rows);
}

}  // namespace

std::string render_terminal(const Document& document, const TerminalStyle& style) {
  check_document(document);
  const char* const bold = style.colour ? "\033[1m" : "";
  const char* const reset = style.colour ? "\033[0m" : "";
  std::string text;
  for (const std::string& sentence : document.answer) {
    text += bold + wrapped(sentence, style.width, "  ") + reset + "\n";
  }
  for (const Parts& breakdown : document.breakdowns) text += "  " + parts_text(breakdown, style.width);
  for (const Field& field : document.fields) {
    if (!field.title.empty()) text += fmt::format("  {}: {}\n", field.title, cell_text(field.value));
  }
  for (const Table& table : document.tables) {
    if (table.rows.empty() || (table.detail && !style.explain)) continue;
    if (!text.empty()) text += "\n";
    if (!table.title.empty()) text += fmt::format("{}{}{}\n", bold, table.title, reset);
    text += table_text(table);
    if (!table.note.empty()) text += wrapped(table.note, style.width, "") + "\n";
  }
  for (const Literal& literal : document.literals) {
    text += fmt::format("\n{}{}{}\n", bold, literal.title, reset);
    for (const std::string& line : literal.lines) text += line + (&line == &literal.lines.back() ? "\n" : " \\\n");
  }
  if (!document.notes.empty()) text += "\n";
  for (const std::string& note : document.notes) text += wrapped(note, style.width, "  ") + "\n";
  for (const Document& level : document.levels) {
    text += fmt::format("\n{}--- {} ---{}\n", bold, level.command, reset) + render_terminal(level, style);
  }
  return text;
}

}  // namespace orrery
