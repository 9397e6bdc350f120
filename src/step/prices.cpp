#include "step/prices.hpp"

#include "step/activations.hpp"

namespace orrery {
namespace {

int kind_of_layer(const Transformer& model, int layer) {
  const bool windowed = model.attention.window > 0 && !model.is_full_attention_layer(layer);
  return (model.is_moe_layer(layer) ? 1 : 0) + (windowed ? 2 : 0);
}

/// Beside what is kept anyway a layer that runs backward holds what it computes again, and gradients.
Bytes backward_bytes(const StepSpec& spec, LayerKind kind) {
  const Bytes whole = whole_activations(spec, kind);
  const Bytes again = spec.layout.recompute == Recompute::Full ? whole : whole - saved_activations(spec, kind);
  return again + backward_workspace(spec, kind);
}

}  // namespace

LayerKind layer_kind(int index) {
  return {(index & 1) != 0, (index & 2) != 0};
}

LayerIndex::LayerIndex(const Transformer& model) : before_(static_cast<std::size_t>(model.layers) + 1, Counts{}) {
  for (int layer = 0; layer < model.layers; ++layer) {
    const auto i = static_cast<std::size_t>(layer);
    before_[i + 1] = before_[i];
    ++before_[i + 1][static_cast<std::size_t>(kind_of_layer(model, layer))];
  }
}

LayerIndex::Counts LayerIndex::between(int first, int last) const {
  Counts counts{};
  for (std::size_t kind = 0; kind < counts.size(); ++kind) {
    counts[kind] = before_[static_cast<std::size_t>(last)][kind] - before_[static_cast<std::size_t>(first)][kind];
  }
  return counts;
}

bool LayerIndex::uniform() const {
  int kinds = 0;
  for (const int count : before_.back()) kinds += count > 0 ? 1 : 0;
  return kinds == 1;
}

LayoutPrices price_layout(const StepSpec& spec, const LayoutCurves& curves) {
  LayoutPrices prices;
  const LayerIndex::Counts counts = LayerIndex(spec.model).between(0, spec.model.layers);
  for (int index = 0; index < kLayerKinds; ++index) {
    if (counts[static_cast<std::size_t>(index)] == 0) continue;
    const LayerKind kind = layer_kind(index);
    LayerPrice& price = prices.layers[static_cast<std::size_t>(index)];
    price.cost = layer_cost(spec, curves, kind);
    price.parameters = layer_parameters(spec.model, spec.layout, kind);
    price.shapes = shape_elements(spec.model, spec.layout, kind);
    price.saved = saved_activations(spec, kind);
    price.backward = backward_bytes(spec, kind);
  }
  prices.embedding = embedding_cost(spec, curves);
  prices.head = head_cost(spec, curves);
  if (spec.model.mtp_layers > 0) {
    const LayerKind kind{spec.model.experts.has_value(), false};
    prices.prediction = prediction_parameters(spec.model, spec.layout);
    prices.prediction_saved = spec.model.mtp_layers * saved_activations(spec, kind);
    prices.prediction_backward = backward_bytes(spec, kind);
  }
  prices.embedding_parameters = embedding_parameters(spec.model, spec.layout);
  prices.head_parameters = head_parameters(spec.model, spec.layout);
  prices.final_norm_parameters = final_norm_parameters(spec.model);
  return prices;
}

}  // namespace orrery
