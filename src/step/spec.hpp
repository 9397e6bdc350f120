#pragma once

#include <algorithm>
#include <string>

#include "hardware/cluster.hpp"
#include "model/transformer.hpp"

namespace orrery {

/// Numerics of a training job. In all of them master weights and reductions stay in higher precision.
enum class Precision {
  Fp32,
  Fp16,
  Bf16,
  Fp8Tensorwise,  ///< One scale a tensor, delayed or current (Transformer Engine, torchao).
  Fp8Blockwise,   ///< DeepSeek-V3's 1x128 and 128x128 blocks.
  Mxfp8,          ///< OCP microscaling, 32-element blocks (Blackwell).
  Nvfp4,          ///< 16-element blocks, forward and data gradient in FP4.
};

/// Activations that the backward pass computes again.
enum class Recompute { None, Selective, Full };

enum class Schedule { GPipe, OneForwardOneBackward };  ///< With vpp > 1 the latter interleaves.

/// Task: what is trained.
enum class Task { Pretrain, FineTune, Lora };

/// Stages of the longest pipeline that is simulated: eight times those of the largest published run, and few enough to
/// execute its schedule.
inline constexpr int kMostStages = 512;

/// A parallel layout. `tp * pp * cp * dp` chips; `ep` takes its chips from dp (and cp).
struct Layout {
  int tp = 1;         ///< Tensor parallel.
  int pp = 1;         ///< Pipeline stages.
  int vpp = 1;        ///< Model chunks a stage (interleaving).
  int cp = 1;         ///< Context parallel.
  int ep = 1;         ///< Expert parallel.
  int expert_tp = 1;  ///< Tensor parallel inside an expert.
  int dp = 1;         ///< Data parallel.
  bool sequence_parallel = false;
  int zero = 0;         ///< 0: replicated, 1: optimizer, 2: + gradients, 3: + parameters (FSDP) sharded over dp.
  int shard_group = 0;  ///< Hybrid sharding: chips over which ZeRO shards; 0 is all of dp.
  int micro_batch = 1;  ///< Sequences.
  Recompute recompute = Recompute::None;
  int recompute_layers = 0;  ///< With Full: layers of a stage recomputed; 0 is all.
  Schedule schedule = Schedule::OneForwardOneBackward;

  /// Never overflows: beyond any machine it stays at 10^15.
  long long chips() const {
    constexpr double kMost = 1e15;  // Whole numbers below are exact in a double.
    return static_cast<long long>(std::min(kMost, 1.0 * tp * pp * cp * dp));
  }
  friend bool operator==(const Layout&, const Layout&) = default;
};

/// What is trained on, and how.
struct Training {
  int sequence = 2048;           ///< Tokens a sequence.
  long long global_batch = 512;  ///< Sequences a step.
  Precision precision = Precision::Bf16;
  Task task = Task::Pretrain;
  double expert_imbalance = 1.0;  ///< Load of the busiest expert group over the mean; 1 is balanced.
};

/// Which attention kernel a software stack runs.
enum class AttentionKernel {
  Unfused,  ///< Separate score, softmax and value kernels that write the s x s matrix (before FlashAttention).
  Flash,    ///< FlashAttention 1/2 class.
  Tuned,    ///< FlashAttention 3, cuDNN, CK or Splash class.
};

/// Which tensor-parallel collectives run under matrix products.
enum class TensorOverlap {
  None,      ///< All are exposed.
  Backward,  ///< The input gradient's collective runs under the weight gradient.
  Full,      ///< Also gathers and scatters, exchanged in chunks around a ring while the product runs.
};

/// A dated, named set of what a framework does: switches and measured host constants only; no efficiency factor.
struct Software {
  std::string name;
  AttentionKernel attention = AttentionKernel::Flash;
  bool fused_elementwise = true;  ///< Norm, bias + activation, and residual each run as one kernel.
  bool dropout = false;           ///< Attention and residual dropout are on (GPT-3 era recipes).
  bool graphs = false;            ///< CUDA graphs, a compiled step, XLA: the host issues a layer at a time.
  TensorOverlap tensor_overlap = TensorOverlap::Backward;
  bool overlap_dp = true;                 ///< Gradient reduction and parameter gathering run under compute.
  bool overlap_pp = false;                ///< Pipeline sends run under compute.
  bool overlap_ep = false;                ///< Token dispatch and combine run under another micro-batch's compute.
  bool dispatch_once_per_domain = false;  ///< A token's copies for one scale-up domain cross the network once (DeepEP).
  bool fused_gradient_accumulation = true;  ///< Weight-gradient products add into the FP32 main gradient themselves.
  bool gradients_fp32 = true;               ///< Gradients are held and reduced in FP32, otherwise in 16 bits.
  Seconds host_per_kernel{6e-6};            ///< Time to issue one kernel from the framework.
  Seconds host_per_step{10e-3};             ///< Fixed host time a step: data, optimizer bookkeeping, logging.
  double communication_units = 16;          ///< Compute units that a running collective occupies (NCCL channels).
};

/// Everything one training step depends on.
struct StepSpec {
  Transformer model;
  Cluster cluster;
  Layout layout;
  Training training;
  Software software;
};

}  // namespace orrery
