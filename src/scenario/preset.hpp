#pragma once

#include <optional>
#include <string>
#include <vector>

#include "scenario/value.hpp"

namespace orrery {

/// A preset: a TOML text in presets/FOLDER/NAME.toml, compiled into the program. A folder named by the environment
/// variable ORRERY_PRESETS stands in for presets/ where it has the file.
struct Preset {
  std::string name;                  ///< The file's stem: "h100-sxm".
  std::vector<std::string> aliases;  ///< The text's `name` and `aliases`.
  Value value;
};

/// Names of all presets of a folder ("chips", "nodes", "fabrics", "switches", "optics", "models", "software",
/// "faults"), sorted.
std::vector<std::string> preset_names(const std::string& folder);

/// The preset called so (by name or alias, ignoring case), or nothing. A preset that does not read is reported.
std::optional<Preset> find_preset(const std::string& folder, const std::string& name, Diagnostics& diagnostics);

/// All presets of a folder, sorted by name.
std::vector<Preset> all_presets(const std::string& folder, Diagnostics& diagnostics);

/// The name or alias that a person likely meant by one that nobody knows, or "".
std::string near_preset(const std::string& folder, const std::string& name);

/// Reports that no preset is called so, with what may have been meant.
void report_unknown_preset(const std::string& folder, const std::string& name, const Span& span,
                           Diagnostics& diagnostics);

/// A table whose `preset = "NAME"` is replaced by that preset's table, with the table's other keys over it (tables
/// merge key by key, anything else replaces). A preset may itself name a preset; a circle is an error.
Value with_preset(const Value& table, const std::string& folder, Diagnostics& diagnostics);

/// `over` on top of `base`. A table over the name of a part (`switches = "qm9700"`) lies over the preset of that name.
Value merged(const Value& base, const Value& over);

}  // namespace orrery
