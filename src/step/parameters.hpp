#pragma once

#include "step/layer_cost.hpp"
#include "step/spec.hpp"

namespace orrery {

/// Parameters of one layer on one chip, by how they are sharded: `dense` over tensor parallelism, `experts` over
/// expert parallelism. Counts.
struct LayerParameters {
  double dense = 0;
  double experts = 0;

  double total() const { return dense + experts; }
};

/// Matrices and the biases of their outputs are split over the tensor-parallel group; norms, routers, latent
/// down-projections and the biases behind a row-split matrix stand on every rank, as do key and value heads where the
/// group is larger than their number. Sums over the chips of a layout to `parameters(model)` plus those copies.
LayerParameters layer_parameters(const Transformer& model, const Layout& layout, LayerKind kind);

/// Parameters of the token (and position) embedding, and of the output head, on one chip; their vocabulary is
/// `vocab_per_chip`.
double embedding_parameters(const Transformer& model, const Layout& layout);
double head_parameters(const Transformer& model, const Layout& layout);
/// The norm before the head: on every rank of the last stage.
double final_norm_parameters(const Transformer& model);

/// All multi-token-prediction modules on one chip: each a layer, a 2h x h projection and three norms (arXiv:2412.19437,
/// section 2.2).
LayerParameters prediction_parameters(const Transformer& model, const Layout& layout);

/// Elements of the weight matrices of one layer on one chip by shape, as a stack meets them that keeps one tensor a
/// shape: an expert's once, however many there are. `attention` is common to all layers of a model.
struct ShapeElements {
  double attention = 0;
  double mlp = 0;
};
ShapeElements shape_elements(const Transformer& model, const Layout& layout, LayerKind kind);

}  // namespace orrery
