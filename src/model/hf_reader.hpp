#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostic.hpp"
#include "model/model_check.hpp"
#include "model/transformer.hpp"
#include "scenario/value.hpp"

namespace orrery {

/// Reads the numbers of one `config.json` object by their names in that file, reports each that is missing, mistyped or
/// out of range, and remembers where it stood. A value that could not be read is 1, so that reading can go on.
///
/// `field` is our own name of a number (see model_check.hpp), `keys` its spellings in the file, the usual one first.
/// `null` counts as absent everywhere.
class HfReader {
 public:
  HfReader(const Value& object, FieldPlaces& places, Diagnostics& diagnostics);

  /// Nothing that was asked for was missing or wrong so far.
  bool ok() const { return ok_; }
  bool has(std::string_view key) const { return find(key) != nullptr; }

  int required(const std::string& field, const std::vector<std::string>& keys);
  int optional(const std::string& field, const std::vector<std::string>& keys, int fallback);
  /// Required unless there is a fallback (above 0).
  int number(const std::string& field, const std::vector<std::string>& keys, int fallback);
  bool flag(const std::string& key, bool fallback);
  /// The text of a key, or "" when it is absent or no text.
  std::string text(std::string_view key) const;
  /// An object inside this one, when it is there.
  std::optional<HfReader> object(const std::string& key);

  /// `whole` / `parts`, reported when it leaves a rest.
  int share(const std::string& field, const std::string& whole_field, int whole, const std::string& parts_field,
            int parts);
  /// `factor` x `width`, kept in range.
  int times(int factor, int width) const;

  /// `layer_types`, the newer spelling of which layers keep full attention: replaces what the family's default set.
  void layer_types(Transformer& model);
  /// Length of a list that reads 0, 1, 2, ... (`mlp_only_layers`); other lists are not represented and warned of.
  int leading_integers(const std::string& key);
  void warn(std::string_view key, std::string message, std::string hint);

 private:
  const Value* find(std::string_view key) const;
  std::optional<int> read(const std::string& field, const std::string& key, const Value& value);

  const Value* object_;
  FieldPlaces* places_;
  Diagnostics* diagnostics_;
  bool ok_ = true;
};

}  // namespace orrery
