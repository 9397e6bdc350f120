#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <string>

#include "import/megatron_reader.hpp"

namespace orrery {
namespace {

class SoftwareReader : MegatronReader {
 public:
  SoftwareReader(const MegatronFlags& flags, const MegatronJob& job, Diagnostics& diagnostics)
      : MegatronReader(flags, diagnostics), job_(job) {}

  MegatronSoftware read() {
    read_attention();
    read_fusion();
    read_graphs();
    read_overlap();
    read_experts();
    const auto optimizer = flags_.choice("optimizer", {"adam", "sgd", "muon", "dist_muon"}, diagnostics_);
    if (optimizer && optimizer != "adam")
      warning(fmt::format("`--optimizer {}` is not modelled: the optimizer's state is priced as Adam's", *optimizer),
              "optimizer");
    return software_;
  }

 private:
  double probability(const char* name) {
    if (!flags_.has(name)) return 0.1;
    const std::string text = flags_.text(name);
    double value = -1;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error == std::errc{} && end == text.data() + text.size() && value >= 0 && value <= 1) return value;
    contradiction(fmt::format("`--{}`: `{}` is no probability", name, text.substr(0, 40)), name, "for example 0.0");
    return 0;
  }

  void read_attention() {
    const auto backend =
        flags_.choice("attention-backend", {"auto", "flash", "fused", "unfused", "local"}, diagnostics_);
    if (backend == "flash") software_.attention = AttentionKernel::Flash;
    if (backend == "fused") software_.attention = AttentionKernel::Tuned;
    if (backend == "unfused" || backend == "local") software_.attention = AttentionKernel::Unfused;
    if (flags_.has("no-masked-softmax-fusion") && software_.attention == AttentionKernel::Unfused)
      warning("`--no-masked-softmax-fusion` is not modelled", "no-masked-softmax-fusion");
    const bool scores = probability("attention-dropout") > 0, residual = probability("hidden-dropout") > 0;
    software_.dropout = scores || residual;
    if (scores != residual)
      warning("dropout of attention alone, or of the residual alone, is not modelled: priced as both",
              flags_.has("attention-dropout") ? "attention-dropout" : "hidden-dropout");
    const std::vector<std::string> exchange =
        flags_.list("cp-comm-type", {"p2p", "a2a", "allgather", "a2a+p2p"}, diagnostics_);
    if (std::any_of(exchange.begin(), exchange.end(), [](const std::string& type) { return type != "p2p"; }))
      warning("`--cp-comm-type` is not modelled: priced as p2p", "cp-comm-type");
  }

  void read_fusion() {
    const char* const activation = job_.model.gated_mlp ? "no-bias-swiglu-fusion" : "no-bias-gelu-fusion";
    const char* const residual = "no-bias-dropout-fusion";
    software_.fused_elementwise = !(flags_.has(activation) && flags_.has(residual));
    if (flags_.has(activation) != flags_.has(residual)) {
      const char* const alone = flags_.has(activation) ? activation : residual;
      warning(
          fmt::format("`--{}` alone is not modelled: norms, activations and residuals are all fused, or none", alone),
          alone);
    }
    software_.fused_gradient_accumulation = !flags_.has("no-gradient-accumulation-fusion");
    const Precision p = job_.training.precision;
    if (p == Precision::Fp16) software_.gradients_fp32 = flags_.has("accumulate-allreduce-grads-in-fp32");
    if (p != Precision::Fp16 && p != Precision::Fp32) software_.gradients_fp32 = !flags_.has("grad-reduce-in-bf16");
    // Megatron-LM's own fused loss holds one FP32 copy of the logits, as the other; Transformer Engine's none.
    const auto loss = flags_.choice("cross-entropy-fusion-impl", {"native", "te"}, diagnostics_);
    if (flags_.has("cross-entropy-loss-fusion") && loss == "te") software_.loss = LossKernel::Fused;
  }

  void read_graphs() {
    const auto kind = flags_.choice("cuda-graph-impl", {"none", "local", "transformer_engine"}, diagnostics_);
    const std::vector<std::string> scope = flags_.list(
        "cuda-graph-scope", {"full", "attn", "mlp", "moe", "moe_router", "moe_preprocess", "mamba", "full_iteration"},
        diagnostics_);
    const bool deprecated = flags_.has("enable-cuda-graph") || flags_.has("external-cuda-graph");
    if (deprecated && kind && kind != "none")
      contradiction("`--cuda-graph-impl` excludes `--enable-cuda-graph` and `--external-cuda-graph`",
                    "cuda-graph-impl");
    if (!deprecated && (!kind || kind == "none")) return;
    const bool step = std::find(scope.begin(), scope.end(), "full_iteration") != scope.end();
    software_.graphs = step ? Graphs::Step : Graphs::Static;
  }

  void read_overlap() {
    const Layout& l = job_.layout;
    if (flags_.has("tp-comm-overlap")) {
      software_.tensor_overlap = TensorOverlap::Full;
      if (!l.sequence_parallel)
        contradiction("`--tp-comm-overlap` needs `--sequence-parallel`: Megatron-LM refuses", "tp-comm-overlap");
    }
    software_.overlap_dp = flags_.has("overlap-grad-reduce") || flags_.has("use-torch-fsdp2");
    if (flags_.has("overlap-grad-reduce") && l.zero >= 1 && !flags_.has("overlap-param-gather"))
      warning("parameter gathering without `--overlap-param-gather` is not modelled: priced under compute",
              "overlap-grad-reduce");
    const bool exposed = flags_.has("no-overlap-p2p-communication");
    if (l.vpp > 1) software_.overlap_pp = !exposed;
    if (exposed && l.vpp > 1 && l.pp <= 2)
      contradiction("interleaving over two stages needs overlapped sends: Megatron-LM refuses",
                    "no-overlap-p2p-communication");
  }

  void read_experts() {
    const auto dispatcher =
        flags_.choice("moe-token-dispatcher-type", {"allgather", "alltoall", "flex", "alltoall_seq"}, diagnostics_);
    const auto backend = flags_.choice("moe-flex-dispatcher-backend", {"deepep", "hybridep"}, diagnostics_);
    software_.fused_dispatch = dispatcher == "flex";
    if ((flags_.has("moe-enable-deepep") || backend) && dispatcher != "flex")
      contradiction("DeepEP needs `--moe-token-dispatcher-type flex`",
                    backend ? "moe-flex-dispatcher-backend" : "moe-enable-deepep");
    if (flags_.has("overlap-moe-expert-parallel-comm")) read_expert_overlap();
    if (!flags_.has("num-experts")) return;
    if (job_.layout.ep > 1 && (!dispatcher || dispatcher == "allgather"))
      warning("dispatch by allgather, Megatron-LM's default, is not modelled: priced as all-to-all",
              dispatcher ? "moe-token-dispatcher-type" : "num-experts", "say --moe-token-dispatcher-type alltoall");
    if (job_.model.experts && job_.model.experts->count > job_.layout.ep && !flags_.has("moe-grouped-gemm"))
      warning("experts one after another, without `--moe-grouped-gemm`, are not modelled: priced as grouped",
              "num-experts");
  }

  void read_expert_overlap() {
    const Layout& l = job_.layout;
    const char* const flag = "overlap-moe-expert-parallel-comm";
    software_.overlap_ep = ExpertOverlap::Full;
    if (l.pp > 1 && l.vpp == 1)
      contradiction(fmt::format("`--{}` needs an interleaved pipeline: Megatron-LM refuses", flag), flag,
                    "say --num-virtual-stages-per-pipeline-rank");
    if (l.ep == 1) contradiction(fmt::format("`--{}` needs expert parallelism: Megatron-LM refuses", flag), flag);
    if (l.recompute == Recompute::Full)
      contradiction(fmt::format("`--{}` excludes full recomputation: Megatron-LM refuses", flag), flag);
  }

  const MegatronJob& job_;
  MegatronSoftware software_;
};

}  // namespace

MegatronSoftware read_megatron_software(const MegatronFlags& flags, const MegatronJob& job, Diagnostics& diagnostics) {
  return SoftwareReader(flags, job, diagnostics).read();
}

}  // namespace orrery
