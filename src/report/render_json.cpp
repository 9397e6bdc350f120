#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>

#include "report/render.hpp"
#include "report/svg_axes.hpp"

namespace orrery {
namespace {

using Json = nlohmann::ordered_json;

constexpr double kWhole = 9007199254740992.0;  // 2^53: doubles below hold every whole number.

/// Of a cell, or of a value of an object.
template <class Variant>
Json plain_value(const Variant& cell) {
  if (const auto* text = std::get_if<std::string>(&cell)) return *text;
  if (const auto* truth = std::get_if<bool>(&cell)) return *truth;
  if (const auto* f = std::get_if<Figure>(&cell)) {
    if (!std::isfinite(f->value)) return nullptr;
    if (f->kind == Figure::Kind::Large && f->value == std::floor(f->value) && std::abs(f->value) < kWhole)
      return static_cast<long long>(f->value);
    if (f->kind == Figure::Kind::Count) return static_cast<long long>(f->value);
    return f->value;
  }
  return nullptr;
}

Json value_of(const Cell& cell) {
  const auto* object = std::get_if<Object>(&cell);
  if (object == nullptr) return plain_value(cell);
  Json json = Json::object();
  for (const auto& [key, value] : object->entries) {
    const auto* f = std::get_if<Figure>(&value);
    json[f == nullptr ? key : key + unit_suffix(*f)] = plain_value(value);
  }
  return json;
}

std::string key_of(const std::string& key, const Cell& cell) {
  const auto* f = std::get_if<Figure>(&cell);
  return f == nullptr ? key : key + unit_suffix(*f);
}

Json table_json(const Table& table) {
  const std::vector<TableKey> keys = table_keys(table);
  Json rows = Json::array();
  for (const auto& row : table.rows) {
    Json object = Json::object();
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (keys[i].key.empty()) continue;
      object[keys[i].key] = value_of(row[i]);
      if (keys[i].mixed) object[keys[i].key + "_unit"] = unit_name(row[i]).empty() ? Json() : Json(unit_name(row[i]));
    }
    rows.push_back(std::move(object));
  }
  return rows;
}

const char* scale_name(ChartAxis::Scale scale) {
  switch (scale) {
    case ChartAxis::Scale::Linear:
      return "linear";
    case ChartAxis::Scale::Log:
      return "log";
    case ChartAxis::Scale::Log2:
      return "log2";
    case ChartAxis::Scale::Date:
      return "date";
  }
  return "";
}

const char* shape_name(ChartSeries::Shape shape) {
  switch (shape) {
    case ChartSeries::Shape::Line:
      return "line";
    case ChartSeries::Shape::Step:
      return "step";
    case ChartSeries::Shape::Markers:
      return "markers";
    case ChartSeries::Shape::Area:
      return "area";
    case ChartSeries::Shape::Bars:
      return "bars";
  }
  return "";
}

Json axis_json(const ChartAxis& axis) {
  const std::string unit = unit_name(Figure{0, axis.kind, axis.dimension, 0});
  return {{"title", axis.title}, {"unit", unit.empty() ? Json() : Json(unit)}, {"scale", scale_name(axis.scale)}};
}

/// A place on the horizontal axis; dates as texts.
Json place_json(const ChartAxis& axis, double x) {
  if (axis.scale != ChartAxis::Scale::Date) return value_of(number(x));
  return is_drawable(x, axis.scale) ? Json(date_text(x)) : Json();
}

Json grid_json(const Chart& chart) {
  const ChartGrid& grid = *chart.grid;
  Json values = Json::array();
  for (std::size_t r = 0; r < grid.rows.size(); ++r) {
    Json row = Json::array();
    for (std::size_t c = 0; c < grid.columns.size(); ++c)
      row.push_back(value_of(number(grid.values[r * grid.columns.size() + c])));
    values.push_back(std::move(row));
  }
  return {{"title", chart.title},       {"row_title", grid.row_title}, {"column_title", grid.column_title},
          {"rows", grid.rows},          {"columns", grid.columns},     {"value", axis_json(grid.value)},
          {"values", std::move(values)}};
}

Json marks_json(const Chart& chart) {
  Json marks = Json::array();
  for (const ChartMark& mark : chart.marks)
    marks.push_back({{"label", mark.label}, {"x", place_json(chart.x, mark.x)}});
  return marks;
}

Json spans_json(const Chart& chart) {
  Json rows = Json::array();
  for (const ChartSpanRow& row : chart.spans->rows) {
    Json spans = Json::array();
    for (const ChartSpan& span : row.spans) {
      Json one = {{"kind", chart.spans->kinds[span.kind]},
                  {"begin", place_json(chart.x, span.begin)},
                  {"end", place_json(chart.x, span.end)}};
      if (!std::isnan(span.low)) one["low"] = place_json(chart.x, span.low);
      if (!std::isnan(span.high)) one["high"] = place_json(chart.x, span.high);
      if (!span.label.empty()) one["label"] = span.label;
      spans.push_back(std::move(one));
    }
    rows.push_back({{"name", row.name}, {"group", row.group}, {"spans", std::move(spans)}});
  }
  return {{"title", chart.title}, {"x", axis_json(chart.x)}, {"rows", std::move(rows)}, {"marks", marks_json(chart)}};
}

/// The data of a chart: "x" or "category", "y", and "low" and "high" where a point has them.
Json chart_json(const Chart& chart) {
  if (chart.grid) return grid_json(chart);
  if (chart.spans) return spans_json(chart);
  Json series = Json::array();
  for (const ChartSeries& s : chart.series) {
    Json points = Json::array();
    for (std::size_t i = 0; i < s.points.size(); ++i) {
      const ChartPoint& p = s.points[i];
      Json point;
      if (chart.categories.empty()) {
        point["x"] = place_json(chart.x, p.x);
      } else {
        point["category"] = chart.categories[i];
      }
      point["y"] = value_of(number(p.y));
      if (!std::isnan(p.low)) point["low"] = value_of(number(p.low));
      if (!std::isnan(p.high)) point["high"] = value_of(number(p.high));
      points.push_back(std::move(point));
    }
    series.push_back({{"name", s.name}, {"shape", shape_name(s.shape)}, {"points", std::move(points)}});
  }
  Json levels = Json::array();
  for (const ChartLevel& level : chart.levels)
    levels.push_back({{"label", level.label}, {"y", value_of(number(level.y))}});
  Json json;
  json["title"] = chart.title;
  if (chart.categories.empty()) json["x"] = axis_json(chart.x);
  json["y"] = axis_json(chart.y);
  json["stacked"] = chart.stacked;
  json["series"] = std::move(series);
  json["levels"] = std::move(levels);
  if (!chart.marks.empty()) json["marks"] = marks_json(chart);
  return json;
}

std::string dumped(const Json& json) {
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace

std::string unit_suffix(const Figure& figure) {
  if (figure.kind != Figure::Kind::Quantity) return "";
  switch (figure.dimension) {
    case Dimension::None:
      return "";
    case Dimension::Time:
      return "_seconds";
    case Dimension::Size:
      return "_bytes";
    case Dimension::Bandwidth:
      return "_bytes_per_second";
    case Dimension::Operations:
      return "_flop";
    case Dimension::FlopRate:
      return "_flop_per_second";
    case Dimension::Power:
      return "_watts";
    case Dimension::Energy:
      return "_joules";
    case Dimension::Money:
      return "_dollars";
    case Dimension::MoneyRate:
      return "_dollars_per_second";
    case Dimension::PowerPrice:
      return "_dollars_per_watt";
    case Dimension::EnergyPrice:
      return "_dollars_per_joule";
    case Dimension::Frequency:
      return "_hertz";
  }
  return "";
}

std::string unit_name(const Cell& cell) {
  const auto* f = std::get_if<Figure>(&cell);
  const std::string suffix = f != nullptr ? unit_suffix(*f) : "";
  return suffix.empty() ? "" : suffix.substr(1);
}

std::vector<TableKey> table_keys(const Table& table) {
  std::vector<TableKey> keys;
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    TableKey key{table.columns[i].key, false};
    std::optional<std::string> shared;
    for (const auto& row : table.rows) {
      if (i >= row.size() || std::holds_alternative<std::monostate>(row[i])) continue;
      const std::string unit = unit_name(row[i]);
      if (shared && *shared != unit) key.mixed = true;
      shared = unit;
    }
    if (!key.key.empty() && !key.mixed && shared && !shared->empty()) key.key += "_" + *shared;
    keys.push_back(std::move(key));
  }
  return keys;
}

namespace {

/// What a document says, below `json`'s own keys.
Json document_json(const Document& document, Json json) {
  json["command"] = document.command;
  json["answer"] = document.answer;
  for (const Field& field : document.fields) json[key_of(field.key, field.value)] = value_of(field.value);
  for (const Parts& breakdown : document.breakdowns) {
    Json parts = Json::object();
    for (const auto& [name, figure] : breakdown.parts) parts[name] = value_of(figure);
    json[breakdown.key + unit_suffix(breakdown.total)] = {{"total", value_of(breakdown.total)}, {"parts", parts}};
  }
  for (const Table& table : document.tables) json[table.key] = table_json(table);
  for (const Literal& literal : document.literals) json[literal.key] = literal.lines;
  if (!document.charts.empty()) {
    Json charts = Json::object();
    for (const Chart& chart : document.charts) charts[chart.key] = chart_json(chart);
    json["charts"] = std::move(charts);
  }
  json["notes"] = document.notes;
  json["warnings"] = document.warnings;
  if (!document.levels.empty()) {
    Json levels = Json::array();
    for (const Document& level : document.levels) levels.push_back(document_json(level, Json::object()));
    json["levels"] = std::move(levels);
  }
  return json;
}

}  // namespace

std::string render_json(const Document& document) {
  check_document(document);
  return dumped(document_json(document, {{"schema", kJsonSchema}, {"version", ORRERY_VERSION}}));
}

std::string render_json(const std::vector<Diagnostic>& diagnostics, const std::string& kind) {
  Json list = Json::array();
  for (const Diagnostic& d : diagnostics) {
    Json entry;
    entry["severity"] = d.severity == Severity::Error ? "error" : "warning";
    entry["message"] = d.message;
    if (d.span.source) {
      entry["file"] = d.span.source->name;
      if (d.span.line > 0) {
        entry["line"] = d.span.line;
        entry["column"] = d.span.column;
        entry["length"] = d.span.length;
      }
    }
    if (!d.hint.empty()) entry["hint"] = d.hint;
    list.push_back(std::move(entry));
  }
  Json json;
  json["schema"] = kJsonSchema;
  json["version"] = ORRERY_VERSION;
  json["error"] = {{"kind", kind}, {"diagnostics", list}};
  return dumped(json);
}

}  // namespace orrery
