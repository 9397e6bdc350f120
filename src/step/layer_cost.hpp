#pragma once

#include "step/curves.hpp"
#include "step/spec.hpp"

namespace orrery {

/// What distinguishes the layers of one model: a mixture of experts or a dense MLP, windowed or full attention.
struct LayerKind {
  bool experts = false;
  bool windowed = false;
};

/// Time of one phase of one layer for one micro-batch on one chip, by what fills it, and the kernels that the host
/// issues for it. Communication is the exposed part.
struct PhaseCost {
  Seconds gemm, attention, memory_bound, tensor_comm, context_comm, expert_comm;
  Seconds hideable_exchange;   ///< Dispatch and combine that may run under another micro-batch; not in `device`.
  Seconds host_wait;           ///< The device waits for the host between routing and the experts.
  double kernels = 0;          ///< Of fixed shapes.
  double dynamic_kernels = 0;  ///< Of shapes that depend on the routing.

  Seconds device() const {
    return gemm + attention + memory_bound + tensor_comm + context_comm + expert_comm + host_wait;
  }
  PhaseCost& operator+=(const PhaseCost& other);
  friend PhaseCost operator*(PhaseCost phase, double factor);
};

/// Forward and backward of a layer (or of the embedding, or of the head). `recompute` is what the backward pass runs
/// again, already scaled by the share of layers that recompute.
struct LayerCost {
  PhaseCost forward, backward, recompute;
};

/// Cost of one layer of `kind`. Prices every operator of the layer by its shape: matrix products forward, and twice
/// backward; attention; streaming operators by the bytes they move; collectives by their curves, less what the software
/// overlaps. Hidden communication slows the compute over it by the compute units that it occupies.
LayerCost layer_cost(const StepSpec& spec, const LayoutCurves& curves, LayerKind kind);

/// Token embedding on the first stage.
LayerCost embedding_cost(const StepSpec& spec, const LayoutCurves& curves);

/// Final norm, logits and cross-entropy on the last stage, and the multi-token-prediction layers if there are any.
LayerCost head_cost(const StepSpec& spec, const LayoutCurves& curves);

/// Part of a collective of length `comm` that a window of compute of length `window` does not hide, plus the slowdown
/// of the compute under it.
Seconds exposed(Seconds comm, Seconds window, const StepSpec& spec);

/// Tokens of one micro-batch that one chip of a context-parallel group holds.
double tokens_per_chip(const StepSpec& spec);

/// Bytes of one activation element between operators.
double activation_bytes(Precision precision);

/// Bytes moved to cast one 16-bit element to the operands of narrow products, straight and transposed (the weight
/// gradient needs it the other way round); 0 in 16 bits and wider. Two levels of scales (NVFP4) take a pass of their
/// own for the largest magnitude (Micikevicius et al., arXiv:2209.05433; NVIDIA, arXiv:2509.25149, section 3).
double cast_bytes(Precision precision);

/// Number format of the layers' matrix products under a recipe.
NumberFormat tensor_format(Precision precision);

/// The attention kernel that runs: FlashAttention and its kin take 16-bit operands only.
AttentionKernel attention_kernel(const StepSpec& spec);

bool is_fp8(Precision precision);
bool is_fp4(Precision precision);

}  // namespace orrery
