#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/diagnostic.hpp"
#include "model/transformer.hpp"

namespace orrery {

/// Where each number of a model was read, and what its file calls it: by the name of our own field ("kv_heads" ->
/// "num_key_value_heads"). Fields that no file names are absent.
class FieldPlaces {
 public:
  void set(std::string_view field, std::string key, Span span);
  /// The key as the file spells it, or the field's own name.
  std::string key(std::string_view field) const;
  Span span(std::string_view field) const;

 private:
  struct Place {
    std::string key;
    Span span;
  };
  std::map<std::string, Place, std::less<>> places_;
};

/// Smallest and largest value of a field that is taken for serious: the largest is about a hundred times what the
/// largest published models have. `field` is the name of our own field ("kv_heads"; "experts" is their count).
struct FieldRange {
  int low;
  int high;
};
FieldRange field_range(std::string_view field);

/// Reports every number of the model that is out of range or contradicts another: heads and kv heads, experts and
/// top-k, the parts of a latent head, dense layers without a width. Shared by all readers of models.
void check_transformer(const Transformer& model, const FieldPlaces& places, Diagnostics& diagnostics);

}  // namespace orrery
