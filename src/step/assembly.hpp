#pragma once

#include <vector>

#include "step/schedule.hpp"
#include "step/stage_cost.hpp"

namespace orrery {

/// A layout's stages, priced: what `simulate_step` executes and what the search evaluates in closed form.
struct Assembly {
  PipelineWork work;
  std::vector<ChunkCost> chunks;    ///< [stage * vpp + chunk]
  std::vector<StageMemory> memory;  ///< [stage]
  std::vector<StageTail> tails;     ///< [stage]
};

Assembly assemble(const StepSpec& spec, const LayoutPrices& prices, const DataCurves& data, const LayerIndex& layers);

/// End of the step, given when each stage ends its slots: the slowest stage's exposed reduction, then the optimizer
/// behind a barrier (gradient clipping needs the norm over all), then the fixed time.
Seconds step_end(const StepSpec& spec, const Assembly& assembly, const std::vector<Seconds>& finish);

/// What a send between stages costs, for one micro-batch.
struct PipelineSend {
  Seconds hop;   ///< Delays the stage that waits for it.
  Seconds slot;  ///< Lengthens every slot of interleaved stages: the send, or the price of having it run under compute.
};
PipelineSend pipeline_send(const StepSpec& spec, const DataCurves& data);

}  // namespace orrery
