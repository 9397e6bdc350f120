#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/quantity.hpp"

namespace orrery {

/// Multi-head latent attention, MLA (DeepSeek-V2, arXiv:2405.04434, section 2.1).
struct LatentAttention {
  int q_rank = 0;     ///< Rank of the query compression; 0 means queries are projected directly.
  int kv_rank = 0;    ///< Rank of the joint key-value compression.
  int nope_dim = 0;   ///< Per-head dimension without rotary position.
  int rope_dim = 0;   ///< Per-head (shared key) dimension with rotary position.
  int value_dim = 0;  ///< Per-head value dimension.

  friend bool operator==(const LatentAttention&, const LatentAttention&) = default;
};

/// Attention of one layer. Multi-head (kv_heads == heads), grouped-query, multi-query, or multi-head latent (MLA).
struct Attention {
  int heads = 0;
  int kv_heads = 0;
  int head_dim = 0;    ///< Of a query or key head; for MLA the sum of its two parts.
  int window = 0;      ///< Sliding window in tokens; 0 is full attention.
  int full_every = 1;  ///< With a window: every n-th layer keeps full attention (0: none does).
  bool qkv_bias = false;
  bool qk_norm = false;      ///< A norm over each query and key head (Qwen3, Gemma 3).
  bool output_gate = false;  ///< A sigmoid gate of its own projection on every element of the output; not with MLA.

  using Latent = LatentAttention;
  std::optional<Latent> latent;

  friend bool operator==(const Attention&, const Attention&) = default;
};

/// Mixture of experts (in the layers that have it). `expert_ffn` is the width of one routed expert.
struct Experts {
  int count = 0;
  int top_k = 0;
  int expert_ffn = 0;
  int shared_ffn = 0;          ///< Total width of the shared experts; 0 is none.
  int first_dense_layers = 0;  ///< Leading layers with a dense MLP.
  int every = 1;               ///< Of the rest, every n-th layer is a mixture.

  friend bool operator==(const Experts&, const Experts&) = default;
};

enum class Position { Rotary, Learned, Alibi, None };
enum class Norm { LayerNorm, RmsNorm };

/// A decoder-only transformer, as wide as its weights are.
struct Transformer {
  std::string name;
  int layers = 0;
  int hidden = 0;
  Attention attention;
  int ffn = 0;             ///< Width of the dense MLP.
  bool gated_mlp = false;  ///< SwiGLU and kin: three matrices instead of two.
  std::optional<Experts> experts;
  int vocab = 0;
  bool tied_embeddings = false;
  bool parallel_block = false;  ///< Attention and MLP read the same input (PaLM, Falcon, GPT-J).
  bool biases = false;          ///< Linear layers carry biases (GPT-2/3, OPT, BLOOM).
  Norm norm = Norm::RmsNorm;
  bool post_norms = false;  ///< Also a norm after attention and after the MLP (Gemma 2 and 3).
  Position position = Position::Rotary;
  int max_positions = 0;  ///< Rows of a learned position table.
  int mtp_layers = 0;     ///< Multi-token-prediction layers after the last (DeepSeek-V3).

  bool is_moe_layer(int layer) const;             ///< `layer` counts from 0; the n-th of every n is the one.
  bool is_full_attention_layer(int layer) const;  ///< True for all layers of a model without a window.
  friend bool operator==(const Transformer&, const Transformer&) = default;
};

/// Parameters by where they live. Counts, not bytes.
struct ParameterCount {
  double embedding = 0;  ///< Token (and learned position) embedding.
  double head = 0;       ///< Output projection; 0 when tied.
  double attention = 0;  ///< All layers.
  double dense_mlp = 0;  ///< All dense layers, and shared experts and routers.
  double experts = 0;    ///< Routed experts of all layers.
  double norms = 0;
  /// As published sizes count: without the multi-token-prediction modules, which only training uses.
  double total() const { return embedding + head + attention + dense_mlp + experts + norms; }
  double active = 0;  ///< Of the total, used by one token: experts count top_k / count.
  double mtp = 0;     ///< Multi-token-prediction modules; embedding and head are shared with the main model.
};

/// Parameters of the whole model. Left out: the norm after the embedding (BLOOM), attention sinks (GPT-OSS), the
/// router's balancing bias (DeepSeek-V3), a shared expert's gate (Qwen2-MoE): below one part in ten thousand together.
ParameterCount parameters(const Transformer& model);

/// How attention's operations are counted in a reported utilisation.
enum class AttentionFlops { Full, Causal };

/// Model FLOPs of one training step (forward + 2x backward, no recomputation), for `tokens` tokens in sequences of
/// `sequence`: 6 per matrix parameter and token that it meets (top_k experts; the embedding look-up is none, the logits
/// are, tied or not), and 6 per pair of positions for each element of a score and of a value head.
///
/// `Causal` counts the pairs below the diagonal (and within the window); `Full` twice as many, which without a window
/// is the whole square: 12 x layers x sequence x heads x head_dim a token. Multi-token-prediction modules count.
/// Biases, norms, activations, softmax and rotary embedding are left out, as all published conventions do.
Flops training_flops(const Transformer& model, double tokens, int sequence, AttentionFlops attention);

}  // namespace orrery
