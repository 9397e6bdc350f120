#pragma once

#include <string>

#include "scenario/value.hpp"

namespace orrery {

/// A table as TOML 1.0 text that `read_toml` reads back to the same tree: plain values first, then the tables below
/// under their headers. A value with its source (`{ value = ..., source = ... }`) and lists of plain values stay on one
/// line. Nothing (null) is left out. For the scenario that a run really used.
std::string write_toml(const Value& table);

}  // namespace orrery
