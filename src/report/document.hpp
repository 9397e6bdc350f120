#pragma once

#include <cstddef>
#include <limits>
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

/// An axis of a chart: what it measures, and how places on it follow from values.
struct ChartAxis {
  enum class Scale {
    Linear,
    Log,   ///< Ticks at powers of ten.
    Log2,  ///< Ticks at powers of two, as sizes and chips go: 1 KiB, 32 KiB, 1 MiB.
    Date,  ///< Values are days since 1970-01-01 (UTC); ticks at years, quarters, months or days.
  };
  std::string title;  ///< "bus bandwidth": a renderer adds the unit.
  Figure::Kind kind = Figure::Kind::Number;
  Dimension dimension = Dimension::None;
  Scale scale = Scale::Linear;
};

/// Values that are not finite, and on a logarithmic axis those that are not positive, are not drawn.
struct ChartPoint {
  double x = 0, y = 0;  ///< Base SI units.
  /// Of an interval around `y`: a band along a line, a whisker at a marker or a bar. NaN: none.
  double low = std::numeric_limits<double>::quiet_NaN(), high = std::numeric_limits<double>::quiet_NaN();
};

struct ChartSeries {
  enum class Shape {
    Line,
    Step,     ///< A line that keeps each value until the next x: counts over time, distributions.
    Markers,  ///< Points alone: measurements.
    Area,     ///< Filled down to zero, or to the series below where the chart is stacked.
    Bars,     ///< Of a chart by category.
  };
  std::string name;  ///< For the legend; names of a chart differ.
  Shape shape = Shape::Line;
  std::vector<ChartPoint> points;
  int colour = -1;  ///< Series of one number share a colour: a prediction and what was measured. -1: its own.
};

/// A value to compare with: a horizontal line with its name, such as a link's line rate.
struct ChartLevel {
  std::string label;
  double y = 0;
};

/// A moment or a size to compare with: a vertical line with its name, such as a deadline.
struct ChartMark {
  std::string label;
  double x = 0;
};

/// A heat map: a number for each pair of a row and a column, shown as its colour and, where there is room, as text.
struct ChartGrid {
  std::string row_title, column_title;     ///< "model", "fleet".
  std::vector<std::string> rows, columns;  ///< Names.
  ChartAxis value;             ///< What the numbers measure; its scale, Linear or Log, is that of the colours.
  std::vector<double> values;  ///< Row by row, base SI units. NaN: no answer, drawn as a dash.
};

/// A bar of a Gantt chart, from `begin` to `end` on the chart's x axis.
struct ChartSpan {
  double begin = 0, end = 0;
  std::size_t kind = 0;  ///< What goes on meanwhile: index into `ChartSpans::kinds`.
  std::string label;     ///< Written into the bar where it fits; may be empty.
  /// Of an interval around `end`: a whisker. NaN: none.
  double low = std::numeric_limits<double>::quiet_NaN(), high = std::numeric_limits<double>::quiet_NaN();
};

/// A row of a Gantt chart. Bars that overlap are drawn below each other.
struct ChartSpanRow {
  std::string name;   ///< "Abilene, phase 2".
  std::string group;  ///< Rows of one group, in sequence, share a heading; may be empty.
  std::vector<ChartSpan> spans;
};

/// A Gantt chart: rows of bars over the chart's x axis, which usually is one of dates.
struct ChartSpans {
  std::vector<std::string> kinds;  ///< For the legend, each with its colour: "ordered", "built", "waits for the grid".
  std::vector<ChartSpanRow> rows;
};

/// A picture of numbers: curves over x, or, where `categories` are given, bars and markers by category: point i of
/// every series then belongs to category i, whatever its x. With `grid` or `spans` a heat map or a Gantt chart instead,
/// without series.
struct Chart {
  std::string key, title;
  ChartAxis x, y;
  std::vector<std::string> categories;
  std::vector<ChartSeries> series;
  std::vector<ChartLevel> levels;
  bool stacked = false;               ///< Bars and areas stand on those before them; areas then have the same x.
  bool horizontal = false;            ///< Of bars by category: they lie, names on their left, as in a tornado.
  std::vector<ChartMark> marks = {};  ///< Of curves and of Gantt charts.
  std::optional<ChartGrid> grid = {};
  std::optional<ChartSpans> spans = {};
};

/// What a level answers, before it is text: the answer first, then the breakdown that adds up to it, then what it rests
/// on. One model for every level; renderers turn it into a terminal page, JSON, CSV or a picture.
struct Document {
  std::string command;
  std::vector<std::string> answer;  ///< Sentences.
  std::vector<Field> fields;
  std::vector<Parts> breakdowns;
  std::vector<Table> tables;       ///< The first is what CSV prints.
  std::vector<std::string> notes;  ///< Assumptions and what the answer rests on.
  std::vector<std::string> warnings;
  std::vector<Literal> literals;
  std::vector<Chart> charts;  ///< Drawn one below the other, where a picture is asked for.
  /// What the levels of a whole scenario answered, each by itself, from the lowest up; one command each.
  std::vector<Document> levels{};
  std::string scenario{};  ///< The inputs as a scenario file that gives the answer again: pages show it.
};

/// The charts of a document and of its levels, in the order in which they are drawn.
std::vector<const Chart*> all_charts(const Document& document);

/// Text of a cell for people.
std::string cell_text(const Cell& cell);

/// Checks what every renderer relies on, and throws `InternalError` otherwise: the parts of a breakdown add up to its
/// total, keys are in snake_case and differ, no row is longer than its header, no series has more points than its chart
/// has categories, what is stacked has the same x, a heat map has a number for each of its cells and a Gantt chart's
/// bars have kinds and end no sooner than they begin. Renderers call it.
void check_document(const Document& document);

}  // namespace orrery
