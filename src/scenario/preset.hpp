#pragma once

#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostic.hpp"
#include "scenario/value.hpp"

namespace orrery {

/// The presets by folder ("chips", "nodes", "fabrics", "models", "software") and name.
///
/// A preset is called by the stem of its file ("h100-sxm"), by the `name` in it ("H100-SXM5-80GB") or by one of its
/// `aliases`; case does not matter, and a stem wins over a name or alias of another preset. Files are parsed when they
/// are first needed. Safe to use from several threads.
class PresetLibrary {
 public:
  /// One preset by the names that find it.
  struct Listing {
    std::string stem;                  ///< "h100-sxm"
    std::string name;                  ///< "H100-SXM5-80GB"; the stem where the file gives none.
    std::vector<std::string> aliases;  ///< As written in the file.
  };

  /// `files` are named FOLDER/STEM.toml, after anything that ends in a slash ("presets/chips/h100-sxm.toml"). Of two
  /// with the same folder and stem the first counts.
  explicit PresetLibrary(std::vector<Source> files);

  /// The presets in the program, and before them those of the directory that the environment variable ORRERY_PRESETS
  /// names (it holds chips/, models/, ...). Read once. Throws `InputError` where the directory cannot be read.
  static const PresetLibrary& standard();

  /// Every preset of a folder, by stem; empty for an unknown folder.
  std::vector<Listing> list(std::string_view folder) const;

  /// The table of a preset, with the presets that it includes itself resolved. An unknown name is an error at `span`
  /// with the nearest name as hint, and gives an empty table.
  Value load(std::string_view folder, std::string_view name, Diagnostics& diagnostics, const Span& span = {}) const;

  /// A table with `preset = "NAME"` becomes the table of that preset with the keys beside it laid over; any other table
  /// is returned as it is. A text stands for the preset of that name (`chip = "h100-sxm"`).
  Value resolve(const Value& value, std::string_view folder, Diagnostics& diagnostics) const;

 private:
  struct Preset {
    std::string stem;
    Source source;
  };
  struct Index {
    std::vector<Listing> listings;
    std::map<std::string, std::size_t> by_name;  ///< Lower case; names and aliases.
  };
  using Chain = std::vector<std::string>;

  const Preset* find(std::string_view folder, std::string_view name) const;
  const Index& index(const std::string& folder) const;
  Value load(std::string_view folder, std::string_view name, Diagnostics& diagnostics, const Span& span,
             Chain& chain) const;
  Value resolve(const Value& value, std::string_view folder, Diagnostics& diagnostics, Chain& chain) const;

  std::map<std::string, std::vector<Preset>, std::less<>> folders_;
  mutable std::mutex mutex_;
  mutable std::map<std::string, Index> indexes_;  ///< Filled on first use of a folder.
};

/// `base` with `over` laid over it: tables merge key by key, anything else is replaced as a whole. A table that holds a
/// single value with its source (`{ value = ..., source = ... }`) is such a whole.
Value merged(const Value& base, const Value& over);

}  // namespace orrery
