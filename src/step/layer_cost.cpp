#include "step/layer_cost.hpp"

#include <algorithm>

#include "step/operator_pricer.hpp"

namespace orrery {
namespace {

double elements(double per_token, double tokens) {
  return per_token * tokens;
}

/// Norm in front of a block and residual addition behind it, on the tokens of the sequence-parallel region.
void price_norm_and_residual(OperatorPricer& price) {
  const StepSpec& spec = price.spec();
  const double h = spec.model.hidden;
  const double width = elements(h, price.region_tokens());
  const bool fused = spec.software.fused_elementwise;
  const bool rms = spec.model.norm == Norm::RmsNorm;
  // Reads and writes: norm 2 forward, 3 backward and the gradient of the residual branch 2. An unfused RMS norm casts
  // to FP32, squares, averages, scales and casts back as kernels of their own.
  const bool many_kernels = !fused && rms;
  price.begin_cheap();
  price.stream(many_kernels ? 9 * width : 2 * width, many_kernels ? 14 * width : 5 * width, many_kernels ? 6 : 1,
               many_kernels ? 9 : 3);
  price.end_cheap();
  const bool drop = spec.software.dropout;
  const double passes = fused ? 3.0 + (drop ? 0.5 : 0.0) : 3.0 + (drop ? 2.5 : 0.0) + (spec.model.biases ? 2.0 : 0.0);
  price.stream(passes * width, (drop ? 2.5 : 0.0) * width, fused ? 1 : 1 + drop + spec.model.biases, drop ? 1 : 0);
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

void price_attention_block(OperatorPricer& price, LayerKind kind) {
  const StepSpec& spec = price.spec();
  const Attention& a = spec.model.attention;
  const double h = spec.model.hidden;
  const double tp = spec.layout.tp;
  const double heads = a.heads / tp;
  const double kv_heads = std::max(1.0, a.kv_heads / tp);
  price.enter_tensor_region();
  double value_width = heads * a.head_dim;
  double key_value_width = 2 * kv_heads * a.head_dim;
  if (a.latent) {
    const Attention::Latent& l = *a.latent;
    const double query = heads * (l.nope_dim + l.rope_dim);
    if (l.q_rank > 0) {
      price.linear(l.q_rank, h);
      price.begin_cheap();
      price.linear(query, l.q_rank);
      price.end_cheap();
    } else {
      price.linear(query, h);
    }
    price.linear(l.kv_rank + l.rope_dim, h);
    price.begin_cheap();
    price.linear(heads * (l.nope_dim + l.value_dim), l.kv_rank);
    price.end_cheap();
    price.stream(4.0 * (l.q_rank + l.kv_rank) * price.tokens(), 8.0 * (l.q_rank + l.kv_rank) * price.tokens(), 4, 8);
    price_rotary(price, (2 * query + heads * l.value_dim) * price.tokens());  // and joining the two parts of the heads
    value_width = heads * l.value_dim;
    key_value_width = heads * (l.nope_dim + l.rope_dim + l.value_dim);
  } else {
    const double gate = a.output_gate ? value_width : 0.0;
    price.linear(value_width + gate + key_value_width, h);
    price_rotary(price, (heads + kv_heads) * a.head_dim * price.tokens());
  }
  price.attention(heads, kv_heads, kind.windowed ? a.window : 0, key_value_width);
  if (a.output_gate && !a.latent) price_gate(price, value_width * price.tokens());
  price.linear(h, value_width);
  price.leave_tensor_region();
  price_norm_and_residual(price);
}

void price_activation(OperatorPricer& price, double width) {
  const Transformer& model = price.spec().model;
  const bool fused = price.spec().software.fused_elementwise;
  price.begin_cheap();
  if (model.gated_mlp) {
    price_gate(price, width);
  } else {
    const double bias = !fused && model.biases ? 2.0 : 0.0;
    price.stream((2 + bias) * width, (3 + bias) * width, bias > 0 ? 2 : 1, bias > 0 ? 2 : 1);
  }
  price.end_cheap();
}

void price_dense_mlp(OperatorPricer& price, double ffn) {
  const StepSpec& spec = price.spec();
  const double width = ffn / spec.layout.tp;
  const double h = spec.model.hidden;
  price.linear((spec.model.gated_mlp ? 2 : 1) * width, h);
  price_activation(price, width * price.tokens());
  price.linear(h, width);
}

void price_experts(OperatorPricer& price) {
  const StepSpec& spec = price.spec();
  const Experts& e = *spec.model.experts;
  const Layout& l = spec.layout;
  const double h = spec.model.hidden;
  const double own_tokens = price.tokens() / l.tp;  // each tensor-parallel rank routes its own share
  price.router(e.count, own_tokens);
  const double sent = own_tokens * e.top_k;        // token copies leaving, and on average arriving
  price.stream(2 * h * sent, 2 * h * sent, 2, 2);  // sort by expert
  price.all_to_all(sent * h);
  const double arrived = sent * l.expert_tp * spec.training.expert_imbalance;
  price.expert_exchange(arrived * h);
  price.stream(2 * h * arrived, 2 * h * arrived, 2, 2);  // group by local expert
  const double width = static_cast<double>(e.expert_ffn) / l.expert_tp;
  const int local = std::max(1, e.count / l.ep);
  price.grouped_linear(local, arrived, (spec.model.gated_mlp ? 2 : 1) * width, h);
  price_activation(price, width * arrived);
  price.grouped_linear(local, arrived, h, width);
  price.stream(2 * h * arrived, 2 * h * arrived, 2, 2);
  price.expert_exchange(arrived * h);
  price.all_to_all(sent * h);
  price.stream((e.top_k + 1) * h * own_tokens, (e.top_k + 1) * h * own_tokens, 2, 2);  // weighted sum
  if (e.shared_ffn > 0) {
    price.enter_tensor_region();
    price_dense_mlp(price, e.shared_ffn);
    price.leave_tensor_region();
  }
}

void price_mlp_block(OperatorPricer& price, LayerKind kind) {
  if (kind.experts) {
    price_experts(price);
  } else {
    price.enter_tensor_region();
    price_dense_mlp(price, price.spec().model.ffn);
    price.leave_tensor_region();
  }
  price_norm_and_residual(price);
}

/// What recomputation adds: everything, or the selected operators.
PhaseCost recomputed(const StepSpec& spec, const PhaseCost& forward, const PhaseCost& selective, int stage_layers) {
  switch (spec.layout.recompute) {
    case Recompute::None:
      return {};
    case Recompute::Selective:
      return selective;
    case Recompute::Full: {
      const int layers = spec.layout.recompute_layers;
      return forward * (layers > 0 ? std::min(1.0, static_cast<double>(layers) / stage_layers) : 1.0);
    }
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
  kernels += other.kernels;
  return *this;
}

PhaseCost operator*(PhaseCost phase, double factor) {
  phase.gemm *= factor;
  phase.attention *= factor;
  phase.memory_bound *= factor;
  phase.tensor_comm *= factor;
  phase.context_comm *= factor;
  phase.expert_comm *= factor;
  phase.kernels *= factor;
  return phase;
}

LayerCost layer_cost(const StepSpec& spec, const LayoutCurves& curves, LayerKind kind) {
  OperatorPricer price(spec, curves);
  price_attention_block(price, kind);
  price_mlp_block(price, kind);
  LayerCost cost = price.take();
  const int stage_layers = std::max(1, spec.model.layers / spec.layout.pp);
  cost.recompute = recomputed(spec, cost.forward, price.selective_cost(), stage_layers);
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
  price.head_linear(spec.model.vocab / tp, h);
  // Passes over the logits, in 2-byte elements: the cast to FP32, the maximum, the exponentials and their sum; backward
  // the softmax minus one. A fused loss keeps them in registers between.
  const double logits = elements(spec.model.vocab / tp, price.tokens());
  const bool fused = spec.software.fused_elementwise;
  price.stream((fused ? 5 : 13) * logits, (fused ? 5 : 9) * logits, fused ? 4 : 9, fused ? 3 : 6);
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

NumberFormat tensor_format(Precision precision) {
  if (precision == Precision::Fp32) return NumberFormat::Tf32;
  if (is_fp4(precision)) return NumberFormat::Fp4;
  return is_fp8(precision) ? NumberFormat::Fp8 : NumberFormat::Bf16;
}

bool is_fp4(Precision precision) {
  return precision == Precision::Nvfp4;
}

bool is_fp8(Precision precision) {
  return precision == Precision::Fp8Tensorwise || precision == Precision::Fp8Blockwise || precision == Precision::Mxfp8;
}

}  // namespace orrery
