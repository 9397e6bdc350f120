#pragma once

#include "scenario/value.hpp"

namespace orrery {

/// Largest TOML or JSON text that is read.
inline constexpr std::size_t kLargestDocument = 8U << 20U;

/// The tree of a TOML 1.0 text; a table in every case. A syntax error becomes a diagnostic with its place, and the
/// tree is then empty (the parser stops at its first). Refused as well: text over 8 MiB, bytes that are not UTF-8,
/// nesting deeper than `kDeepestNesting`, and dates, which no input uses.
Value read_toml(const Source& source, Diagnostics& diagnostics);

/// A table as TOML text that `read_toml` reads back to the same values: scalars first, then tables under headers.
std::string write_toml(const Value& table);

}  // namespace orrery
