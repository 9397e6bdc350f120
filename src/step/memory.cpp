#include "step/memory.hpp"

#include <algorithm>

namespace orrery {
namespace {

/// Whether the cheap operators run again instead of keeping their results (see OperatorPricer::selective_cost).
bool cheap_recomputed(const StepSpec& spec) {
  return spec.layout.recompute == Recompute::Selective && spec.software.attention != AttentionKernel::Unfused;
}

/// Saved for attention: input of the projections, queries, keys, values, and the core's own.
double attention_saved(const StepSpec& spec) {
  const Transformer& model = spec.model;
  const Attention& a = model.attention;
  const double t = tokens_per_chip(spec);
  const double tp = spec.layout.tp;
  const double region = spec.layout.sequence_parallel ? t / tp : t;
  const double heads = a.heads / tp;
  const bool eight_bits = is_fp8(spec.training.precision) || is_fp4(spec.training.precision);
  const double operand = eight_bits ? 1 : activation_bytes(spec.training.precision);
  const double element = activation_bytes(spec.training.precision);
  // Input of the first products: the output of the norm.
  double bytes = cheap_recomputed(spec) ? 0.0 : region * model.hidden * operand;
  double query = heads * a.head_dim, key_value = 2 * std::max(1.0, a.kv_heads / tp) * a.head_dim;
  double value = query;
  if (a.output_gate && !a.latent) bytes += t * value * element;  // the gate, beside the output that it multiplies
  if (a.latent) {
    const Attention::Latent& l = *a.latent;
    bytes += t * (2.0 * (l.q_rank + l.kv_rank) + l.rope_dim) * element;  // compressed, before and after their norms
    query = heads * (l.nope_dim + l.rope_dim);
    value = heads * l.value_dim;
    key_value = query + value;
  }
  if (!(a.latent && cheap_recomputed(spec))) bytes += t * (query + key_value) * element;
  if (spec.software.attention == AttentionKernel::Unfused) {
    const double scores = heads * t * spec.training.sequence;
    const bool recomputed = spec.layout.recompute == Recompute::Selective;
    if (!recomputed) bytes += scores * (element + (spec.software.dropout ? 1 + element : 0.0));
  } else {
    bytes += heads * t * 4;        // log-sum-exp
    bytes += t * value * element;  // the output, which flash attention's backward pass needs
  }
  bytes += eight_bits || spec.software.attention == AttentionKernel::Unfused ? t * value * operand : 0.0;
  return bytes;
}

double mlp_saved(const StepSpec& spec, double tokens, double width_in, double ffn) {
  const bool eight_bits = is_fp8(spec.training.precision) || is_fp4(spec.training.precision);
  const double element = activation_bytes(spec.training.precision);
  const double operand = eight_bits ? 1 : element;
  // Input of the first product; its output, which the activation needs; input of the second product.
  const double recomputable = cheap_recomputed(spec) ? 0.0 : (width_in + ffn) * operand;
  return tokens * ((spec.model.gated_mlp ? 2 : 1) * ffn * element + recomputable);
}

double experts_saved(const StepSpec& spec) {
  const Experts& e = *spec.model.experts;
  const double own = tokens_per_chip(spec) / spec.layout.tp;
  const double arrived = own * e.top_k * spec.layout.expert_tp * spec.training.expert_imbalance;
  const double element = activation_bytes(spec.training.precision);
  double bytes = own * (spec.model.hidden * element + e.count * 4.0);  // router input and probabilities
  bytes += mlp_saved(spec, arrived, spec.model.hidden, static_cast<double>(e.expert_ffn) / spec.layout.expert_tp);
  bytes += own * e.top_k * spec.model.hidden * element;  // expert outputs before the weighted sum
  if (e.shared_ffn > 0) {
    bytes += mlp_saved(spec, tokens_per_chip(spec), 0, static_cast<double>(e.shared_ffn) / spec.layout.tp);
  }
  return bytes;
}

double gradient_bytes(const StepSpec& spec) {
  return spec.software.gradients_fp32 ? 4 : 2;
}

/// Chips over which ZeRO shards dense parameters.
double shard_ranks(const StepSpec& spec) {
  const Layout& l = spec.layout;
  return l.shard_group > 0 ? l.shard_group : static_cast<double>(l.dp) * l.cp;
}

}  // namespace

LayerParameters layer_parameters(const Transformer& model, const Layout& layout, LayerKind kind) {
  const double h = model.hidden;
  const double matrices = model.gated_mlp ? 3 : 2;
  LayerParameters count;
  count.dense = attention_matrices(model, layout.tp) + 2 * h;
  if (kind.experts && model.experts) {
    const Experts& e = *model.experts;
    count.dense += matrices * h * e.shared_ffn / layout.tp + h * e.count;
    count.experts = matrices * h * e.expert_ffn * e.count / (static_cast<double>(layout.ep) * layout.expert_tp);
  } else {
    count.dense += matrices * h * model.ffn / layout.tp;
  }
  if (model.biases) count.dense += (4.0 * h + model.ffn) / layout.tp + 2 * h;
  return count;
}

double embedding_parameters(const Transformer& model, const Layout& layout) {
  const double positions = model.position == Position::Learned ? model.max_positions : 0;
  return static_cast<double>(model.hidden) * model.vocab / layout.tp + positions * model.hidden;
}

double head_parameters(const Transformer& model, const Layout& layout) {
  return static_cast<double>(model.hidden) * model.vocab / layout.tp;
}

Bytes checkpoint_bytes(const StepSpec& spec) {
  const double t = tokens_per_chip(spec);
  const double region = spec.layout.sequence_parallel ? t / spec.layout.tp : t;
  return Bytes(region * spec.model.hidden * activation_bytes(spec.training.precision));
}

Bytes saved_activations(const StepSpec& spec, LayerKind kind) {
  const double t = tokens_per_chip(spec);
  const double region = spec.layout.sequence_parallel ? t / spec.layout.tp : t;
  const double h = spec.model.hidden;
  const double element = activation_bytes(spec.training.precision);
  double bytes = 2 * region * h * element;             // inputs of the two norms
  if (spec.software.dropout) bytes += 2 * region * h;  // masks
  bytes += attention_saved(spec);
  bytes += kind.experts && spec.model.experts
               ? experts_saved(spec)
               : mlp_saved(spec, t, h * region / t, static_cast<double>(spec.model.ffn) / spec.layout.tp);
  return Bytes(bytes);
}

Bytes head_bytes(const StepSpec& spec) {
  const double t = tokens_per_chip(spec);
  const double vocab = static_cast<double>(spec.model.vocab) / spec.layout.tp;
  // The 16-bit logits and their FP32 copy, whose place the gradient takes; an unfused loss holds a second copy.
  const double bytes = spec.software.fused_elementwise ? 6 : 10;
  return Bytes(t * vocab * bytes);
}

StageMemory stage_memory(const StepSpec& spec, const StageContent& stage, double in_flight) {
  const Layout& l = spec.layout;
  const double element = activation_bytes(spec.training.precision);
  const double ranks = shard_ranks(spec);
  const double expert_ranks =
      std::max(1.0, static_cast<double>(l.tp) * l.cp * l.dp / (static_cast<double>(l.ep) * l.expert_tp));
  const bool adam_sharded = l.zero >= 1;
  const auto sharded = [&](double bytes_each, bool split) {
    return Bytes(bytes_each * (stage.parameters.dense / (split ? ranks : 1.0) +
                               stage.parameters.experts / (split ? expert_ranks : 1.0)));
  };
  StageMemory memory;
  if (l.zero == 3) {
    memory.weights = sharded(4, true);  // the FP32 master copy is the parameter itself
    memory.gradients = sharded(4, true);
    memory.optimizer = sharded(8, true);
    // Two layers' parameters gathered (the one that runs, the one prefetched) and one layer's whole gradient.
    memory.buffers = Bytes(stage.largest_parameters * (2 * element + element));
  } else {
    memory.weights = sharded(element, false);
    memory.gradients = sharded(gradient_bytes(spec), l.zero >= 2);
    memory.optimizer = sharded(element == 4 ? 8 : 12, adam_sharded);
  }
  const Bytes kept = [&] {
    if (l.recompute != Recompute::Full) return stage.activations;
    const double share = l.recompute_layers > 0 ? std::min(1.0, l.recompute_layers / std::max(1.0, stage.layers)) : 1.0;
    return share * stage.layers * checkpoint_bytes(spec) + (1.0 - share) * stage.activations;
  }();
  memory.activations = in_flight * kept;
  if (l.recompute == Recompute::Full) memory.activations += stage.largest_layer;
  if (stage.has_head) memory.head = head_bytes(spec);
  // The driver's context, and the channels of the collective library (measured on idle processes: about 0.5 GiB each).
  memory.overhead = Bytes((spec.cluster.chips > 1 ? 1.0 : 0.5) * 1073741824.0);
  memory.reserve = 0.03 * memory.allocated();
  return memory;
}

}  // namespace orrery
