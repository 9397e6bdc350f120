#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/diagnostic.hpp"
#include "import/shell_words.hpp"

namespace orrery {

/// The arguments of a Megatron-LM launch that say something about the model, the layout or the training, as written.
/// Names without dashes, with hyphens: "tensor-model-parallel-size".
class MegatronFlags {
 public:
  /// Collects `--flag value`, `--flag=value`, lists and switches. Arguments that are known to say nothing about a
  /// step's time or memory are passed over; unknown ones, those that would change the answer and are not modelled, and
  /// missing values are reported.
  static MegatronFlags collect(const std::vector<ShellWord>& words, Diagnostics& diagnostics);

  bool has(const std::string& name) const { return given_.count(name) > 0; }
  /// Where a flag stands; a span without a source where it is not given.
  Span span(const std::string& name) const;
  std::string text(const std::string& name) const;
  /// A whole number in [minimum, 2^31); reports anything else. `fallback` where the flag is not given.
  int number(const std::string& name, int fallback, int minimum, Diagnostics& diagnostics) const;
  /// One of `choices`, or nothing (reported).
  std::optional<std::string> choice(const std::string& name, const std::vector<std::string>& choices,
                                    Diagnostics& diagnostics) const;
  /// The values of a list, each one of `choices` (others are reported); empty where it is not given.
  std::vector<std::string> list(const std::string& name, const std::vector<std::string>& choices,
                                Diagnostics& diagnostics) const;
  bool empty() const { return given_.empty(); }

 private:
  struct Given {
    std::string text;
    Span flag, value;
  };
  std::map<std::string, Given> given_;
};

}  // namespace orrery
