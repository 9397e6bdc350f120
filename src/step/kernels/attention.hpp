#pragma once

#include "base/quantity.hpp"
#include "hardware/cluster.hpp"
#include "step/spec.hpp"

namespace orrery {

/// Self-attention of one layer on one chip: scores, softmax and weighted values, without projections.
struct AttentionShape {
  long long batch = 1;
  long long heads = 1;     ///< Query heads on this chip.
  long long kv_heads = 1;  ///< Heads of keys and values on this chip.
  long long q_len = 1;
  long long kv_len = 1;    ///< At least `q_len` when causal: queries are the last tokens.
  long long qk_dim = 128;  ///< Width of a query and of a key (MLA: without plus with position).
  long long v_dim = 128;
  bool causal = true;
  long long window = 0;  ///< Keys that a query sees at most; 0 is all.
  // Only the unfused kernel distinguishes these.
  bool dropout = false;       ///< Attention probabilities are dropped at random.
  bool fused_softmax = true;  ///< Scale, mask and softmax are one kernel (Megatron-LM from 2020 on).
};

/// Products of the forward pass that a kernel which skips masked scores does: 2 (qk_dim + v_dim) for each score. Causal
/// counts the visible half.
Flops attention_flops(const AttentionShape& shape);

/// Device time of attention's forward pass.
///
/// Flash and Tuned (Dao 2023, arXiv:2307.08691; Shah et al. 2024, arXiv:2407.08608): blocks of 128 queries loop over
/// blocks of 128 keys. A score takes its multiply-adds at the chip's attention efficiency plus the part of its softmax
/// that these do not hide; a block of queries takes a fixed start and end. Blocks spread over the compute units; half
/// of the longest block ends alone. Memory moves queries, keys, values and results once. `Flash` runs at
/// `attention_flash_share` of the speed of `Tuned`: 1 where FlashAttention 2 is the best there is, 0.55 on Hopper.
///
/// Unfused: product, softmax passes over the whole q x kv matrix in 16 bits (masked half included), product; see
/// docs/kernels.md for its passes.
Seconds attention_forward(const AttentionShape& shape, AttentionKernel kind, NumberFormat format, const Chip& chip);

/// Device time of the backward pass. Flash and Tuned: five products where the forward pass has two (2.5 times its
/// operations, recomputing scores) at `attention_backward_share` of the forward speed. Unfused: four products and the
/// passes of dropout's and softmax's gradients.
Seconds attention_backward(const AttentionShape& shape, AttentionKernel kind, NumberFormat format, const Chip& chip);

}  // namespace orrery
