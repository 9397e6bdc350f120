#pragma once

#include <memory>

#include "base/expected.hpp"
#include "network/collective.hpp"
#include "step/result.hpp"
#include "step/spec.hpp"

namespace orrery {

/// What a caller of `simulate_step` may ask for beyond the answer.
struct StepOptions {
  bool timeline = false;  ///< Keep every slot of the pipeline in `StepResult::timeline`.
};

/// One training step: its time with the breakdown that adds up to it, its memory by stage, its utilisation.
///
/// Layers are priced by shape (layer_cost.hpp), the pipeline's schedule is executed event by event (schedule.hpp), the
/// data-parallel tail and the optimizer follow. `network` prices the collectives. A layout that does not divide is an
/// `InvalidLayout`; one that does not fit in memory is a result whose `fits()` is false.
/// Left out: offload, zero-bubble and DualPipe schedules, stragglers and failures (the run level), data loading beyond
/// a fixed time.
Expected<StepResult, InvalidLayout> simulate_step(const StepSpec& spec, const CollectiveModel& network,
                                                  const StepOptions& options = {});

}  // namespace orrery
