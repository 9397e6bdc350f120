#include "step/layer_cost.hpp"

#include <algorithm>

#include "step/kernels/gemm.hpp"
#include "step/layout.hpp"
#include "step/operator_pricer.hpp"

namespace orrery {
namespace {

double elements(double per_token, double tokens) {
  return per_token * tokens;
}

/// A norm over `width` elements. An unfused RMS norm casts to FP32, squares, averages, scales and casts back as kernels
/// of their own.
void price_norm(OperatorPricer& price, double width) {
  const bool many_kernels = !price.spec().software.fused_elementwise && price.spec().model.norm == Norm::RmsNorm;
  price.begin_cheap();
  if (many_kernels) {
    price.stream(9 * width, 12 * width, 6, 8);
  } else {
    price.stream(2 * width, 3 * width, 1, 2);
  }
  price.end_cheap();
}

/// Adds a block's result to the residual stream; backward its gradient joins that of the stream.
void price_residual(OperatorPricer& price) {
  const StepSpec& spec = price.spec();
  const double width = elements(spec.model.hidden, price.region_tokens());
  const bool fused = spec.software.fused_elementwise, drop = spec.software.dropout, bias = spec.model.biases;
  // Masks of dropout are a byte an element, half an activation.
  const double passes = fused ? 0.5 * drop : 2.5 * drop + 2.0 * bias;
  price.stream((3 + passes) * width, (2 + 2.5 * drop) * width, fused ? 1 : 1 + drop + bias, 1 + drop);
}

/// Gradient of a bias over `width` outputs: a sum over tokens, which fused stacks leave to the product (cuBLASLt).
void price_bias(OperatorPricer& price, double width) {
  if (!price.spec().software.fused_elementwise) price.stream(0, width * price.tokens(), 0, 1);
}

void price_rotary(OperatorPricer& price, double width) {
  if (price.spec().model.position != Position::Rotary) return;
  const double passes = price.spec().software.fused_elementwise ? 2.0 : 7.0;
  price.stream(passes * width, passes * width, price.spec().software.fused_elementwise ? 2 : 8,
               price.spec().software.fused_elementwise ? 2 : 8);
}

/// A function of one tensor times another: gated MLPs, and the gate on attention's output.
void price_gate(OperatorPricer& price, double width) {
  const bool fused = price.spec().software.fused_elementwise;
  price.stream((fused ? 3 : 5) * width, (fused ? 5 : 8) * width, fused ? 1 : 2, fused ? 1 : 3);
}

void price_attention(OperatorPricer& price, LayerKind kind) {
  const StepSpec& spec = price.spec();
  const Attention& a = spec.model.attention;
  const double h = spec.model.hidden;
  const double tp = spec.layout.tp;
  const double heads = a.heads / tp;
  const double kv_heads = std::max(1.0, a.kv_heads / tp);
  double value_width = heads * a.head_dim;
  double key_value_width = 2 * kv_heads * a.head_dim;
  if (a.latent) {
    const Attention::Latent& l = *a.latent;
    const double query = heads * (l.nope_dim + l.rope_dim);
    if (l.q_rank > 0) {
      price.linear(l.q_rank, h);
      price.begin_cheap();
      price.linear(query, l.q_rank, 1.0);
      price.end_cheap();
    } else {
      price.linear(query, h, 1.0);
    }
    price.linear(l.kv_rank + l.rope_dim, h);
    price.begin_cheap();
    price.linear(heads * (l.nope_dim + l.value_dim), l.kv_rank, 1.0);
    price.end_cheap();
    price.stream(4.0 * (l.q_rank + l.kv_rank) * price.tokens(), 8.0 * (l.q_rank + l.kv_rank) * price.tokens(), 4, 8);
    price_rotary(price, (2 * query + heads * l.value_dim) * price.tokens());  // and joining the two parts of the heads
    value_width = heads * l.value_dim;
    key_value_width = heads * (l.nope_dim + l.rope_dim + l.value_dim);
  } else {
    const double projected = heads * a.head_dim + key_value_width + (a.output_gate ? value_width : 0.0);
    price.linear(projected, h, kv_heads * a.head_dim / projected);  // of queries, keys, values the second
    if (a.qkv_bias || spec.model.biases) price_bias(price, projected);
    if (a.qk_norm) {
      price_norm(price, heads * a.head_dim * price.tokens());
      price_norm(price, kv_heads * a.head_dim * price.tokens());
    }
    price_rotary(price, (heads + kv_heads) * a.head_dim * price.tokens());
  }
  price.attention(heads, kv_heads, kind.windowed ? a.window : 0, key_value_width);
  if (a.output_gate && !a.latent) price_gate(price, value_width * price.tokens());
  // Of latent attention's five products the second and the fourth run again; over tp the reduced result is kept.
  price.linear(h, value_width, a.latent || tp > 1 ? 0.0 : 1.0);
  if (spec.model.biases) price_bias(price, h);
}

void price_activation(OperatorPricer& price, double width) {
  const Transformer& model = price.spec().model;
  price.begin_cheap();
  if (model.gated_mlp) {
    price_gate(price, width);
  } else {
    const double bias = !price.spec().software.fused_elementwise && model.biases ? 2.0 : 0.0;
    price.stream((2 + bias) * width, (3 + bias) * width, bias > 0 ? 2 : 1, bias > 0 ? 2 : 1);
  }
  price.end_cheap();
}

void price_dense_mlp(OperatorPricer& price, double ffn) {
  const StepSpec& spec = price.spec();
  const double width = ffn / spec.layout.tp;
  const double h = spec.model.hidden;
  price.linear((spec.model.gated_mlp ? 2 : 1) * width, h, spec.model.gated_mlp ? 0.5 : 0.0);
  if (spec.model.biases) price_bias(price, (spec.model.gated_mlp ? 2 : 1) * width);
  price_activation(price, width * price.tokens());
  price.linear(h, width);
  if (spec.model.biases) price_bias(price, h);
}

/// The experts of one chip: grouped products with the activation between them.
void price_grouped_mlp(OperatorPricer& price, double arrived) {
  const StepSpec& spec = price.spec();
  const Experts& e = *spec.model.experts;
  const double h = spec.model.hidden;
  const double width = static_cast<double>(e.expert_ffn) / spec.layout.expert_tp;
  const int local = std::max(1, e.count / spec.layout.ep);
  price.grouped_linear(local, arrived, (spec.model.gated_mlp ? 2 : 1) * width, h);
  // Fused kernels write the second product's operands themselves; only what arrives is cast by a pass of its own.
  if (fused_experts(spec)) {
    price.stream(2 * h * arrived, 2 * h * arrived, 1, 1);
  } else {
    price_activation(price, width * arrived);
  }
  price.grouped_linear(local, arrived, h, width);
}

void price_experts(OperatorPricer& price) {
  const StepSpec& spec = price.spec();
  const Experts& e = *spec.model.experts;
  const Layout& l = spec.layout;
  const double h = spec.model.hidden;
  const double own_tokens = price.tokens() / l.tp;  // each tensor-parallel rank routes its own share
  price.router(e.count, own_tokens);
  const double copies = own_tokens * e.top_k;
  const double sent = own_tokens * dispatched(spec);  // leaving, and on average arriving
  const double load = l.expert_tp * spec.training.expert_imbalance;
  const double arrived = copies * load;
  const bool fused = spec.software.fused_dispatch;
  price.begin_experts();
  // Sorted by expert before the exchange and by local expert behind it, or only behind it.
  if (!fused) price.stream(2 * h * copies, 2 * h * copies, 2, 2);
  price.all_to_all(own_tokens);
  price.expert_exchange(sent * load * h);
  const double sorting = (sent * load + arrived) * h;
  price.stream(sorting, sorting, 2, 2);
  price_grouped_mlp(price, arrived);
  price.stream(sorting, sorting, 2, 2);
  price.expert_exchange(sent * load * h);
  price.all_to_all(own_tokens);
  // The weighted sum; a fused dispatch adds up while it sends and while it receives.
  if (!fused) price.stream((e.top_k + 1) * h * own_tokens, (e.top_k + 1) * h * own_tokens, 2, 2);
  price.end_experts();
  if (e.shared_ffn > 0) {
    price.enter_tensor_region();
    price_dense_mlp(price, e.shared_ffn);
    price.leave_tensor_region();
  }
}

void price_layer(OperatorPricer& price, LayerKind kind) {
  const Transformer& model = price.spec().model;
  const double width = elements(model.hidden, price.region_tokens());
  // Attention and MLP of a parallel block read the output of one norm, and their results are summed before they leave
  // the tensor-parallel region: it is entered and left once (Chowdhery et al., arXiv:2204.02311, section 2).
  const bool parallel = model.parallel_block && !kind.experts;
  price_norm(price, width);
  price.enter_tensor_region();
  price_attention(price, kind);
  if (parallel) {
    if (model.post_norms) price_norm(price, width);
    // The two results, and backward the gradients of their common input, are summed.
    const double sum = elements(3.0 * model.hidden, price.tokens());
    price.stream(sum, sum, 1, 1);
  } else {
    price.leave_tensor_region();
    if (model.post_norms) price_norm(price, width);
    price_residual(price);
    price_norm(price, width);
    if (!kind.experts) price.enter_tensor_region();
  }
  if (kind.experts) {
    price_experts(price);
  } else {
    price_dense_mlp(price, model.ffn);
    price.leave_tensor_region();
  }
  if (model.post_norms) price_norm(price, width);
  price_residual(price);
}

/// Passes over the logits, in 2-byte elements: the cast to FP32, the maximum, the exponentials and their sum; backward
/// the softmax minus one. One kernel that reads and writes the logits keeps the rest in registers; fused elementwise
/// kernels keep some of it.
void price_loss(OperatorPricer& price, double logits) {
  const Software& software = price.spec().software;
  if (software.loss == LossKernel::Fused) {
    price.stream(3 * logits, 2 * logits, 2, 1);
  } else if (software.loss == LossKernel::InPlace && software.fused_elementwise) {
    price.stream(5 * logits, 5 * logits, 4, 3);
  } else {
    price.stream(13 * logits, 9 * logits, 9, 6);
  }
}

/// What recomputation adds: everything, or the selected operators.
PhaseCost recomputed(const StepSpec& spec, const PhaseCost& forward, const PhaseCost& selective) {
  switch (spec.layout.recompute) {
    case Recompute::None:
      return {};
    case Recompute::Selective:
      return selective;
    case Recompute::Full:
      return forward * recomputed_share(spec.model, spec.layout);
  }
  return {};
}

}  // namespace

PhaseCost& PhaseCost::operator+=(const PhaseCost& other) {
  gemm += other.gemm;
  attention += other.attention;
  memory_bound += other.memory_bound;
  tensor_comm += other.tensor_comm;
  context_comm += other.context_comm;
  expert_comm += other.expert_comm;
  hideable_exchange += other.hideable_exchange;
  host_wait += other.host_wait;
  kernels += other.kernels;
  dynamic_kernels += other.dynamic_kernels;
  return *this;
}

PhaseCost operator*(PhaseCost phase, double factor) {
  phase.gemm *= factor;
  phase.attention *= factor;
  phase.memory_bound *= factor;
  phase.tensor_comm *= factor;
  phase.context_comm *= factor;
  phase.expert_comm *= factor;
  phase.hideable_exchange *= factor;
  phase.host_wait *= factor;
  phase.kernels *= factor;
  phase.dynamic_kernels *= factor;
  return phase;
}

LayerCost layer_cost(const StepSpec& spec, const LayoutCurves& curves, LayerKind kind) {
  OperatorPricer price(spec, curves);
  price_layer(price, kind);
  LayerCost cost = price.take();
  cost.recompute = recomputed(spec, cost.forward, price.selective_cost());
  return cost;
}

LayerCost embedding_cost(const StepSpec& spec, const LayoutCurves& curves) {
  OperatorPricer price(spec, curves);
  const double width = elements(spec.model.hidden, price.tokens());
  const double reads = spec.model.position == Position::Learned ? 4 : 2;
  price.stream(reads * width, 2 * reads * width, 3, 4);
  price.embedding_reduction();
  return price.take();
}

LayerCost head_cost(const StepSpec& spec, const LayoutCurves& curves) {
  OperatorPricer price(spec, curves);
  const double tp = spec.layout.tp;
  const double h = spec.model.hidden;
  price.enter_tensor_region();
  const double vocab = vocab_per_chip(spec.model, spec.layout);
  price.head_linear(vocab, h);
  price_loss(price, elements(vocab, price.tokens()));
  price.loss_reductions();
  const double width = elements(h, price.region_tokens());
  price.stream(2 * width, 3 * width, 1, 2);
  LayerCost cost = price.take();
  if (spec.model.mtp_layers > 0) {
    // A multi-token-prediction module is one more layer, a 2h -> h projection and the shared head (arXiv:2412.19437,
    // section 2.2).
    const LayerCost head = cost;
    const LayerCost layer = layer_cost(spec, curves, {spec.model.experts.has_value(), false});
    OperatorPricer projection(spec, curves);
    projection.linear(h / tp, 2 * h);
    const LayerCost joined = projection.take();
    for (int module = 0; module < spec.model.mtp_layers; ++module) {
      for (const LayerCost* part : {&head, &layer, &joined}) {
        cost.forward += part->forward;
        cost.backward += part->backward;
        cost.recompute += part->recompute;
      }
    }
  }
  return cost;
}

Seconds exposed(Seconds comm, Seconds window, const StepSpec& spec) {
  const Seconds hidden = min(comm, window);
  const double occupied = spec.software.communication_units / spec.cluster.chip.compute_units;
  return (comm - hidden) + std::min(1.0, occupied) * hidden;
}

double tokens_per_chip(const StepSpec& spec) {
  return static_cast<double>(spec.layout.micro_batch) * spec.training.sequence / spec.layout.cp;
}

double activation_bytes(Precision precision) {
  return precision == Precision::Fp32 ? 4 : 2;
}

double cast_bytes(Precision precision) {
  const double operand = operand_bytes(tensor_format(precision));
  if (is_fp4(precision)) return 2.0 + 2.0 + 2.0 * operand;
  return is_fp8(precision) ? 2.0 + 2.0 * operand : 0.0;
}

NumberFormat tensor_format(Precision precision) {
  if (precision == Precision::Fp32) return NumberFormat::Tf32;
  if (is_fp4(precision)) return NumberFormat::Fp4;
  return is_fp8(precision) ? NumberFormat::Fp8 : NumberFormat::Bf16;
}

AttentionKernel attention_kernel(const StepSpec& spec) {
  return spec.training.precision == Precision::Fp32 ? AttentionKernel::Unfused : spec.software.attention;
}

bool is_fp4(Precision precision) {
  return precision == Precision::Nvfp4;
}

bool is_fp8(Precision precision) {
  return precision == Precision::Fp8Tensorwise || precision == Precision::Fp8Blockwise || precision == Precision::Mxfp8;
}

}  // namespace orrery
