#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "validate/collective_evaluate.hpp"

namespace orrery {

/// How unlike two measured collectives are, in doublings, as `unlikeness` of steps: another collective 2; another chip
/// 1, and the doublings of its link; one domain against many 2; the doublings of the ranks and of the NIC's rate, half
/// of them each; a quarter of those of the payload. Chosen by hand, for display only: no answer depends on it.
double unlikeness(const CollectiveMeaning& a, const CollectiveMeaning& b);

/// A published collective and how far the model is off on it.
struct CollectiveReference {
  std::string id;
  CollectiveMeaning meaning;
  double relative_error = 0;
};

/// The rows of data/reference/collectives.csv that the model can be asked about.
std::vector<CollectiveReference> collective_references(const RowPresets& presets);

/// At most k references most like `meaning`, nearest first (ties by id): of the same collective, and like it inside a
/// domain or across. None where nobody measured that.
std::vector<const CollectiveReference*> nearest_collectives(const CollectiveMeaning& meaning,
                                                            const std::vector<CollectiveReference>& references,
                                                            std::size_t k);

}  // namespace orrery
