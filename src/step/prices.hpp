#pragma once

#include <array>
#include <vector>

#include "step/curves.hpp"
#include "step/layer_cost.hpp"
#include "step/memory.hpp"

namespace orrery {

/// A layer kind as an index: experts + 2 x windowed.
inline constexpr int kLayerKinds = 4;
LayerKind layer_kind(int index);

/// Layers of each kind before layer i of the model: what a run of layers contains is a difference of two entries.
class LayerIndex {
 public:
  explicit LayerIndex(const Transformer& model);
  using Counts = std::array<int, kLayerKinds>;
  Counts between(int first, int last) const;
  /// True when all layers of the model are of one kind.
  bool uniform() const;

 private:
  std::vector<Counts> before_;
};

/// One layer of a kind, priced for a layout.
struct LayerPrice {
  LayerCost cost;
  LayerParameters parameters;
  ShapeElements shapes;
  Bytes saved;     ///< For the backward pass, by one micro-batch.
  Bytes backward;  ///< More while it runs backward: what it computes again, and gradients.
};

/// Everything of a step that depends only on (tp, sequence_parallel, cp, ep, expert_tp, micro_batch, recompute) and not
/// on pp, vpp, dp or ZeRO: what the search tabulates.
struct LayoutPrices {
  std::array<LayerPrice, kLayerKinds> layers;  ///< Kinds that the model has not stay zero.
  LayerCost embedding, head;
  double embedding_parameters = 0, head_parameters = 0, final_norm_parameters = 0;
  LayerParameters prediction;  ///< Of the multi-token-prediction modules, which stand with the head.
  Bytes prediction_saved, prediction_backward;
};
LayoutPrices price_layout(const StepSpec& spec, const LayoutCurves& curves);

}  // namespace orrery
