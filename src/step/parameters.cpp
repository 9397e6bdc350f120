#include "step/parameters.hpp"

#include "model/parameter_parts.hpp"
#include "step/layout.hpp"

namespace orrery {

LayerParameters layer_parameters(const Transformer& model, const Layout& layout, LayerKind kind) {
  const double tp = layout.tp;
  LayerParameters count;
  count.dense = attention_matrices(model, layout.tp) + attention_biases(model, layout.tp) + layer_norms(model);
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
  return norm_parameters(model, model.hidden);
}

LayerParameters prediction_parameters(const Transformer& model, const Layout& layout) {
  const double h = model.hidden;
  LayerParameters one = layer_parameters(model, layout, {model.experts.has_value(), false});
  one.dense += 2 * h * h / layout.tp + 3 * norm_parameters(model, h);
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
