#include "step/hardware_flops.hpp"

#include <algorithm>

#include "step/layer_cost.hpp"
#include "step/layout.hpp"

namespace orrery {
namespace {

/// Parameters, of all layers, of the products that selective recomputation runs again where attention keeps no scores.
double products_again(const StepSpec& spec) {
  const Transformer& m = spec.model;
  const Attention& a = m.attention;
  const double h = m.hidden;
  double again = 0;
  if (a.latent) {
    const Attention::Latent& l = *a.latent;
    const double query = a.heads * (l.nope_dim + l.rope_dim);
    again = static_cast<double>(a.heads) * (l.nope_dim + l.value_dim) * l.kv_rank;
    if (l.q_rank > 0) again += query * l.q_rank;
  }
  if (spec.software.selective == SelectiveRecompute::CheapResults) return m.layers * again;
  if (!a.latent) again += h * a.kv_heads * a.head_dim + (spec.layout.tp == 1 ? h * a.heads * a.head_dim : 0.0);
  again *= m.layers;
  if (!m.gated_mlp) return again;
  // Of a gated MLP one wide product; routed experts keep theirs, shared ones do not.
  for (int layer = 0; layer < m.layers; ++layer) again += h * (m.is_moe_layer(layer) ? m.experts->shared_ffn : m.ffn);
  return again;
}

}  // namespace

int attention_span(const Training& training) {
  return training.document_length > 0 ? std::min(training.sequence, training.document_length) : training.sequence;
}

Flops recomputed_flops(const StepSpec& spec, AttentionFlops attention) {
  const Transformer& m = spec.model;
  const double tokens = static_cast<double>(spec.training.global_batch) * spec.training.sequence;
  switch (spec.layout.recompute) {
    case Recompute::None:
      return {};
    case Recompute::Full: {
      const Flops logits(6.0 * tokens * m.hidden * m.vocab * (1 + m.mtp_layers));
      const Flops all = training_flops(m, tokens, attention_span(spec.training), attention);
      return (all - logits) / 3.0 * recomputed_share(m, spec.layout);
    }
    case Recompute::Selective:
      break;
  }
  if (attention_kernel(spec) != AttentionKernel::Unfused) return Flops(2.0 * tokens * products_again(spec));
  const double pairs = attention == AttentionFlops::Causal ? 0.5 : 1.0;
  return Flops(4.0 * pairs * tokens * spec.training.sequence * m.attention.heads * m.attention.head_dim * m.layers);
}

}  // namespace orrery
