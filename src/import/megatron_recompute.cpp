#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "import/megatron_reader.hpp"

namespace orrery {
namespace {

class RecomputeReader : MegatronReader {
 public:
  RecomputeReader(const MegatronFlags& flags, MegatronJob& job, Diagnostics& diagnostics)
      : MegatronReader(flags, diagnostics), job_(job) {}

  void read() {
    Layout& l = job_.layout;
    const auto granularity = flags_.choice("recompute-granularity", {"full", "selective"}, diagnostics_);
    const bool activations = flags_.has("recompute-activations");
    if (granularity == "full") l.recompute = Recompute::Full;
    if (granularity == "full" && activations)
      contradiction("`--recompute-activations` means selective, `--recompute-granularity` says full",
                    "recompute-granularity");
    const bool selective = granularity == "selective" || (activations && granularity != "full");
    const auto method = flags_.choice("recompute-method", {"uniform", "block"}, diagnostics_);
    if (method && selective)
      contradiction("`--recompute-method` goes with `--recompute-granularity full` only", "recompute-method");
    if (granularity == "full" && !method)
      contradiction("`--recompute-granularity full` needs `--recompute-method`", "recompute-granularity",
                    "say --recompute-method uniform --recompute-num-layers 1");
    // With "uniform" every layer recomputes, in units of that many layers.
    if (method == "block") {
      // Megatron-LM counts the layers of a model chunk (TransformerBlock), a layout those of a stage.
      const long long of_stage = 1LL * l.vpp * number("recompute-num-layers", 1);
      l.recompute_layers = static_cast<int>(std::min<long long>(of_stage, 1 << 30));
    }
    if (selective) {
      read_modules(granularity ? "recompute-granularity" : "recompute-activations");
    } else if (flags_.has("recompute-modules")) {
      warning("`--recompute-modules` has no effect without `--recompute-granularity selective`", "recompute-modules");
    }
  }

 private:
  bool has(const char* module) const { return std::find(modules_.begin(), modules_.end(), module) != modules_.end(); }

  void read_modules(const char* granularity) {
    const bool given = flags_.has("recompute-modules");
    modules_ =
        flags_.list("recompute-modules",
                    {"core_attn", "layernorm", "moe_act", "mla_up_proj", "mlp", "moe", "shared_experts"}, diagnostics_);
    if (!given) modules_ = {"core_attn"};
    for (const char* whole : {"mlp", "moe", "shared_experts"}) {
      if (has(whole))
        warning(fmt::format("recomputing `{}` whole is not modelled: its products are priced as kept", whole),
                "recompute-modules");
    }
    const std::string backend = flags_.text("attention-backend");
    const bool scores = backend == "unfused" || backend == "local" || job_.training.precision == Precision::Fp32;
    if (scores) {
      read_scores();
    } else if (has("layernorm") || has("moe_act") || has("mla_up_proj")) {
      read_cheap_results();
    } else if (has("core_attn") && (backend == "flash" || backend == "fused")) {
      warning("recomputing `core_attn` with flash attention, which keeps no scores, is not modelled: priced as none",
              given ? "recompute-modules" : granularity);
    } else if (has("core_attn")) {
      job_.layout.recompute = Recompute::Selective;
      warning(
          "only `core_attn` is recomputed: priced as attention scores where the software profile's attention is "
          "unfused, else as norms and activations, which Megatron-LM keeps then",
          given ? "recompute-modules" : granularity, "say --attention-backend, or --recompute-modules layernorm ...");
    }
  }

  void read_scores() {
    if (has("core_attn")) job_.layout.recompute = Recompute::Selective;
    for (const char* cheap : {"layernorm", "moe_act", "mla_up_proj"}) {
      if (has(cheap))
        warning(fmt::format("recomputing `{}` beside unfused attention is not modelled", cheap), "recompute-modules");
    }
  }

  /// Norms, activations and latent up-projections are priced together, or not at all.
  void read_cheap_results() {
    std::vector<std::string> missing;
    if (!has("layernorm")) missing.emplace_back("layernorm");
    if (job_.model.experts && !has("moe_act")) missing.emplace_back("moe_act");
    if (job_.model.attention.latent && !has("mla_up_proj")) missing.emplace_back("mla_up_proj");
    if (!missing.empty()) {
      warning(fmt::format("recomputing {} without {} is not modelled: priced as none", fmt::join(modules_, ", "),
                          fmt::join(missing, ", ")),
              "recompute-modules");
      return;
    }
    job_.layout.recompute = Recompute::Selective;
    const Transformer& m = job_.model;
    const bool dense = !m.experts || !m.is_moe_layer(0);  // Dense layers lead, or take turns and begin.
    if (job_.has_model && (dense || m.experts->shared_ffn > 0)) {
      warning(fmt::format("the activation of {} is priced as recomputed, too, which Megatron-LM keeps",
                          dense ? "dense MLPs" : "shared experts"),
              "recompute-modules");
    }
  }

  MegatronJob& job_;
  std::vector<std::string> modules_;
};

}  // namespace

void read_megatron_recompute(const MegatronFlags& flags, MegatronJob& job, Diagnostics& diagnostics) {
  RecomputeReader(flags, job, diagnostics).read();
}

}  // namespace orrery
