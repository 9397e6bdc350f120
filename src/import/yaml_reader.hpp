#pragma once

#include <cstddef>
#include <vector>

#include "base/diagnostic.hpp"
#include "scenario/value.hpp"

namespace orrery {

/// Reads the documents of a YAML text, each with the place of every key and value.
///
/// Scalars without quotes are what YAML's core schema makes of them: null, truths, whole and real numbers, else texts.
/// Aliases stand for what their anchors name. Mistakes: text that is no YAML or no UTF-8, keys that are no scalars or
/// stand twice, lists and tables nested deeper than 64, more than half a million values with what aliases repeat, more
/// than 4,096 commas in a line, a text larger than `limit` bytes. After a mistake of syntax the documents before it are
/// returned.
std::vector<Value> read_yaml(const Source& source, Diagnostics& diagnostics,
                             std::size_t limit = std::size_t{16} << 20U);

}  // namespace orrery
