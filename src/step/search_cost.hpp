#pragma once

#include <array>

#include "step/assembly.hpp"
#include "step/prices.hpp"
#include "step/result.hpp"
#include "step/stage_cost.hpp"

namespace orrery {

/// Time and memory of a layout as the search sees them.
struct LayoutCost {
  Seconds time;
  Bytes memory;  ///< Largest need over the stages, everything included.
};

/// Costs a layout from tabulated prices in closed form, without allocation where it is regular. `spec.layout` must be
/// valid. Memory equals `simulate_step`'s to the bit; time equals it wherever `regular_makespan` is exact
/// (schedule.hpp).
LayoutCost layout_cost(const StepSpec& spec, const LayoutPrices& prices, const DataCurves& data,
                       const LayerIndex& layers);

/// A layout is regular when all chunks of its pipeline hold the same number of layers of the same kind. Its stages are
/// then of at most three kinds: the first, the last, and those between, which differ only in how much they hold in
/// flight, less and less.
bool is_regular(const StepSpec& spec, const LayerIndex& layers);
enum StageKind { kFirstStage, kLastStage, kMiddleStage };
template <class T>
using ByStageKind = std::array<T, 3>;

// `layout_cost` of a regular layout in parts, each a function of few inputs, so that a search computes a part once for
// all layouts that share its inputs.

/// Slots of one stage for one micro-batch, sends between stages left out.
struct StageSlots {
  Seconds forward, backward;              ///< All chunks.
  Seconds first_forward, first_backward;  ///< The first chunk.
};
/// Depends on all of the layout but dp (and ZeRO below 2), and on tensor overlap; not on the other overlaps.
ByStageKind<StageSlots> regular_slots(const StepSpec& spec, const LayoutPrices& prices, const DataCurves& data,
                                      const LayerIndex& layers);
/// Depends on tp, cp, ep, expert_tp, pp; the activations also on micro-batch, sequence parallelism and recomputation.
ByStageKind<StageContent> regular_content(const StepSpec& spec, const LayoutPrices& prices, const LayerIndex& layers);
/// Depends on the layout, not on the software's overlaps.
Bytes regular_memory(const StepSpec& spec, const ByStageKind<StageContent>& content);
/// Depends on tp, cp, ep, expert_tp, pp, dp and ZeRO.
ByStageKind<StageExchange> regular_exchange(const StepSpec& spec, const DataCurves& data,
                                            const ByStageKind<StageContent>& content);
/// Arithmetic over the above.
Seconds regular_time(const StepSpec& spec, const ByStageKind<StageSlots>& slots,
                     const ByStageKind<StageExchange>& exchange, const PipelineSend& send);

}  // namespace orrery
