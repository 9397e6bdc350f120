#include <algorithm>
#include <string>

#include "export/megatron_lines.hpp"
#include "step/layer_cost.hpp"

namespace orrery {
namespace {

/// The modules whose results are dropped. Megatron-LM's own choice, core_attn, drops attention's scores.
void write_selective(const StepSpec& spec, MegatronLines& lines) {
  lines.set("recompute-granularity", "selective");
  if (attention_kernel(spec) == AttentionKernel::Unfused) {
    lines.set("recompute-modules", "core_attn");
    return;
  }
  const Transformer& model = spec.model;
  std::string modules = "layernorm";
  if (model.experts) modules += " moe_act";
  if (model.attention.latent) modules += " mla_up_proj";
  lines.set("recompute-modules", modules);
  lines.note_if(spec.software.selective == SelectiveRecompute::EverySecondProduct,
                "recomputing every second matrix product");
  lines.note_if(!model.experts || !model.is_moe_layer(0),
                "recomputing a dense MLP's activation alone (its module `mlp` repeats the products, too)");
  lines.note_if(model.experts && model.experts->shared_ffn > 0,
                "recomputing the shared experts' activation alone (its module `shared_experts` repeats the products, "
                "too)");
}

}  // namespace

void write_megatron_recompute(const StepSpec& spec, MegatronLines& lines) {
  const Layout& l = spec.layout;
  if (l.recompute == Recompute::Selective) write_selective(spec, lines);
  if (l.recompute != Recompute::Full) return;
  lines.set("recompute-granularity", "full");
  lines.set("recompute-method", l.recompute_layers > 0 ? "block" : "uniform");
  // Megatron-LM counts the layers of a chunk.
  lines.set("recompute-num-layers", std::max(1, (l.recompute_layers + l.vpp - 1) / l.vpp));
  lines.note_if(l.recompute_layers % l.vpp != 0, "recomputing layers of a stage that its chunks do not share evenly");
}

}  // namespace orrery
