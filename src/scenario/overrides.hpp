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

/// Sets the value at `path` ("cluster.fabric") from the text of a command's option, as `--set` would; mistakes point
/// into the option's text. Whole numbers and truths are taken as such, all else as a text.
void apply_option(Value& root, const std::string& path, const std::string& option, const std::string& text,
                  Diagnostics& diagnostics);

}  // namespace orrery
