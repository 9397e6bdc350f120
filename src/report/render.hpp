#pragma once

#include <string>
#include <vector>

#include "base/diagnostic.hpp"
#include "report/document.hpp"

namespace orrery {

/// Version of the JSON documents: raised when a key changes its meaning or goes away.
inline constexpr const char* kJsonSchema = "orrery/1";

struct TerminalStyle {
  bool colour = false;
  bool explain = false;  ///< Also tables of detail.
  std::size_t width = 110;
};

/// A page for people: answer, breakdowns, tables, notes. Warnings are not part of it: they belong on standard error.
std::string render_terminal(const Document& document, const TerminalStyle& style);

/// The whole document as JSON, keys in a fixed order, figures in base SI units with the unit in the key
/// (`step_time_seconds`), numbers that are not finite as null.
std::string render_json(const Document& document);

/// The document's first table as CSV (RFC 4180), figures in base SI units; without a table, its fields.
/// Objects are left out.
std::string render_csv(const Document& document);

/// The document's charts, one below the other, as an SVG that needs nothing else: no scripts, no fonts, colours that
/// suit readers who are colour-blind and pages that are dark. The same document gives the same bytes.
std::string render_svg(const Document& document);

/// Mistakes as JSON: {"schema": ..., "error": {"kind": "input", "diagnostics": [...]}}.
std::string render_json(const std::vector<Diagnostic>& diagnostics, const std::string& kind);

/// "_seconds", "_bytes", ...: what a key of that dimension ends in.
std::string unit_suffix(const Figure& figure);
/// "seconds", "bytes", ... of a figure; "" for anything else.
std::string unit_name(const Cell& cell);

/// What a table's column is called by machines.
struct TableKey {
  std::string key;     ///< With its unit where all figures share one; empty: a column for people only.
  bool mixed = false;  ///< The figures have different units, which each cell must name.
};
std::vector<TableKey> table_keys(const Table& table);

}  // namespace orrery
