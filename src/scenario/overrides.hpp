#pragma once

#include <string>
#include <vector>

#include "scenario/value.hpp"

namespace orrery {

/// Applies `--set path=value` arguments, in order, to a scenario's table. The value is TOML (`8`, `true`, `"80 GiB"`)
/// or, where it is not, taken as a text (`80GiB`). Missing tables on the way are made; a way through something that is
/// no table is an error.
void apply_overrides(Value& root, const std::vector<std::string>& arguments, Diagnostics& diagnostics);

}  // namespace orrery
