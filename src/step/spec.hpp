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
  int recompute_layers = 0;  ///< With Full: of the layers / pp of a stage those recomputed; 0 is all.
  Schedule schedule = Schedule::OneForwardOneBackward;

  /// Never overflows: beyond any machine it stays at 10^15.
  long long chips() const {
    constexpr double kMost = 1e15;  // Whole numbers below are exact in a double.
    return static_cast<long long>(std::min(kMost, 1.0 * tp * pp * cp * dp));
  }
  /// Whether gradients are scattered to their shards in every micro-batch. Under ZeRO-2 a pipeline accumulates them
  /// whole until its last micro-batch: scattering each would cost its bytes as often (Llama 3,
  /// arXiv:2407.21783, 3.3.2).
  bool shards_gradients() const { return zero == 3 || (zero == 2 && pp == 1); }
  friend bool operator==(const Layout&, const Layout&) = default;
};

/// What is trained on, and how.
struct Training {
  int sequence = 2048;           ///< Tokens a sequence.
  long long global_batch = 512;  ///< Sequences a step.
  Precision precision = Precision::Bf16;
  /// Mean length of the documents packed into a sequence, in tokens, where attention stays within each (variable-length
  /// kernels); 0: attention spans the sequence.
  int document_length = 0;
  double expert_imbalance = 1.0;  ///< Load of the busiest expert group over the mean; 1 is balanced.

  friend bool operator==(const Training&, const Training&) = default;
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

/// What a loss over the logits holds of them, and of their gradient, at its peak.
enum class LossKernel {
  Fused,    ///< Reads the logits and writes their gradient in the same format, FP32 in registers (Triton, compiled).
  InPlace,  ///< One FP32 copy, which becomes the softmax and then the gradient (Megatron-LM's vocabulary-parallel
            ///< loss).
  Unfused,  ///< Log-probabilities, their gradient and the logits' gradient, each in FP32 (PyTorch, not compiled).
};

/// What selective recomputation runs again where attention keeps no scores.
enum class SelectiveRecompute {
  CheapResults,        ///< Norms, activations, latent up-projections.
  EverySecondProduct,  ///< All but attention and the first, third, fifth, ... matrix product (torchtitan's "op").
};

/// Where token dispatch and combine run under the compute of another micro-batch.
enum class ExpertOverlap {
  None,
  Interleaved,  ///< Where they cross scale-up domains and the pipeline interleaves; in a step that is one graph.
  Full,         ///< Everywhere (DualPipe).
};

/// What the host issues in one go.
enum class Graphs {
  None,    ///< Every kernel by itself.
  Static,  ///< CUDA graphs of what has fixed shapes: all but the experts, which get as many tokens as are routed.
  Step,    ///< A compiled or captured step (XLA), experts included.
};

/// A dated, named set of what a framework does: switches and measured host constants only; no efficiency factor.
struct Software {
  std::string name;
  AttentionKernel attention = AttentionKernel::Flash;
  bool fused_elementwise = true;  ///< Norm, bias + activation, and residual each run as one kernel.
  bool dropout = false;           ///< Attention and residual dropout are on (GPT-3 era recipes).
  Graphs graphs = Graphs::None;
  TensorOverlap tensor_overlap = TensorOverlap::Backward;
  bool overlap_dp = true;   ///< Gradient reduction and parameter gathering run under compute.
  bool overlap_pp = false;  ///< Pipeline sends run under compute.
  ExpertOverlap overlap_ep = ExpertOverlap::None;
  bool fused_dispatch = false;  ///< A token is sent once to each domain and rank, and sorted on arrival (DeepEP).
  bool fused_experts = false;   ///< Block-scaled experts are sync-free kernels with activation and casts inside.
  bool fused_gradient_accumulation = true;  ///< Weight-gradient products add into the FP32 main gradient themselves.
  bool gradients_fp32 = true;               ///< Gradients are held and reduced in FP32, otherwise in 16 bits.
  /// Such products still hand the framework a 16-bit gradient that nobody fills: one a shape, kept (Transformer
  /// Engine).
  bool gradient_placeholders = false;
  bool weights_in_experts = false;  ///< Routing weights scale the experts' activations: their outputs are not kept.
  LossKernel loss = LossKernel::InPlace;
  SelectiveRecompute selective = SelectiveRecompute::CheapResults;
  Seconds host_per_kernel{6e-6};  ///< Time to issue one kernel from the framework.
  Seconds host_per_step{10e-3};   ///< Fixed host time a step: data, optimizer bookkeeping, logging.
  /// Wait at a dispatch or combine of experts that are in no graph: the host reads from the device how many tokens
  /// arrived before it can issue what follows, and the slowest host of the group is waited for.
  Seconds host_per_exchange{0};
  double communication_units = 16;  ///< Compute units that a running collective occupies (NCCL channels).

  friend bool operator==(const Software&, const Software&) = default;
};

/// Everything one training step depends on.
struct StepSpec {
  Transformer model;
  Cluster cluster;
  Layout layout;
  Training training;
  Software software;

  friend bool operator==(const StepSpec&, const StepSpec&) = default;
};

}  // namespace orrery
