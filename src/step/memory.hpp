#pragma once

#include "step/layer_cost.hpp"
#include "step/result.hpp"
#include "step/spec.hpp"

namespace orrery {

/// Parameters of one layer on one chip, by how they are sharded: `dense` over tensor parallelism, `experts` over
/// expert parallelism. Counts.
struct LayerParameters {
  double dense = 0;
  double experts = 0;
};
LayerParameters layer_parameters(const Transformer& model, const Layout& layout, LayerKind kind);

/// Parameters of the token (and position) embedding, and of the output head, on one chip.
double embedding_parameters(const Transformer& model, const Layout& layout);
double head_parameters(const Transformer& model, const Layout& layout);

/// Bytes that the backward pass of one layer needs from the forward pass of one micro-batch: the inputs of its
/// products, norms and activations, attention's operands, dropout masks (Korthikanti et al. 2022, section 4, extended
/// to GQA, MLA, gated MLPs, mixtures of experts and FP8 operands).
Bytes saved_activations(const StepSpec& spec, LayerKind kind);
/// What a fully recomputed layer keeps: its input.
Bytes checkpoint_bytes(const StepSpec& spec);
/// Logits, their gradient and the loss's FP32 copies at their peak on the last stage.
Bytes head_bytes(const StepSpec& spec);

/// What a stage holds: layers by kind, and which ends of the model.
struct StageContent {
  double layers = 0;              ///< Of the model's first kind.
  LayerParameters parameters;     ///< All layers of the stage and the ends that it holds.
  Bytes activations;              ///< Of all its layers, one micro-batch.
  Bytes largest_layer;            ///< Saved activations of its largest layer (recomputed while it runs backward).
  double largest_parameters = 0;  ///< Of its largest layer: gathered whole under ZeRO-3.
  bool has_head = false;
};

/// Memory of a stage that holds `in_flight` micro-batches (in stage-fulls) at its peak.
StageMemory stage_memory(const StepSpec& spec, const StageContent& stage, double in_flight);

}  // namespace orrery
