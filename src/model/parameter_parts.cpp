#include "model/parameter_parts.hpp"

#include <algorithm>

namespace orrery {
namespace {

double key_value_width(const Transformer& model, int tp) {
  return 2 * std::max(1.0, static_cast<double>(model.attention.kv_heads) / tp) * model.attention.head_dim;
}

}  // namespace

double attention_matrices(const Transformer& model, int tp) {
  const Attention& a = model.attention;
  const double h = model.hidden;
  const double heads = static_cast<double>(a.heads) / tp;
  if (a.latent) {
    const Attention::Latent& l = *a.latent;
    const double query_width = heads * (l.nope_dim + l.rope_dim);
    const double query = l.q_rank > 0 ? h * l.q_rank + l.q_rank * query_width : h * query_width;
    const double key_value = h * (l.kv_rank + l.rope_dim) + l.kv_rank * heads * (l.nope_dim + l.value_dim);
    return query + key_value + heads * l.value_dim * h;
  }
  const double query_width = heads * a.head_dim;
  const double gate = a.output_gate ? query_width : 0.0;
  return h * (2 * query_width + gate + key_value_width(model, tp));
}

double attention_biases(const Transformer& model, int tp) {
  const Attention& a = model.attention;
  if (a.latent || !(model.biases || a.qkv_bias)) return 0.0;
  const double queries = static_cast<double>(a.heads) / tp * a.head_dim;
  return queries + key_value_width(model, tp) + (model.biases ? model.hidden : 0.0);
}

double mlp_matrices(const Transformer& model, double ffn) {
  return (model.gated_mlp ? 3.0 : 2.0) * model.hidden * ffn;
}

double mlp_biases(const Transformer& model, double ffn) {
  if (!model.biases) return 0.0;
  return (model.gated_mlp ? 2.0 : 1.0) * ffn + model.hidden;
}

double norm_parameters(const Transformer& model, double width) {
  return model.norm == Norm::LayerNorm ? 2 * width : width;
}

double layer_norms(const Transformer& model) {
  const Attention& a = model.attention;
  const int count = (model.parallel_block ? 1 : 2) + (model.post_norms ? 2 : 0);
  double norms = count * norm_parameters(model, model.hidden);
  if (a.qk_norm) norms += 2 * norm_parameters(model, a.head_dim);
  if (a.latent) norms += norm_parameters(model, a.latent->q_rank) + norm_parameters(model, a.latent->kv_rank);
  return norms;
}

}  // namespace orrery
