#include <fmt/format.h>

#include "export/megatron_lines.hpp"
#include "step/groups.hpp"
#include "step/layer_cost.hpp"
#include "step/operator_pricer.hpp"

namespace orrery {
namespace {

void write_attention_and_fusion(const StepSpec& spec, MegatronLines& lines) {
  const Software& s = spec.software;
  const AttentionKernel kernel = attention_kernel(spec);
  lines.set("attention-backend", kernel == AttentionKernel::Unfused ? "unfused"
                                 : kernel == AttentionKernel::Flash ? "flash"
                                                                    : "fused");
  // Megatron-LM's own default is 0.1.
  lines.set("attention-dropout", s.dropout ? "0.1" : "0.0");
  lines.set("hidden-dropout", s.dropout ? "0.1" : "0.0");
  if (!s.fused_elementwise) {
    lines.set_if(true, spec.model.gated_mlp ? "no-bias-swiglu-fusion" : "no-bias-gelu-fusion");
    lines.set_if(true, "no-bias-dropout-fusion");
  }
  lines.set_if(s.loss == LossKernel::Fused, "cross-entropy-loss-fusion");
  if (s.loss == LossKernel::Fused) lines.set("cross-entropy-fusion-impl", "te");
  lines.note_if(s.loss == LossKernel::Unfused, "a loss in three FP32 copies of the logits");
}

void write_gradients(const StepSpec& spec, MegatronLines& lines) {
  const Software& s = spec.software;
  lines.set_if(!s.fused_gradient_accumulation, "no-gradient-accumulation-fusion");
  lines.note_if(s.gradient_placeholders, "gradient placeholders (Transformer Engine 2.3 and later keeps them)");
  const Precision p = spec.training.precision;
  if (p == Precision::Fp32) {
    lines.note_if(!s.gradients_fp32, "16-bit gradients of FP32 weights");
  } else if (s.gradients_fp32) {
    lines.set_if(true, "accumulate-allreduce-grads-in-fp32");
  } else {
    lines.set_if(p != Precision::Fp16, "grad-reduce-in-bf16");  // With --fp16 they are in 16 bits anyway.
  }
}

/// Whether the exchange of experts is priced under another micro-batch.
bool overlaps_experts(const StepSpec& spec) {
  const Layout& l = spec.layout;
  if (l.ep == 1 || spec.software.overlap_ep == ExpertOverlap::None) return false;
  if (spec.software.overlap_ep == ExpertOverlap::Full || fused_experts(spec)) return true;
  return l.vpp > 1 && layout_groups(l, spec.cluster.node).expert.spans_domains();
}

void write_experts(const StepSpec& spec, MegatronLines& lines) {
  if (!spec.model.experts) return;
  const Software& s = spec.software;
  const Layout& l = spec.layout;
  const bool narrow = spec.training.precision != Precision::Fp32 && spec.training.precision != Precision::Fp16;
  lines.set_if(narrow, "moe-grouped-gemm");               // With --bf16 only.
  const bool flex = s.fused_dispatch && l.tp * l.ep > 1;  // Refused where nothing is sent.
  lines.set("moe-token-dispatcher-type", flex ? "flex" : "alltoall");
  lines.set_if(flex, "moe-enable-deepep");
  lines.note_if(s.fused_dispatch && !flex, "fused dispatch to the experts of the same rank");
  if (overlaps_experts(spec)) {
    // Megatron-LM refuses it in a pipeline that does not interleave, and beside full recomputation.
    const bool runs = (l.pp == 1 || l.vpp > 1) && l.recompute != Recompute::Full;
    lines.set_if(runs, "overlap-moe-expert-parallel-comm");
    lines.note_if(!runs,
                  "expert exchange under another micro-batch, in a pipeline that does not interleave or beside "
                  "full recomputation");
  }
  lines.note_if(fused_experts(spec), "block-scaled experts as sync-free kernels");
  lines.note_if(s.weights_in_experts,
                "routing weights inside the experts (Megatron-Core 0.12 and later has them there)");
  lines.note_if(l.ep > 1 && spec.training.precision == Precision::Fp16, "expert parallelism in FP16");
  lines.note_if(!narrow, "grouped products of experts in FP16 and FP32");
  if (spec.training.expert_imbalance != 1.0) {
    lines.note(fmt::format("an expert imbalance of {:g}", spec.training.expert_imbalance));
  }
}

void write_graphs(const StepSpec& spec, MegatronLines& lines) {
  const Graphs graphs = spec.software.graphs;
  if (graphs == Graphs::None) return;
  if (spec.layout.recompute == Recompute::Full) {
    lines.note("CUDA graphs beside full recomputation");
  } else if (graphs == Graphs::Step) {
    lines.set("cuda-graph-impl", "local");
    lines.set("cuda-graph-scope", "full_iteration");
    lines.set_if(true, "no-check-for-nan-in-loss-and-grad");  // It refuses such a graph otherwise.
  } else {
    lines.set("cuda-graph-impl", "transformer_engine");
    if (spec.model.experts) lines.set("cuda-graph-scope", "attn moe_router moe_preprocess");
  }
}

void write_overlap(const StepSpec& spec, MegatronLines& lines) {
  const Software& s = spec.software;
  const Layout& l = spec.layout;
  lines.set_if(s.overlap_dp, "overlap-grad-reduce");
  lines.set_if(s.overlap_dp && l.zero >= 1, "overlap-param-gather");
  if (l.tp > 1) {
    lines.set_if(s.tensor_overlap == TensorOverlap::Full && l.sequence_parallel, "tp-comm-overlap");
    lines.note_if(s.tensor_overlap == TensorOverlap::None, "tensor-parallel exchange that nothing hides");
  }
  if (l.vpp > 1 && !s.overlap_pp) {
    // Between two stages it would batch two sends to the same neighbour, and refuses.
    lines.set_if(l.pp > 2, "no-overlap-p2p-communication");
    lines.note_if(l.pp <= 2, "interleaving over two stages with exposed sends");
  }
}

}  // namespace

void write_megatron_software(const StepSpec& spec, MegatronLines& lines) {
  write_attention_and_fusion(spec, lines);
  write_gradients(spec, lines);
  write_experts(spec, lines);
  write_graphs(spec, lines);
  write_overlap(spec, lines);
  if (spec.software.communication_units != Software{}.communication_units) {
    lines.note(fmt::format("{:g} compute units that a collective occupies", spec.software.communication_units));
  }
}

}  // namespace orrery
