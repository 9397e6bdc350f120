#include "report/html/html_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "report/svg_text.hpp"

namespace orrery {
namespace {

struct ShownColumn {
  std::size_t index = 0;
  bool is_figures = false;  ///< Aligned on the right, as figures are.
};

std::vector<ShownColumn> shown_columns(const Table& table) {
  std::vector<ShownColumn> columns;
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    if (table.columns[i].title.empty()) continue;
    const bool is_figures = std::any_of(table.rows.begin(), table.rows.end(), [i](const std::vector<Cell>& row) {
      return i < row.size() && std::holds_alternative<Figure>(row[i]);
    });
    columns.push_back({i, is_figures});
  }
  return columns;
}

/// How far a number is to be trusted, set apart from text around it.
std::string badge(const std::string& text) {
  const bool is_open = text == "unverified" || text == "estimate" || text == "forecast" || text == "plan";
  return is_open ? fmt::format("<span class=\"badge {0}\">{0}</span>", text) : xml_escaped(text);
}

std::string cell_html(const Cell& cell, const ShownColumn& column, bool is_name) {
  const std::string text = cell_text(cell);
  const auto* figure = std::get_if<Figure>(&cell);
  const std::string style = column.is_figures ? " class=\"n\"" : "";
  if (figure != nullptr) {
    const std::string value = std::isfinite(figure->value) ? fmt::format(" data-v=\"{:.9g}\"", figure->value) : "";
    return fmt::format("<td{}{}>{}</td>", style, value, xml_escaped(text));
  }
  if (is_name) return fmt::format("<th scope=\"row\">{}</th>", xml_escaped(text));
  return fmt::format("<td{}>{}</td>", style, badge(text));
}

std::string row_html(const std::vector<Cell>& row, const std::vector<ShownColumn>& columns) {
  std::string text = "<tr>";
  bool first = true;
  for (const ShownColumn& column : columns) {
    text += cell_html(column.index < row.size() ? row[column.index] : Cell{}, column, first);
    first = false;
  }
  return text + "</tr>\n";
}

}  // namespace

bool tells_sources(const Table& table) {
  return std::any_of(table.columns.begin(), table.columns.end(),
                     [](const Column& column) { return column.title == "source" || column.title == "sources"; });
}

std::string html_table(const Table& table, std::string_view rest, std::size_t& budget) {
  const std::vector<ShownColumn> columns = shown_columns(table);
  const std::string title = table.title.empty() ? table.key : table.title;
  std::string head;
  for (const ShownColumn& column : columns) {
    head += fmt::format("<th scope=\"col\"{}>{}</th>", column.is_figures ? " class=\"n\"" : "",
                        xml_escaped(table.columns[column.index].title));
  }
  std::string rows;
  std::size_t shown = 0;
  for (; shown < std::min(table.rows.size(), kMostHtmlRows); ++shown) {
    const std::string row = row_html(table.rows[shown], columns);
    if (rows.size() + row.size() > budget) break;
    rows += row;
  }
  budget -= rows.size();
  std::string text = fmt::format(
      "<div class=\"table\">\n<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"{0}\">\n<table "
      "class=\"sortable\" "
      "data-key=\"{1}\">\n<caption><span>{0}</span></caption>\n<thead>\n<tr>{2}</tr>\n</thead>\n<tbody>\n{3}"
      "</tbody>\n</table>\n</div>\n",
      xml_escaped(title), table.key, head, rows);
  if (shown < table.rows.size()) {
    text +=
        fmt::format("<p class=\"rest\">The first {} of {} rows; {}.</p>\n", format_count(static_cast<long long>(shown)),
                    format_count(static_cast<long long>(table.rows.size())), rest);
  }
  if (!table.note.empty()) text += fmt::format("<p class=\"note\">{}</p>\n", xml_escaped(table.note));
  return text + "</div>\n";
}

}  // namespace orrery
