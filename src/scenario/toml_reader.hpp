#pragma once

#include "base/diagnostic.hpp"
#include "scenario/value.hpp"

namespace orrery {

/// Largest TOML text, bytes.
inline constexpr std::size_t kLargestToml = 8U << 20U;

/// The table that a TOML 1.0 text says. A syntax error becomes a diagnostic with its place (the parser stops at the
/// first), and the result is an empty table. Dates and times are refused: no input has them. Texts that are too large,
/// not UTF-8, or nested or dotted beyond reason are refused before they are parsed.
Value read_toml(const Source& source, Diagnostics& diagnostics);

}  // namespace orrery
