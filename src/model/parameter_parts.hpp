#pragma once

#include "model/transformer.hpp"

namespace orrery {

// Parameters of the parts of one layer, as one of `tp` tensor-parallel ranks holds them: what `parameters` adds up for
// a whole model, and what a chip holds under a layout.

/// The matrices of attention, without biases: heads are divided, a key and value head never, nor the compressions of
/// latent attention.
double attention_matrices(const Transformer& model, int tp = 1);
/// Biases of queries, keys and values follow the heads; that of the output stands on every rank.
double attention_biases(const Transformer& model, int tp = 1);

/// Of an MLP of which `ffn` columns are held.
double mlp_matrices(const Transformer& model, double ffn);
double mlp_biases(const Transformer& model, double ffn);

/// Of one norm over `width` elements: a scale, and a shift where it has one.
double norm_parameters(const Transformer& model, double width);
/// All norms of one layer; they stand on every rank.
double layer_norms(const Transformer& model);

}  // namespace orrery
