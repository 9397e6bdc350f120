#include "report/sources.hpp"

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <string>

namespace orrery {
namespace {

constexpr Dimension kDimensions[] = {Dimension::Time,       Dimension::Size,        Dimension::Bandwidth,
                                     Dimension::Operations, Dimension::FlopRate,    Dimension::Power,
                                     Dimension::Energy,     Dimension::Money,       Dimension::MoneyRate,
                                     Dimension::PowerPrice, Dimension::EnergyPrice, Dimension::Frequency};

/// The value as a machine wants it: a figure in base units where it is a quantity or a number.
Cell typed(const std::string& text, const FieldInfo& field) {
  if (field.type == "quantity") {
    for (const Dimension dimension : kDimensions) {
      if (field.unit != dimension_name(dimension)) continue;
      const auto value = parse_quantity(text, dimension);
      if (value) return Figure{*value, Figure::Kind::Quantity, dimension, 4};
    }
  }
  if (field.type == "boolean") return text == "true";
  if (field.type == "number" || field.type == "integer") {
    const auto value = parse_quantity(text, Dimension::None);
    if (value) return field.type == "integer" ? count(static_cast<long long>(*value)) : number(*value, 6);
  }
  return text;
}

/// "forecast: Epoch AI, 2025-12": whose word it is, and what kind of word where it is none about what is.
std::string source_text(const FieldSource& source) {
  const std::string words = source.unverified ? "unverified" : source.source.empty() ? "-" : source.source;
  if (source.status == ValueStatus::Confirmed) return words;
  return std::string(status_name(source.status)) + (words == "-" ? "" : ": " + words);
}

}  // namespace

std::string declared_path(const std::string& path) {
  std::string result;
  bool inside = false;
  for (const char c : path) {
    if (c == ']') inside = false;
    if (!inside) result += c;
    if (c == '[') inside = true;
  }
  return result;
}

Table source_table(const Provenance& written, const std::vector<FieldInfo>& declared) {
  Table table;
  table.key = "inputs";
  table.columns = {{"input", "input"}, {"value", ""},  {"written", "value"}, {"", "source"},
                   {"source", ""},     {"status", ""}, {"unverified", ""},   {"place", ""}};
  for (const FieldInfo& field : declared) {
    // The map is in order of the paths, so that a list's elements stay in order.
    for (const auto& [path, source] : written) {
      if (declared_path(path) != field.path) continue;
      table.rows.push_back({path, typed(source.value, field), source.value, source_text(source),
                            source.source.empty() ? Cell{} : Cell{source.source},
                            std::string(status_name(source.status)), source.unverified,
                            source.place().empty() ? Cell{} : Cell{source.place()}});
    }
  }
  return table;
}

Table default_table(const Provenance& written, const std::vector<FieldInfo>& declared) {
  Table table;
  table.key = "defaults";
  table.title = "Not said, and so by default";
  table.detail = true;
  table.columns = {{"input", "input"}, {"value", ""}, {"written", "value"}, {"help", "what"}};
  for (const FieldInfo& field : declared) {
    if (field.type == "table" || field.type == "list" || field.default_text.empty()) continue;
    if (field.path.find("[]") != std::string::npos) continue;
    const bool said = std::any_of(written.begin(), written.end(),
                                  [&](const auto& entry) { return declared_path(entry.first) == field.path; });
    if (!said) table.rows.push_back({field.path, typed(field.default_text, field), field.default_text, field.help});
  }
  return table;
}

}  // namespace orrery
