#pragma once

#include "step/kernels/gemm.hpp"

namespace orrery {

/// One kernel that multiplies `groups` equal products (experts of a mixture, each with `shape.m` rows and weights of
/// its own). As `gemm_time`, with the tiles of all groups sharing the waves, K not split, and the
/// tensor efficiency times `grouped_efficiency` of the chip.
Seconds grouped_gemm_time(const GemmShape& shape, long long groups, NumberFormat format, const Chip& chip);

/// The expert layers of one chip: gate and up projection, activation, down projection, in and out permutation.
struct ExpertShape {
  double tokens = 1;  ///< Tokens that the router saw (each is copied to `top_k` experts of all `experts`).
  long long hidden = 1;
  long long ffn = 1;  ///< Width of one expert on this chip.
  long long top_k = 1;
  long long experts = 1;  ///< Experts of the layer.
  long long local = 1;    ///< Experts that this chip holds.
  bool gated = true;
  /// Copies that arrive at this chip over the mean over chips; at least 1 for the busiest chip.
  double imbalance = 1.0;
};

/// Expected number of the chip's experts that get any token when routing is even but random:
/// local (1 - (1 - top_k / experts)^tokens). An expert without tokens does not read its weights.
double active_experts(const ExpertShape& shape);

/// Forward device time of the fused expert operator: two grouped products, the activation between them and the
/// permutations around them as streams. Without operand casts.
Seconds experts_forward(const ExpertShape& shape, NumberFormat format, const Chip& chip);

}  // namespace orrery
