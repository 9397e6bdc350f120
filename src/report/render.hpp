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

/// One chart without its title as an `<svg>` of that width and class, for a page that has `svg_style_sheet`.
std::string chart_svg(const Chart& chart, double width, const std::string& style);

/// What a page says beside its document.
struct HtmlPage {
  std::string command_line;  ///< As it was typed: "orrery plan --model llama-3.1-8b".
  std::string scenario;      ///< The scenario file that was read, shown where the document has none of its own.
  bool explain = false;      ///< Tables of detail are open.
};

/// The document as a page of its own, below 1 MB, that needs no network and no script: the answer, charts, breakdowns,
/// tables, notes, sources and what gives it again. The same document gives the same bytes.
std::string render_html(const Document& document, const HtmlPage& page);

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
