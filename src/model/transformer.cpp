#include "model/transformer.hpp"

#include <algorithm>

#include "base/check.hpp"
#include "model/parameter_parts.hpp"

namespace orrery {
namespace {

/// Shared experts and router of one layer, the parts that every token meets.
double shared_matrices(const Transformer& model) {
  const Experts& e = *model.experts;
  return mlp_matrices(model, e.shared_ffn) + static_cast<double>(model.hidden) * e.count;
}

/// Adds one layer to the count.
void add_layer(const Transformer& model, bool moe, ParameterCount& count) {
  count.attention += attention_matrices(model) + attention_biases(model);
  count.norms += layer_norms(model);
  if (moe) {
    const Experts& e = *model.experts;
    count.experts += e.count * (mlp_matrices(model, e.expert_ffn) + mlp_biases(model, e.expert_ffn));
    count.dense_mlp += shared_matrices(model) + (model.biases ? e.count : 0);
  } else {
    count.dense_mlp += mlp_matrices(model, model.ffn) + mlp_biases(model, model.ffn);
  }
}

/// Matrix parameters that one token meets in a layer.
double active_matrices(const Transformer& model, bool moe) {
  if (!moe) return attention_matrices(model) + mlp_matrices(model, model.ffn);
  const Experts& e = *model.experts;
  return attention_matrices(model) + shared_matrices(model) + e.top_k * mlp_matrices(model, e.expert_ffn);
}

/// Mean number of positions that a token sees at or before itself, as an area: the triangle, cut off at the window.
double causal_context(double sequence, double window) {
  if (window <= 0 || window >= sequence) return sequence / 2;
  return window - window * window / (2 * sequence);
}

/// Elements of a score and of a value head.
double head_elements(const Attention& a) {
  return a.latent ? a.latent->nope_dim + a.latent->rope_dim + a.latent->value_dim : 2.0 * a.head_dim;
}

}  // namespace

bool Transformer::is_moe_layer(int layer) const {
  if (!experts || layer < experts->first_dense_layers) return false;
  const int every = std::max(1, experts->every);
  return (layer - experts->first_dense_layers) % every == every - 1;
}

bool Transformer::is_full_attention_layer(int layer) const {
  if (attention.window <= 0) return true;
  if (attention.full_every <= 0) return false;
  return layer % attention.full_every == attention.full_every - 1;
}

ParameterCount parameters(const Transformer& model) {
  const double h = model.hidden;
  ParameterCount count;
  count.embedding = h * model.vocab;
  if (model.position == Position::Learned) count.embedding += h * model.max_positions;
  if (!model.tied_embeddings) count.head = h * model.vocab;
  for (int layer = 0; layer < model.layers; ++layer) add_layer(model, model.is_moe_layer(layer), count);
  count.norms += norm_parameters(model, h);
  count.active = count.total();
  if (model.experts && model.experts->count > 0) {
    count.active -= count.experts * (1.0 - static_cast<double>(model.experts->top_k) / model.experts->count);
  }
  if (model.mtp_layers > 0) {
    // One more layer behind a 2h -> h projection, with a norm on each half and one before the shared head
    // (DeepSeek-V3, arXiv:2412.19437, section 2.2).
    ParameterCount module;
    add_layer(model, model.experts.has_value(), module);
    count.mtp = model.mtp_layers * (module.total() + 2 * h * h + 3 * norm_parameters(model, h));
  }
  return count;
}

Flops training_flops(const Transformer& model, double tokens, int sequence, AttentionFlops attention) {
  ORRERY_CHECK(sequence > 0, "a sequence holds at least one token");
  const double logits = static_cast<double>(model.hidden) * model.vocab;
  double matrices = logits;
  double context = 0;  // summed over layers
  for (int layer = 0; layer < model.layers; ++layer) {
    matrices += active_matrices(model, model.is_moe_layer(layer));
    context += causal_context(sequence, model.is_full_attention_layer(layer) ? 0 : model.attention.window);
  }
  const double projection = 2.0 * model.hidden * model.hidden;
  matrices += model.mtp_layers * (active_matrices(model, model.experts.has_value()) + projection + logits);
  context += model.mtp_layers * causal_context(sequence, 0);
  if (attention == AttentionFlops::Full) context *= 2;
  // 6: a multiplication and an addition, forward and twice backward.
  const double pairs = context * model.attention.heads * head_elements(model.attention);
  return Flops(6 * tokens * (matrices + pairs));
}

}  // namespace orrery
