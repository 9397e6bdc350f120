#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <istream>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/diagnostic.hpp"
#include "scenario/csv.hpp"

namespace orrery {

/// One cell while it is read: the column's name, its text without blanks around it, and how to complain about it.
struct TableCell {
  const std::string& column;
  std::string_view text;
  std::function<void(std::string message, std::string hint)> complain;
};

/// A number within bounds; blank: nothing. Anything else is complained about.
std::optional<double> number_cell(const TableCell& cell, double least, double most);

/// A whole number; "8.0" counts, as tables written by other programs have it.
template <class Integer>
void whole_cell(const TableCell& cell, std::optional<Integer>& target, double least, double most) {
  const auto value = number_cell(cell, least, most);
  if (!value) return;
  if (*value != std::floor(*value)) {
    cell.complain("`" + cell.column + "` is not a whole number", "");
    return;
  }
  target = static_cast<Integer>(*value);
}

/// A column of a table: its name and what its cells may be.
template <class Row>
struct RowColumn {
  std::string name;
  std::function<void(const TableCell&, Row&)> read;
};

template <class Row>
RowColumn<Row> text_column(std::string name, std::string Row::*member) {
  return {std::move(name), [member](const TableCell& cell, Row& row) { row.*member = std::string(cell.text); }};
}
template <class Row, class Integer>
RowColumn<Row> whole_column(std::string name, std::optional<Integer> Row::*member, double least, double most) {
  return {std::move(name), [=](const TableCell& cell, Row& row) { whole_cell(cell, row.*member, least, most); }};
}
template <class Row>
RowColumn<Row> number_column(std::string name, std::optional<double> Row::*member, double least, double most) {
  return {std::move(name), [=](const TableCell& cell, Row& row) { row.*member = number_cell(cell, least, most); }};
}

/// What is done with columns that nobody knows.
enum class Strangers { Ignore, Report };

/// Where the known columns stand in a header.
class HeaderPlaces {
 public:
  /// A mistake in the cell of this position (counted from 0 in the file's order), with the likely fix.
  using Report = std::function<void(std::size_t position, std::string message, std::string hint)>;

  /// Missing and repeated columns are reported, and those that nobody knows where one looks like a missing one
  /// misspelt or `strangers` says so. `page` tells what each column holds.
  HeaderPlaces(const std::vector<std::string>& header, const std::vector<std::string>& known, Strangers strangers,
               const std::string& page, const Report& report);
  /// For each position of the file the index of its column, or -1.
  const std::vector<int>& columns() const { return columns_; }
  /// Where the column `id` stands.
  std::size_t id_position() const { return id_position_; }

 private:
  std::vector<int> columns_;
  std::size_t id_position_ = 0;
};

std::string_view trimmed_cell(std::string_view text);

/// Where each id stood first. An id is known by 64 bits: in a table of a million rows the chance that two different
/// ones share them is one in forty million.
class SeenIds {
 public:
  /// The line of an earlier row of this id; 0 where there is none.
  std::size_t earlier_line(const std::string& id, std::size_t line);

 private:
  std::unordered_map<std::uint64_t, std::size_t> lines_;
};

inline constexpr std::size_t kMaxTableMistakes = 100;

/// Reads a CSV row by row and hands each good row to `use`. Nothing is kept of a row but some forty bytes, by which an
/// id that stands twice is found. `Row` has `id`, `line` and `end`.
///
/// Strict: every column must be there, in any order; each cell is checked, every row has an id of its own, and every
/// mistake is reported with line and column. Once one is found no further row is handed out, but reading goes on so
/// that all are reported at once (at most `kMaxTableMistakes`). Throws `InputError`. Returns the number of rows read.
template <class Row>
std::size_t read_row_table(std::istream& in, const std::string& name, const std::vector<RowColumn<Row>>& columns,
                           Strangers strangers, const std::string& page, const std::function<void(const Row&)>& use) {
  Diagnostics mistakes;
  CsvReader csv(in, name);
  const HeaderPlaces::Report report = [&](std::size_t position, std::string message, std::string hint) {
    mistakes.error(std::move(message), csv.span(position), std::move(hint));
  };
  const std::vector<std::string>& header = csv.header(mistakes);
  mistakes.throw_if_errors();
  std::vector<std::string> names;
  for (const RowColumn<Row>& column : columns) names.push_back(column.name);
  const HeaderPlaces places(header, names, strangers, page, report);
  mistakes.throw_if_errors();  // Without the columns every row would be wrong.
  SeenIds seen;
  std::size_t rows = 0;
  while (csv.next(mistakes) && mistakes.all().size() < kMaxTableMistakes) {
    ++rows;
    Row row;
    for (std::size_t i = 0; i < csv.row().size() && i < places.columns().size(); ++i) {
      if (places.columns()[i] < 0) continue;
      const RowColumn<Row>& column = columns[static_cast<std::size_t>(places.columns()[i])];
      column.read(
          {column.name, trimmed_cell(csv.row()[i]),
           [&report, i](std::string message, std::string hint) { report(i, std::move(message), std::move(hint)); }},
          row);
    }
    row.line = csv.line();
    row.end = csv.bytes();
    if (row.id.empty()) {
      report(places.id_position(), "`id` is blank", "a name that no other row has");
    } else if (const std::size_t line = seen.earlier_line(row.id, row.line); line > 0) {
      report(places.id_position(), "the id `" + row.id + "` stands twice", "first on line " + std::to_string(line));
    }
    if (!mistakes.has_errors()) use(row);
  }
  mistakes.throw_if_errors();
  return rows;
}

/// Opens a table and reads it with `read`. A missing file, a directory or an unreadable one is an `InputError`.
std::size_t read_table_file(const std::string& path, const std::function<std::size_t(std::istream&)>& read);

}  // namespace orrery
