#include "export/megatron_args.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "export/megatron_lines.hpp"

namespace orrery {
namespace {

/// "([0]*3+[1]*58)": every layer, by kind.
std::string layer_pattern_of(const Transformer& model) {
  std::string text;
  for (int layer = 0; layer < model.layers;) {
    const bool moe = model.is_moe_layer(layer);
    int end = layer;
    while (end < model.layers && model.is_moe_layer(end) == moe) ++end;
    text += fmt::format("{}[{}]*{}", text.empty() ? "" : "+", moe ? 1 : 0, end - layer);
    layer = end;
  }
  return "(" + text + ")";
}

void write_attention(const Attention& a, MegatronLines& lines) {
  lines.set("num-attention-heads", a.heads);
  if (a.latent) {
    lines.set_if(true, "multi-latent-attention");
    if (a.latent->q_rank > 0) lines.set("q-lora-rank", a.latent->q_rank);
    lines.set("kv-lora-rank", a.latent->kv_rank);
    lines.set("qk-head-dim", a.latent->nope_dim);
    lines.set("qk-pos-emb-head-dim", a.latent->rope_dim);
    lines.set("v-head-dim", a.latent->value_dim);
  } else {
    lines.set_if(a.kv_heads != a.heads, "group-query-attention");
    if (a.kv_heads != a.heads) lines.set("num-query-groups", a.kv_heads);
    lines.set("kv-channels", a.head_dim);
  }
  if (a.window > 0) {
    lines.set("window-size", fmt::format("{},0", a.window));
    if (a.full_every > 0) lines.set("window-attn-skip-freq", a.full_every);
  }
  lines.set_if(a.qkv_bias, "add-qkv-bias");
  lines.set_if(a.qk_norm, "qk-layernorm");
  lines.note_if(a.output_gate, "the gate on attention's output");
}

void write_experts(const Transformer& model, MegatronLines& lines) {
  if (!model.experts) return;
  const Experts& e = *model.experts;
  lines.set("num-experts", e.count);
  lines.set("moe-router-topk", e.top_k);
  lines.set("moe-ffn-hidden-size", e.expert_ffn);
  if (e.shared_ffn > 0) lines.set("moe-shared-expert-intermediate-size", e.shared_ffn);
  if (e.first_dense_layers > 0 || e.every > 1) lines.set("moe-layer-freq", "\"" + layer_pattern_of(model) + "\"");
}

void write_model(const Transformer& model, int sequence, MegatronLines& lines) {
  lines.set("num-layers", model.layers);
  lines.set("hidden-size", model.hidden);
  if (model.ffn > 0) lines.set("ffn-hidden-size", model.ffn);
  write_attention(model.attention, lines);
  lines.set_if(model.gated_mlp, "swiglu");
  write_experts(model, lines);
  lines.set("vocab-size", model.vocab);
  lines.set_if(!model.tied_embeddings, "untie-embeddings-and-output-weights");
  lines.set_if(!model.biases, "disable-bias-linear");
  lines.set("normalization", model.norm == Norm::RmsNorm ? "RMSNorm" : "LayerNorm");
  const bool learned = model.position == Position::Learned;
  const bool none = model.position == Position::None || model.position == Position::Alibi;
  lines.set("position-embedding-type", learned ? "learned_absolute" : none ? "none" : "rope");
  lines.set("max-position-embeddings", learned ? model.max_positions : std::max(model.max_positions, sequence));
  if (model.mtp_layers > 0) lines.set("mtp-num-layers", model.mtp_layers);
  lines.note_if(model.mtp_layers > 0 && learned, "multi-token prediction with learned positions");
  lines.note_if(model.position == Position::Alibi, "ALiBi positions");
  lines.note_if(model.parallel_block, "attention and MLP side by side");
  lines.note_if(model.post_norms, "norms behind attention and MLP");
}

void write_layout(const StepSpec& spec, MegatronLines& lines) {
  const Layout& layout = spec.layout;
  lines.set("tensor-model-parallel-size", layout.tp);
  write_megatron_pipeline(spec, lines);
  lines.set("context-parallel-size", layout.cp);
  if (spec.model.experts) {
    lines.set("expert-model-parallel-size", layout.ep);
    lines.set("expert-tensor-parallel-size", layout.expert_tp);
  }
  lines.set_if(layout.sequence_parallel, "sequence-parallel");
  lines.set_if(layout.zero >= 1, "use-distributed-optimizer");
  if (layout.zero >= 2) {
    lines.set_if(true, "use-megatron-fsdp");
    lines.set("data-parallel-sharding-strategy", layout.zero == 2 ? "optim_grads" : "optim_grads_params");
    lines.set("ckpt-format", "fsdp_dtensor");  // The only one that it takes.
  }
  write_megatron_recompute(spec, lines);
  lines.note_if(layout.shard_group > 0, "sharding over a part of the data-parallel group");
  lines.note_if(layout.schedule == Schedule::GPipe, "the GPipe schedule");
}

void write_training(const Training& training, int micro_batch, MegatronLines& lines) {
  lines.set("seq-length", training.sequence);
  lines.set("micro-batch-size", micro_batch);
  lines.set("global-batch-size", training.global_batch);
  const Precision p = training.precision;
  lines.set_if(p == Precision::Fp16, "fp16");
  lines.set_if(p != Precision::Fp16 && p != Precision::Fp32, "bf16");
  if (p == Precision::Nvfp4) lines.set("fp4-format", "e2m1");
  if (p == Precision::Fp8Tensorwise || p == Precision::Fp8Blockwise || p == Precision::Mxfp8) {
    lines.set("fp8-format", p == Precision::Fp8Tensorwise ? "hybrid" : "e4m3");
    lines.set("fp8-recipe", p == Precision::Fp8Tensorwise  ? "tensorwise"
                            : p == Precision::Fp8Blockwise ? "blockwise"
                                                           : "mxfp8");
  }
  lines.note_if(training.document_length > 0, "attention kept within packed documents");
}

}  // namespace

std::string MegatronArgs::text() const {
  std::string text;
  for (std::size_t i = 0; i < lines.size(); ++i) text += lines[i] + (i + 1 < lines.size() ? " \\\n" : "\n");
  return text;
}

MegatronArgs megatron_args(const StepSpec& spec) {
  MegatronArgs args;
  MegatronLines lines(args);
  write_model(spec.model, spec.training.sequence, lines);
  write_layout(spec, lines);
  write_training(spec.training, spec.layout.micro_batch, lines);
  write_megatron_software(spec, lines);
  return args;
}

}  // namespace orrery
