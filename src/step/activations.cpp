#include "step/activations.hpp"

#include <algorithm>

#include "step/layout.hpp"

namespace orrery {
namespace {

/// What of a layer is not kept but computed again.
enum class Dropped { Nothing, Scores, CheapResults, OtherProducts };

Dropped dropped(const StepSpec& spec) {
  if (spec.layout.recompute != Recompute::Selective) return Dropped::Nothing;
  if (attention_kernel(spec) == AttentionKernel::Unfused) return Dropped::Scores;
  return spec.software.selective == SelectiveRecompute::EverySecondProduct ? Dropped::OtherProducts
                                                                           : Dropped::CheapResults;
}

double region_tokens(const StepSpec& spec) {
  const double t = tokens_per_chip(spec);
  return spec.layout.sequence_parallel ? t / spec.layout.tp : t;
}

double element_bytes(const StepSpec& spec) {
  return activation_bytes(spec.training.precision);
}

bool narrow_operands(const StepSpec& spec) {
  return is_fp8(spec.training.precision) || is_fp4(spec.training.precision);
}

/// Input of the projections, queries, keys, values, and the core's own.
double attention_saved(const StepSpec& spec, Dropped drop) {
  const Transformer& model = spec.model;
  const Attention& a = model.attention;
  const double t = tokens_per_chip(spec);
  const double tp = spec.layout.tp;
  const double heads = a.heads / tp;
  const double element = element_bytes(spec);
  const double operand = operand_bytes(spec.training.precision);
  const bool results = drop == Dropped::CheapResults || drop == Dropped::OtherProducts;
  // Input of the first products: the output of the norm.
  double bytes = results ? 0.0 : region_tokens(spec) * model.hidden * operand;
  double query = heads * a.head_dim, key_value = 2 * std::max(1.0, a.kv_heads / tp) * a.head_dim;
  double value = query;
  if (a.latent) {
    const Attention::Latent& l = *a.latent;
    bytes += t * (2.0 * (l.q_rank + l.kv_rank) + l.rope_dim) * element;  // compressed, before and after their norms
    query = heads * (l.nope_dim + l.rope_dim);
    value = heads * l.value_dim;
    key_value = query + value;
  } else if (drop == Dropped::OtherProducts) {
    key_value /= 2;  // of queries, keys, values the first and the third
  }
  if (!(a.latent && results)) bytes += t * (query + key_value) * element;
  if (a.qk_norm && !results) bytes += t * (query + key_value / 2) * element;  // before their norms
  if (a.output_gate) bytes += 2 * t * value * element;                        // the gate, and what it let through
  if (attention_kernel(spec) == AttentionKernel::Unfused) {
    const double scores = heads * t * spec.training.sequence;
    if (drop != Dropped::Scores) bytes += scores * (element + (spec.software.dropout ? 1 + element : 0.0));
    bytes += t * value * operand;
  } else {
    bytes += heads * t * 4;        // log-sum-exp
    bytes += t * value * element;  // the output, which flash attention's backward pass needs
    if (narrow_operands(spec) && drop != Dropped::OtherProducts) bytes += t * value * operand;
  }
  return bytes;
}

/// Input of the first product (`width_in`), its output, which the activation needs, and input of the second product.
double mlp_saved(const StepSpec& spec, Dropped drop, double tokens, double width_in, double ffn) {
  const double products = spec.model.gated_mlp ? 2 : 1;
  const double operand = drop == Dropped::CheapResults ? 0.0 : operand_bytes(spec.training.precision);
  return tokens * (products * ffn * element_bytes(spec) + (width_in + ffn) * operand);
}

double dense_mlp_saved(const StepSpec& spec, Dropped drop) {
  const double t = tokens_per_chip(spec);
  const double region = region_tokens(spec);
  const double ffn = static_cast<double>(spec.model.ffn) / spec.layout.tp;
  if (drop != Dropped::OtherProducts) return mlp_saved(spec, drop, t, spec.model.hidden * region / t, ffn);
  // Of both kinds of MLP the first of the wide products is kept. A gated one's last is too, although nothing needs it:
  // compilers see that, eager execution does not.
  const bool last = spec.model.gated_mlp && !spec.software.fused_elementwise;
  return (t * ffn + (last ? region * spec.model.hidden : 0.0)) * element_bytes(spec);
}

/// Token copies that the busiest rank of an expert group receives.
double arrived_tokens(const StepSpec& spec) {
  const double own = tokens_per_chip(spec) / spec.layout.tp;
  return own * spec.model.experts->top_k * spec.layout.expert_tp * spec.training.expert_imbalance;
}

double experts_saved(const StepSpec& spec, Dropped drop) {
  const Experts& e = *spec.model.experts;
  // Products of experts are grouped, and on nobody's list of what to keep: their cheap results are dropped.
  if (drop == Dropped::OtherProducts) drop = Dropped::CheapResults;
  const double own = tokens_per_chip(spec) / spec.layout.tp;
  const double element = element_bytes(spec);
  double bytes = own * (spec.model.hidden * element + e.count * 4.0);  // router input and probabilities
  // What arrived is kept under every kind of recomputation but the full: to have it again it would be sent again.
  bytes += arrived_tokens(spec) * spec.model.hidden * operand_bytes(spec.training.precision);
  bytes += mlp_saved(spec, drop, arrived_tokens(spec), 0, static_cast<double>(e.expert_ffn) / spec.layout.expert_tp);
  // Expert outputs, for the gradient of the weights in their weighted sum.
  if (!spec.software.weights_in_experts) bytes += own * e.top_k * spec.model.hidden * element;
  if (e.shared_ffn > 0) {
    bytes += mlp_saved(spec, drop, tokens_per_chip(spec), 0, static_cast<double>(e.shared_ffn) / spec.layout.tp);
  }
  return bytes;
}

Bytes layer_activations(const StepSpec& spec, LayerKind kind, Dropped drop) {
  const double region = region_tokens(spec);
  const double width = region * spec.model.hidden;
  // Inputs of the norms. Where only every second product is kept the second follows from the layer's input and the
  // output projection, unless that was reduced over the tensor-parallel group, whose result is kept.
  const bool second = !spec.model.parallel_block && !(drop == Dropped::OtherProducts && spec.layout.tp == 1);
  const double inputs = 1 + second + (spec.model.post_norms ? 2 : 0);
  double bytes = inputs * width * element_bytes(spec);
  if (spec.software.dropout) bytes += 2 * width;  // masks
  bytes += attention_saved(spec, drop);
  bytes += kind.experts && spec.model.experts ? experts_saved(spec, drop) : dense_mlp_saved(spec, drop);
  return Bytes(bytes);
}

/// Bytes a logit: at the peak inside the loss, while the head's products run backward, and between forward and
/// backward.
struct LogitBytes {
  double loss, products, kept;
};
LogitBytes logit_bytes(const StepSpec& spec) {
  const double element = element_bytes(spec);
  switch (spec.software.loss) {
    case LossKernel::Fused:
      return {2 * element, 2 * element, element};
    case LossKernel::InPlace:
      return {element + 4, element, 4};
    case LossKernel::Unfused:
      // Log-probabilities, their gradient and the logits' gradient; over tp also a sum of gradient and probabilities.
      return {spec.layout.tp > 1 ? 16.0 : 12.0, element, 4};
  }
  return {};
}

double logits(const StepSpec& spec) {
  return tokens_per_chip(spec) * vocab_per_chip(spec.model, spec.layout);
}

}  // namespace

double operand_bytes(Precision precision) {
  switch (precision) {
    case Precision::Fp8Tensorwise:
      return 1;
    case Precision::Fp8Blockwise:
      return 1 + 4.0 / 128;  // an FP32 scale a block
    case Precision::Mxfp8:
      return 1 + 1.0 / 32;  // an 8-bit scale a block
    case Precision::Nvfp4:
      return 0.5 + 1.0 / 16;  // the copy for the weight gradient's product, also FP4 (arXiv:2509.25149)
    case Precision::Fp32:
    case Precision::Fp16:
    case Precision::Bf16:
      break;
  }
  return activation_bytes(precision);
}

Bytes checkpoint_bytes(const StepSpec& spec) {
  return Bytes(region_tokens(spec) * spec.model.hidden * element_bytes(spec));
}

Bytes saved_activations(const StepSpec& spec, LayerKind kind) {
  return layer_activations(spec, kind, dropped(spec));
}

Bytes whole_activations(const StepSpec& spec, LayerKind kind) {
  return layer_activations(spec, kind, Dropped::Nothing);
}

Bytes backward_workspace(const StepSpec& spec, LayerKind kind) {
  double width = tokens_per_chip(spec) * spec.model.ffn / spec.layout.tp;
  if (kind.experts && spec.model.experts) {
    const Experts& e = *spec.model.experts;
    width = std::max(arrived_tokens(spec) * e.expert_ffn / spec.layout.expert_tp,
                     tokens_per_chip(spec) * e.shared_ffn / spec.layout.tp);
  }
  const double output = region_tokens(spec) * spec.model.hidden;
  return Bytes(((spec.model.gated_mlp ? 2 : 1) * width + output) * element_bytes(spec));
}

Bytes head_bytes(const StepSpec& spec) {
  const LogitBytes each = logit_bytes(spec);
  const Software& s = spec.software;
  // Products that add into the main gradient form none of their own, but for a placeholder.
  const bool formed = !s.fused_gradient_accumulation || s.gradient_placeholders;
  const double gradient =
      formed ? spec.model.hidden * vocab_per_chip(spec.model, spec.layout) * element_bytes(spec) : 0.0;
  const double ends = 2 * region_tokens(spec) * spec.model.hidden * element_bytes(spec);
  const double others = spec.model.mtp_layers * each.kept * logits(spec);
  return Bytes(std::max(each.loss * logits(spec), each.products * logits(spec) + gradient) + others + ends);
}

Bytes stranded_logits(const StepSpec& spec) {
  return Bytes(spec.software.loss == LossKernel::Unfused ? element_bytes(spec) * logits(spec) : 0.0);
}

}  // namespace orrery
