#include "step/parameters.hpp"

#include <algorithm>

#include "step/layout.hpp"

namespace orrery {
namespace {

double norm_width(const Transformer& model, double width) {
  return model.norm == Norm::LayerNorm ? 2 * width : width;
}

double key_value_width(const Transformer& model, double tp) {
  return 2 * std::max(1.0, model.attention.kv_heads / tp) * model.attention.head_dim;
}

/// Biases of queries, keys and values follow the heads; that of the output stands on every rank.
double attention_biases(const Transformer& model, double tp) {
  const Attention& a = model.attention;
  if (a.latent || !(model.biases || a.qkv_bias)) return 0.0;
  return a.heads / tp * a.head_dim + key_value_width(model, tp) + (model.biases ? model.hidden : 0.0);
}

double layer_norms(const Transformer& model) {
  const Attention& a = model.attention;
  const int count = (model.parallel_block ? 1 : 2) + (model.post_norms ? 2 : 0);
  double norms = count * norm_width(model, model.hidden);
  if (a.qk_norm) norms += 2 * norm_width(model, a.head_dim);
  if (a.latent) norms += norm_width(model, a.latent->q_rank) + norm_width(model, a.latent->kv_rank);
  return norms;
}

/// Of an MLP of which this chip holds `ffn` columns.
double mlp_matrices(const Transformer& model, double ffn) {
  return (model.gated_mlp ? 3 : 2) * static_cast<double>(model.hidden) * ffn;
}
double mlp_biases(const Transformer& model, double ffn) {
  return model.biases ? (model.gated_mlp ? 2 : 1) * ffn + model.hidden : 0.0;
}

}  // namespace

LayerParameters layer_parameters(const Transformer& model, const Layout& layout, LayerKind kind) {
  const double tp = layout.tp;
  LayerParameters count;
  count.dense = attention_matrices(model, layout.tp) + attention_biases(model, tp) + layer_norms(model);
  if (kind.experts && model.experts) {
    const Experts& e = *model.experts;
    const double router = static_cast<double>(model.hidden) * e.count + (model.biases ? e.count : 0.0);
    count.dense += mlp_matrices(model, e.shared_ffn / tp) + router;
    const double width = static_cast<double>(e.expert_ffn) / layout.expert_tp;
    const double held = static_cast<double>(e.count) / layout.ep;
    count.experts = held * (mlp_matrices(model, width) + mlp_biases(model, width));
  } else {
    count.dense += mlp_matrices(model, model.ffn / tp) + mlp_biases(model, model.ffn / tp);
  }
  return count;
}

double embedding_parameters(const Transformer& model, const Layout& layout) {
  const double positions = model.position == Position::Learned ? model.max_positions : 0;
  return model.hidden * (vocab_per_chip(model, layout) + positions);
}

double head_parameters(const Transformer& model, const Layout& layout) {
  return model.hidden * vocab_per_chip(model, layout);
}

double final_norm_parameters(const Transformer& model) {
  return norm_width(model, model.hidden);
}

LayerParameters prediction_parameters(const Transformer& model, const Layout& layout) {
  const double h = model.hidden;
  LayerParameters one = layer_parameters(model, layout, {model.experts.has_value(), false});
  one.dense += 2 * h * h / layout.tp + 3 * norm_width(model, h);
  return {model.mtp_layers * one.dense, model.mtp_layers * one.experts};
}

ShapeElements shape_elements(const Transformer& model, const Layout& layout, LayerKind kind) {
  const double tp = layout.tp;
  ShapeElements elements;
  elements.attention = attention_matrices(model, layout.tp);
  if (kind.experts && model.experts) {
    const Experts& e = *model.experts;
    elements.mlp = mlp_matrices(model, e.shared_ffn / tp) +
                   mlp_matrices(model, static_cast<double>(e.expert_ffn) / layout.expert_tp);
  } else {
    elements.mlp = mlp_matrices(model, model.ffn / tp);
  }
  return elements;
}

}  // namespace orrery
