#include "step/operator_pricer.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "step/hardware_flops.hpp"
#include "step/kernels/gemm.hpp"
#include "step/kernels/grouped_gemm.hpp"
#include "step/kernels/memory_bound.hpp"

namespace orrery {
namespace {

long long whole(double n) {
  return std::max(1LL, std::llround(n));
}

/// Expected number of `targets` that get any of `copies` sent to them evenly at random (DeepSeek-V3, arXiv:2412.19437,
/// section 3.2.2, sends a token once to each node).
double distinct_targets(double targets, double copies) {
  return targets * (1.0 - std::pow(1.0 - 1.0 / targets, copies));
}

}  // namespace

bool fused_experts(const StepSpec& spec) {
  return spec.software.fused_experts &&
         (spec.training.precision == Precision::Mxfp8 || spec.training.precision == Precision::Nvfp4);
}

bool routed_shapes(const StepSpec& spec) {
  return spec.software.graphs != Graphs::Step && !fused_experts(spec);
}

double dispatched(const StepSpec& spec) {
  const double copies = spec.model.experts->top_k;
  return spec.software.fused_dispatch ? distinct_targets(spec.layout.ep, copies) : copies;
}

OperatorPricer::OperatorPricer(const StepSpec& spec, const LayoutCurves& curves)
    : spec_(spec), curves_(curves), tokens_(tokens_per_chip(spec)) {
  region_tokens_ = spec.layout.sequence_parallel ? tokens_ / spec.layout.tp : tokens_;
}

double OperatorPricer::sustained_clock(NumberFormat format) const {
  const ChipCalibration& c = spec_.cluster.chip.calibration;
  return format == NumberFormat::Fp8 || format == NumberFormat::Fp4 ? c.sustained_clock_fp8 : c.sustained_clock;
}

Seconds OperatorPricer::streaming(double elements) const {
  return stream_time(Bytes(elements * activation_bytes(spec_.training.precision)), spec_.cluster.chip);
}

OperatorPricer::ProductTimes OperatorPricer::product(double m, double n, double k, NumberFormat format, int groups) {
  const Chip& chip = spec_.cluster.chip;
  const double clock = sustained_clock(format);
  const auto time = [&](double a, double b, double c) {
    const GemmShape shape{whole(a), whole(b), whole(c), 1};
    return (groups == 0 ? gemm_time(shape, format, chip) : grouped_gemm_time(shape, groups, format, chip)) / clock;
  };
  ProductTimes times;
  times.forward = time(m, n, k);
  times.input_gradient = time(m, k, n);
  times.weight_gradient = time(n, k, m);
  cost_.forward.gemm += times.forward;
  kept_.gemm += times.forward;
  cost_.backward.gemm += times.input_gradient + times.weight_gradient;
  cost_.forward.kernels += 1;
  kept_.kernels += 1;
  cost_.backward.kernels += 2;
  last_product_ = times;
  return times;
}

void OperatorPricer::accumulate_gradient(double n, double k, int groups) {
  // Weight gradients add into the main gradient: read and write it. Unfused, the 16-bit gradient is written (within the
  // product) and read again by a kernel of its own.
  const double width = spec_.software.gradients_fp32 ? 4 : 2;
  const bool fused = spec_.software.fused_gradient_accumulation;
  const double bytes = groups * n * k * (2 * width + (fused ? 0.0 : 2.0));
  cost_.backward.memory_bound +=
      Bytes(bytes) / (spec_.cluster.chip.memory_bandwidth * spec_.cluster.chip.calibration.memory_efficiency);
  if (!fused) cost_.backward.kernels += 1;
}

void OperatorPricer::cast_operands(double m, double n, double k) {
  const double bytes = cast_bytes(spec_.training.precision);
  if (bytes == 0) return;
  cost_.forward.memory_bound += stream_time(Bytes(m * k * bytes), spec_.cluster.chip);
  cost_.backward.memory_bound += stream_time(Bytes(m * n * bytes), spec_.cluster.chip);
  cost_.forward.kernels += 2;
  cost_.backward.kernels += 2;
}

void OperatorPricer::linear(double n, double k, double again) {
  const ProductTimes times = product(tokens_, n, k, tensor_format(spec_.training.precision), 0);
  kept_.gemm += -again * times.forward;
  kept_.kernels -= again;
  cast_operands(tokens_, n, k);
  accumulate_gradient(n, k, 1);
  if (at_entry_) enter_exchange(times, true);
}

void OperatorPricer::head_linear(double n, double k) {
  const ProductTimes times = product(tokens_, n, k, NumberFormat::Bf16, 0);
  accumulate_gradient(n, k, 1);
  if (at_entry_) enter_exchange(times, false);
}

void OperatorPricer::enter_exchange(const ProductTimes& times, bool in_chunks) {
  at_entry_ = false;
  if (spec_.layout.tp == 1) return;
  const Bytes payload(tokens_ * spec_.model.hidden * activation_bytes(spec_.training.precision));
  if (!spec_.layout.sequence_parallel) {
    cost_.backward.tensor_comm += under_gradient(curves_.tensor_all_reduce.time(payload), times.weight_gradient);
    cost_.backward.kernels += 1;
    return;
  }
  const Seconds gather = curves_.tensor_all_gather.time(payload);
  cost_.forward.tensor_comm += in_chunks ? exchanged(gather, times.forward) : gather;
  cost_.backward.tensor_comm += under_gradient(gather, times.input_gradient);
  cost_.backward.tensor_comm += under_gradient(curves_.tensor_reduce_scatter.time(payload), times.weight_gradient);
  cost_.forward.kernels += 1;
  cost_.backward.kernels += 2;
}

Seconds OperatorPricer::under_gradient(Seconds comm, Seconds window) const {
  return spec_.software.tensor_overlap == TensorOverlap::None ? comm : exposed(comm, window, spec_);
}

Seconds OperatorPricer::exchanged(Seconds comm, Seconds window) const {
  // The exchange in chunks stores into the neighbours' memory: it needs scale-up links all around.
  if (spec_.software.tensor_overlap != TensorOverlap::Full || curves_.tensor_spans_domains) return comm;
  // The first of tp chunks has nothing to hide under (Wang et al., ASPLOS 2023, decomposed collectives).
  const double first = 1.0 / spec_.layout.tp;
  return comm * first + exposed(comm * (1.0 - first), window * (1.0 - first), spec_);
}

void OperatorPricer::enter_tensor_region() {
  at_entry_ = true;
}

void OperatorPricer::leave_tensor_region() {
  at_entry_ = false;
  if (spec_.layout.tp == 1) return;
  const Bytes payload(tokens_ * spec_.model.hidden * activation_bytes(spec_.training.precision));
  PhaseCost exit;
  exit.kernels = 1;
  exit.tensor_comm = spec_.layout.sequence_parallel
                         ? exchanged(curves_.tensor_reduce_scatter.time(payload), last_product_.forward)
                         : curves_.tensor_all_reduce.time(payload);
  cost_.forward += exit;
  kept_ += exit;
  if (!spec_.layout.sequence_parallel) return;
  const Seconds gather = curves_.tensor_all_gather.time(payload);
  cost_.backward.tensor_comm += exchanged(gather, last_product_.input_gradient);
  cost_.backward.kernels += 1;
}

void OperatorPricer::router(double experts, double routed_tokens) {
  product(routed_tokens, experts, spec_.model.hidden, NumberFormat::Bf16, 0);
  // Softmax, top-k, counting and index building are small kernels.
  stream(4 * experts * routed_tokens, 4 * experts * routed_tokens, 10, 6);
}

void OperatorPricer::begin_experts() {
  forward_kernels_ = cost_.forward.kernels;
  backward_kernels_ = cost_.backward.kernels;
  kept_kernels_ = kept_.kernels;
}

void OperatorPricer::end_experts() {
  if (!routed_shapes(spec_)) return;
  for (const auto& [phase, before] :
       {std::pair{&cost_.forward, forward_kernels_}, {&cost_.backward, backward_kernels_}, {&kept_, kept_kernels_}}) {
    phase->dynamic_kernels += phase->kernels - before;
    phase->kernels = before;
  }
}

void OperatorPricer::grouped_linear(int local, double arrived, double n, double k) {
  product(arrived / local, n, k, tensor_format(spec_.training.precision), local);
  if (!fused_experts(spec_)) {
    // A product of its own for each expert, on a few streams (Transformer Engine's GroupedLinear calls cuBLAS).
    cost_.forward.kernels += local - 1;
    kept_.kernels += local - 1;
    cost_.backward.kernels += 2.0 * (local - 1);
    cast_operands(arrived, n, k);
  }
  accumulate_gradient(n, k, local);
}

void OperatorPricer::attention(double heads, double kv_heads, int window, double key_value_width) {
  const Layout& l = spec_.layout;
  const Attention& a = spec_.model.attention;
  // Packed documents are sequences of their own to a kernel of variable length; unfused scores span the whole.
  const long long sequence = spec_.training.sequence;
  const bool whole_scores = attention_kernel(spec_) == AttentionKernel::Unfused;
  const long long span = whole_scores ? sequence : attention_span(spec_.training);
  AttentionShape shape;
  shape.batch = whole(static_cast<double>(l.micro_batch) * sequence / span);
  shape.heads = static_cast<int>(whole(heads));
  shape.kv_heads = static_cast<int>(whole(kv_heads));
  shape.q_len = std::max(1LL, span / l.cp);
  shape.kv_len = span;
  shape.qk_dim = a.latent ? a.latent->nope_dim + a.latent->rope_dim : a.head_dim;
  shape.v_dim = a.latent ? a.latent->value_dim : a.head_dim;
  shape.causal = true;
  shape.window = window;
  shape.dropout = spec_.software.dropout;
  // Around a ring of cp ranks, each of which holds a head and a tail slice: its own keys and values with a mask, then
  // those of each other rank, of which half are visible, without one.
  if (l.cp > 1) shape.kv_len = shape.q_len;
  AttentionShape others = shape;
  others.kv_len = std::max(1LL, shape.q_len / 2);
  others.causal = false;
  const double turns = l.cp - 1;
  // A window reaches so many slices back and no further.
  const double seen = window > 0 ? std::min(turns, std::ceil(2.0 * window / static_cast<double>(shape.q_len))) : turns;
  const double clock = spec_.cluster.chip.calibration.sustained_clock;
  const AttentionKernel kernel = attention_kernel(spec_);
  // In BF16 under every narrower recipe. In FP32 there is neither a flash kernel nor a fused softmax.
  const bool fp32 = spec_.training.precision == Precision::Fp32;
  shape.fused_softmax = !fp32;
  const NumberFormat format = fp32 ? NumberFormat::Tf32 : NumberFormat::Bf16;
  const Chip& chip = spec_.cluster.chip;
  Seconds forward = attention_forward(shape, kernel, format, chip) / clock;
  Seconds backward = attention_backward(shape, kernel, format, chip) / clock;
  if (seen > 0) {
    forward += seen * attention_forward(others, kernel, format, chip) / clock;
    backward += seen * attention_backward(others, kernel, format, chip) / clock;
  }
  PhaseCost scores;
  scores.attention = forward;
  scores.kernels = kernel == AttentionKernel::Unfused ? 6 + spec_.software.dropout : 1;
  if (kernel == AttentionKernel::Unfused) scores_ += scores;
  cost_.forward += scores;
  kept_ += scores;
  cost_.backward.attention += backward;
  cost_.backward.kernels += kernel == AttentionKernel::Unfused ? 10 + spec_.software.dropout : 3;
  if (l.cp > 1) {
    // Ring attention (Liu et al. 2023): cp - 1 times the keys and values of a neighbour, backward also their gradients.
    const Bytes block(tokens_ * key_value_width * activation_bytes(spec_.training.precision));
    cost_.forward.context_comm += exposed(turns * curves_.context_exchange.time(block), forward, spec_);
    cost_.backward.context_comm += exposed(turns * curves_.context_exchange.time(2.0 * block), backward, spec_);
    cost_.forward.kernels += 3 * turns;
    cost_.backward.kernels += 7 * turns;
  }
}

void OperatorPricer::begin_cheap() {
  before_cheap_ = cost_.forward;
}

void OperatorPricer::end_cheap() {
  cheap_ += cost_.forward;
  cheap_ += before_cheap_ * -1.0;
}

PhaseCost OperatorPricer::selective_cost() const {
  if (attention_kernel(spec_) == AttentionKernel::Unfused) return scores_;
  if (spec_.software.selective == SelectiveRecompute::CheapResults) return cheap_;
  PhaseCost again = cost_.forward;
  again += kept_ * -1.0;
  return again;
}

void OperatorPricer::stream(double forward_elements, double backward_elements, double forward_kernels,
                            double backward_kernels) {
  if (forward_elements > 0) cost_.forward.memory_bound += streaming(forward_elements);
  if (backward_elements > 0) cost_.backward.memory_bound += streaming(backward_elements);
  cost_.forward.kernels += forward_kernels;
  cost_.backward.kernels += backward_kernels;
}

void OperatorPricer::all_to_all(double tokens) {
  // How many tokens an expert got is news to the host also where all experts are at home.
  const Seconds wait = routed_shapes(spec_) ? spec_.software.host_per_exchange : Seconds{};
  cost_.forward.host_wait += wait;
  cost_.backward.host_wait += wait;
  kept_.host_wait += wait;
  const int ranks = spec_.layout.ep;
  if (ranks == 1) return;
  tokens *= spec_.training.expert_imbalance;  // the busiest rank sends and receives as many more
  const double copies = spec_.model.experts->top_k;
  const double token = spec_.model.hidden * activation_bytes(spec_.training.precision);
  Seconds comm;
  if (spec_.software.fused_dispatch) {
    // Sent once to each domain that has an expert of the token, passed on inside to each such rank; both at a time.
    comm = curves_.expert_inside.time(Bytes(tokens * distinct_targets(ranks, copies) * token));
    if (curves_.expert_domains > 1) {
      const Bytes across(tokens * distinct_targets(curves_.expert_domains, copies) * token);
      comm = max(comm, curves_.expert_all_to_all.time(across));
    }
  } else {
    comm = curves_.expert_all_to_all.time(Bytes(tokens * copies * token));
  }
  PhaseCost exchange;
  exchange.kernels = 2;
  (overlapped_exchange() ? exchange.hideable_exchange : exchange.expert_comm) = comm;
  cost_.forward += exchange;
  cost_.backward += exchange;
  kept_ += exchange;
}

bool OperatorPricer::overlapped_exchange() const {
  switch (spec_.software.overlap_ep) {
    case ExpertOverlap::None:
      return false;
    case ExpertOverlap::Interleaved:
      // Two micro-batches take turns, which stacks turn on where the network is slow and the pipeline interleaves
      // anyway, and in steps that are one graph.
      return (curves_.expert_domains > 1 && spec_.layout.vpp > 1) || fused_experts(spec_);
    case ExpertOverlap::Full:
      return true;
  }
  return false;
}

void OperatorPricer::expert_exchange(double elements) {
  if (spec_.layout.expert_tp == 1) return;
  const Seconds comm = curves_.expert_gather.time(Bytes(elements * activation_bytes(spec_.training.precision)));
  PhaseCost exchange;
  exchange.kernels = 1;
  exchange.expert_comm = comm;
  cost_.forward += exchange;
  cost_.backward += exchange;
  kept_ += exchange;
}

void OperatorPricer::embedding_reduction() {
  if (spec_.layout.tp == 1) return;
  const Bytes payload(tokens_ * spec_.model.hidden * activation_bytes(spec_.training.precision));
  const bool sp = spec_.layout.sequence_parallel;
  cost_.forward.tensor_comm += (sp ? curves_.tensor_reduce_scatter : curves_.tensor_all_reduce).time(payload);
  if (sp) cost_.backward.tensor_comm += curves_.tensor_all_gather.time(payload);
}

void OperatorPricer::loss_reductions() {
  if (spec_.layout.tp == 1) return;
  // Maximum, target logit and sum of exponentials, each a number a token (Megatron-LM's vocabulary-parallel loss).
  cost_.forward.tensor_comm += 3.0 * curves_.tensor_all_reduce.time(Bytes(4 * tokens_));
  cost_.forward.kernels += 3;
}

}  // namespace orrery
