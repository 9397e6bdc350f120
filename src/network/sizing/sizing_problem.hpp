#pragma once

#include <string>

namespace orrery {

/// Why a fabric cannot be built as asked, and the likely fix.
struct SizingProblem {
  /// The input that it is about.
  enum class About { Chips, Switches, Tiers, Oversubscription, Node } about = About::Tiers;
  std::string message;
  std::string hint;
};

}  // namespace orrery
