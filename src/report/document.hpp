#pragma once

#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/unit_text.hpp"

namespace orrery {

/// A number that knows what it measures, so that a renderer decides on its text: JSON prints base units, a terminal a
/// fitting unit.
struct Figure {
  enum class Kind {
    Quantity,  ///< Of `dimension`.
    Count,     ///< A whole number.
    Fraction,  ///< Printed as a percentage.
    Signed,    ///< A fraction printed with its sign: an error.
    Number,    ///< Plain, `digits` significant digits.
    Large,     ///< A count printed with a suffix: "405 B" parameters.
  };
  double value = 0;  ///< Base SI units.
  Kind kind = Kind::Number;
  Dimension dimension = Dimension::None;
  int digits = 3;
};
template <class Q>
Figure figure(Q quantity, int digits = 3) {
  return {quantity.raw(), Figure::Kind::Quantity, DimensionOf<Q>::value, digits};
}
Figure count(long long n);
Figure fraction(double share, int decimals = 1);
Figure signed_fraction(double error, int decimals = 1);
Figure number(double value, int digits = 3);
Figure large(double value, int digits = 4);

/// Named values that belong together, for machines only: a layout.
struct Object {
  using Value = std::variant<std::monostate, std::string, bool, Figure>;
  std::vector<std::pair<std::string, Value>> entries;
};

/// A cell or a field: nothing, a text, a truth, a figure or an object.
using Cell = std::variant<std::monostate, std::string, bool, Figure, Object>;

/// A column of a table. One without a title is for machines only, one without a key for people only.
struct Column {
  std::string key;    ///< For JSON and CSV: "step_time"; the unit is added ("step_time_seconds").
  std::string title;  ///< For people: "step".
};

struct Table {
  std::string key, title;
  std::vector<Column> columns;
  std::vector<std::vector<Cell>> rows;
  std::string note;     ///< Below the table.
  bool detail = false;  ///< Terminals show it only under --explain; JSON has it always.
};

/// Parts that add up to a total.
struct Parts {
  std::string key, title;
  Figure total;
  std::vector<std::pair<std::string, Figure>> parts;
};

/// Named values for machines (JSON), shown on a terminal where `title` is not empty.
struct Field {
  std::string key, title;
  Cell value;
};

/// Lines to copy: a launch command's arguments.
struct Literal {
  std::string key, title;
  std::vector<std::string> lines;  ///< For JSON each by itself; people get them joined as a shell wants them.
};

/// What a level answers, before it is text: the answer first, then the breakdown that adds up to it, then what it rests
/// on. One model for every level; renderers turn it into a terminal page, JSON or CSV.
struct Document {
  std::string command;
  std::vector<std::string> answer;  ///< Sentences.
  std::vector<Field> fields;
  std::vector<Parts> breakdowns;
  std::vector<Table> tables;       ///< The first is what CSV prints.
  std::vector<std::string> notes;  ///< Assumptions and what the answer rests on.
  std::vector<std::string> warnings;
  std::vector<Literal> literals;
};

/// Text of a cell for people.
std::string cell_text(const Cell& cell);

/// Checks what every renderer relies on, and throws `InternalError` otherwise: the parts of a breakdown add up to its
/// total, keys are in snake_case and differ, no row is longer than its header. Renderers call it.
void check_document(const Document& document);

}  // namespace orrery
