#pragma once

#include "step/parameters.hpp"
#include "step/result.hpp"
#include "step/spec.hpp"

namespace orrery {

/// What a stage holds: layers by kind, and which ends of the model.
struct StageContent {
  double layers = 0;            ///< Of all its kinds.
  double modules = 0;           ///< Multi-token-prediction modules.
  LayerParameters parameters;   ///< All layers of the stage and the ends that it holds.
  Bytes activations;            ///< Of all its layers, one micro-batch.
  Bytes backward;               ///< Of the layer that runs backward: what it computes again, and its gradients.
  double layer_parameters = 0;  ///< Of its largest layer: gathered whole under ZeRO-3.
  double end_parameters = 0;    ///< Of the ends that it holds: gathered as one unit under ZeRO-3.
  double placeholders = 0;      ///< Elements of its weight matrices, one of each shape.
  bool has_head = false;
};

/// Memory of a stage that holds `in_flight` micro-batches (in stage-fulls) at its peak. That is the largest of three
/// moments, each beside the state and what the micro-batches in flight keep: the loss on the last stage; the first
/// layer that runs backward, whose activations stand whole; and under ZeRO-3, when all activations are gone, the
/// gradient of the ends of the model, whole and once more in the format that it is reduced in.
StageMemory stage_memory(const StepSpec& spec, const StageContent& stage, double in_flight);

}  // namespace orrery
