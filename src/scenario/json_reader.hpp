#pragma once

#include <cstddef>

#include "base/diagnostic.hpp"
#include "scenario/value.hpp"

namespace orrery {

/// Largest JSON text, bytes.
inline constexpr std::size_t kLargestJson = 8U << 20U;

/// The value that a JSON text (RFC 8259) says, of any kind, with the place of every key and value. A syntax error
/// becomes a diagnostic with its place (the reader stops at the first), and the result is then null.
///
/// Refused as well: text over `limit` bytes, bytes that are not UTF-8, lists and objects nested beyond reason, more
/// than a million values, a key twice in one object, numbers beyond a double, NaN, Infinity, comments and trailing
/// commas. Whole numbers beyond 63 bits become reals.
Value read_json(const Source& source, Diagnostics& diagnostics, std::size_t limit = kLargestJson);

}  // namespace orrery
