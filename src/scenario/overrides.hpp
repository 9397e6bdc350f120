#pragma once

#include <string>
#include <vector>

#include "scenario/value.hpp"

namespace orrery {

/// Applies `--set path=value` arguments, in order, to a scenario's table. The value is TOML (`8`, `true`, `"80 GiB"`)
/// or, where it is not, taken as a text (`80GiB`). Missing tables on the way are made; a text on the way stands for the
/// preset of that name, which is then overridden; an element of a list is called by its place (`tiers.0.chips`, from
/// 0). A way through anything else is an error.
void apply_overrides(Value& root, const std::vector<std::string>& arguments, Diagnostics& diagnostics);

}  // namespace orrery
