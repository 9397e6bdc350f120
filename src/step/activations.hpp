#pragma once

#include "step/layer_cost.hpp"
#include "step/spec.hpp"

namespace orrery {

/// Bytes that the backward pass of one layer needs from the forward pass of one micro-batch: the inputs of its
/// products, norms and activations, attention's operands, dropout masks (Korthikanti et al. 2022, section 4, extended
/// to GQA, MLA, gated MLPs, mixtures of experts and operands of 8 and 4 bits). `saved_activations` leaves out what
/// selective recomputation runs again; `whole_activations` nothing: a recomputed layer stands whole while it runs
/// backward.
Bytes saved_activations(const StepSpec& spec, LayerKind kind);
Bytes whole_activations(const StepSpec& spec, LayerKind kind);

/// What a fully recomputed layer keeps: its input.
Bytes checkpoint_bytes(const StepSpec& spec);

/// Gradients that stand beside a layer's activations at the peak of its backward pass: of the output, and of what went
/// into the activation function (two matrices wide in a gated MLP). The MLP runs backward first, when everything else
/// of the layer is still held; the gradient of its second input takes the place of that input.
Bytes backward_workspace(const StepSpec& spec, LayerKind kind);

/// The loss at its peak on the last stage: logits, their gradient and FP32 copies as `Software::loss` has them, or the
/// head's weight gradient beside what is left of them, whichever is more; what the losses of prediction modules keep;
/// and the final norm's input and output.
Bytes head_bytes(const StepSpec& spec);
/// The 16-bit logits' block, which an unfused loss frees and cannot use again: its copies are twice as large.
Bytes stranded_logits(const StepSpec& spec);

/// Bytes of an element of a matrix product's saved operand, block scales included.
double operand_bytes(Precision precision);

}  // namespace orrery
