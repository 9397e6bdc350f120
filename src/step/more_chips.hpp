#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "step/search.hpp"

namespace orrery {

/// A machine's network; a machine of another size may need another.
using NetworkOf = std::function<std::unique_ptr<CollectiveModel>(const Cluster&)>;

/// How many chips a job takes that fits on none of its layouts.
struct EnoughChips {
  std::optional<PlannedLayout> planned;  ///< The best layout on the fewest chips found; nothing where none fits.
  long long tried = 0;                   ///< The largest number of chips that was searched.
};

/// The fewest chips, in whole multiples of `base.cluster.chips`, on which a layout fits with the same global batch.
///
/// The number is doubled until something fits, up to 1,048,576 chips; between the last two numbers, eighths of the
/// first that are whole nodes (or divide one) are tried from the fewest up. Which numbers fit is not monotone, since
/// degrees must divide, so a number between those tried may do as well. The searches stop once they have costed 200,000
/// layouts: within about a second. Deterministic, as `plan_layouts` is.
EnoughChips enough_chips(const StepSpec& base, const NetworkOf& network_of, const PlanOptions& options);

}  // namespace orrery
