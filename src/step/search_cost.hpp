#pragma once

#include "step/prices.hpp"
#include "step/result.hpp"

namespace orrery {

/// Time and memory of a layout as the search sees them.
struct LayoutCost {
  Seconds time;
  Bytes memory;  ///< Largest need over the stages, everything included.
};

/// Costs a layout from tabulated prices in closed form, without allocation where the model's layers are all of one kind
/// and divide evenly. `spec.layout` must be valid. Memory equals `simulate_step`'s to the bit; time equals it wherever
/// `regular_makespan` is exact (schedule.hpp).
LayoutCost layout_cost(const StepSpec& spec, const LayoutPrices& prices, const DataCurves& data,
                       const LayerIndex& layers);

}  // namespace orrery
