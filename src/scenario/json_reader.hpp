#pragma once

#include "scenario/value.hpp"

namespace orrery {

/// The tree of a JSON text (RFC 8259), any value at the top. A syntax error becomes a diagnostic with its place, and
/// the result is then null. Refused as well: text over `limit` bytes, bytes that are not UTF-8, nesting deeper than
/// `kDeepestNesting`, a key twice in one object, numbers beyond a double, NaN and Infinity. Whole numbers beyond 63
/// bits become reals.
Value read_json(const Source& source, Diagnostics& diagnostics, std::size_t limit = 8U << 20U);

}  // namespace orrery
