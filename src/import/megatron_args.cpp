#include "import/megatron_args.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "import/megatron_flags.hpp"
#include "import/megatron_reader.hpp"

namespace orrery {
namespace {

/// Reads flags with Megatron-LM's defaults into the parts of a job.
class JobReader : MegatronReader {
 public:
  using MegatronReader::MegatronReader;

  MegatronJob read() {
    read_layout();
    job_.has_model = has_model();
    if (job_.has_model) job_.model = read_megatron_model(flags_, job_.layout.ep, diagnostics_);
    read_megatron_pipeline(flags_, job_, diagnostics_);
    read_training();
    read_megatron_recompute(flags_, job_, diagnostics_);
    job_.software = read_megatron_software(flags_, job_, diagnostics_);
    note_places();
    return std::move(job_);
  }

 private:
  bool has_model() const {
    return flags_.has("num-layers") || flags_.has("encoder-num-layers") || flags_.has("hidden-size");
  }

  void read_layout() {
    Layout& l = job_.layout;
    l.tp = number("tensor-model-parallel-size", 1);
    l.pp = number("pipeline-model-parallel-size", 1);
    l.cp = number("context-parallel-size", 1);
    l.ep = number("expert-model-parallel-size", 1);
    // Where the arguments hold no model, it comes from elsewhere and may have experts.
    const bool may_have_experts = flags_.has("num-experts") || !has_model();
    l.expert_tp = may_have_experts ? number("expert-tensor-parallel-size", l.tp) : 1;
    l.micro_batch = required("micro-batch-size", "for example --micro-batch-size 1");
    l.sequence_parallel = flags_.has("sequence-parallel") && l.tp > 1;  // Megatron-LM turns it off at tp 1.
    read_sharding();
    job_.chips = 1LL * number("nnodes", 1) * number("nproc-per-node", 0);
    l.dp = 1;
    const long long group = l.chips();
    l.dp = 0;
    if (job_.chips == 0) return;
    if (job_.chips % group != 0) {
      contradiction(fmt::format("{} GPUs are no multiple of tp x pp x cp = {}", job_.chips, group), "nproc-per-node");
      return;
    }
    l.dp = static_cast<int>(std::min<long long>(job_.chips / group, 1 << 30));
  }

  void note_places() {
    static const std::vector<std::pair<const char*, const char*>> inputs = {
        {"layout.tp", "tensor-model-parallel-size"},
        {"layout.pp", "pipeline-model-parallel-size"},
        {"layout.vpp", "num-layers-per-virtual-pipeline-stage"},
        {"layout.vpp", "num-virtual-stages-per-pipeline-rank"},
        {"layout.cp", "context-parallel-size"},
        {"layout.ep", "expert-model-parallel-size"},
        {"layout.expert_tp", "expert-tensor-parallel-size"},
        {"layout.dp", "nproc-per-node"},
        {"layout.micro_batch", "micro-batch-size"},
        {"training.sequence", "seq-length"},
        {"training.global_batch", "global-batch-size"},
    };
    for (const auto& [input, flag] : inputs) {
      if (flags_.has(flag)) job_.places[input] = flags_.span(flag);
    }
  }

  void read_sharding() {
    Layout& l = job_.layout;
    l.zero = flags_.has("use-distributed-optimizer") ? 1 : 0;
    const auto strategy = flags_.choice("data-parallel-sharding-strategy",
                                        {"no_shard", "optim", "optim_grads", "optim_grads_params"}, diagnostics_);
    const bool own_fsdp = flags_.has("use-megatron-fsdp") || flags_.has("use-custom-fsdp");
    if (own_fsdp && strategy == "optim") l.zero = 1;
    if (own_fsdp && strategy == "optim_grads") l.zero = 2;
    if ((own_fsdp && strategy == "optim_grads_params") || flags_.has("use-torch-fsdp2")) l.zero = 3;
    if (flags_.has("overlap-param-gather") && l.zero == 0)
      contradiction("`--overlap-param-gather` needs `--use-distributed-optimizer`", "overlap-param-gather");
    if (flags_.has("overlap-param-gather") && !flags_.has("overlap-grad-reduce"))
      contradiction("`--overlap-param-gather` needs `--overlap-grad-reduce`", "overlap-param-gather");
  }

  void read_training() {
    Training& t = job_.training;
    t.sequence = flags_.has("encoder-seq-length") && !flags_.has("seq-length")
                     ? number("encoder-seq-length", 0)
                     : required("seq-length", "for example --seq-length 4096");
    if (flags_.has("global-batch-size")) {
      t.global_batch = number("global-batch-size", 1);
    } else if (job_.layout.dp > 0) {
      t.global_batch = 1LL * job_.layout.micro_batch * job_.layout.dp;  // Megatron-LM's default: one micro-batch.
    } else {
      diagnostics_.error("`--global-batch-size` is missing", {}, "without it the number of GPUs must be known");
    }
    if (job_.model.position == Position::Learned && job_.model.max_positions > 0 &&
        job_.model.max_positions < t.sequence)
      contradiction("`--seq-length` is longer than `--max-position-embeddings`", "seq-length");
    read_precision();
    check_micro_batches();
  }

  /// Interleaved stages take micro-batches in groups of as many as there are stages (Megatron-Core's schedules.py).
  void check_micro_batches() {
    const Layout& l = job_.layout;
    const long long unit = 1LL * l.dp * l.micro_batch;
    if (l.vpp == 1 || unit == 0 || job_.training.global_batch % unit != 0) return;
    const long long count = job_.training.global_batch / unit;
    if (count % l.pp != 0)
      contradiction(
          fmt::format("{} micro-batches are no multiple of {} stages, which interleaving asks for", count, l.pp),
          "global-batch-size");
  }

  void read_precision() {
    Training& t = job_.training;
    if (flags_.has("fp16") && flags_.has("bf16")) contradiction("`--fp16` and `--bf16` exclude each other", "fp16");
    t.precision = flags_.has("bf16") ? Precision::Bf16 : flags_.has("fp16") ? Precision::Fp16 : Precision::Fp32;
    const auto recipe = flags_.choice("fp8-recipe", {"delayed", "tensorwise", "blockwise", "mxfp8"}, diagnostics_);
    const auto fp8 = flags_.choice("fp8-format", {"e4m3", "hybrid"}, diagnostics_);
    const auto fp4 = flags_.choice("fp4-format", {"e2m1"}, diagnostics_);
    if (fp8 && fp4) contradiction("`--fp8-format` and `--fp4-format` exclude each other", "fp4-format");
    if (fp8) {
      t.precision = recipe == "blockwise" ? Precision::Fp8Blockwise
                    : recipe == "mxfp8"   ? Precision::Mxfp8
                                          : Precision::Fp8Tensorwise;
    }
    if (fp4) t.precision = Precision::Nvfp4;
  }

  MegatronJob job_;
};

}  // namespace

MegatronJob read_megatron_args(const Source& source, Diagnostics& diagnostics) {
  const std::vector<ShellWord> words = shell_words(source, diagnostics);
  const MegatronFlags flags = MegatronFlags::collect(words, diagnostics);
  if (flags.empty()) {
    diagnostics.error("no Megatron-LM argument found", Span{source, 0, 0, 1}, "for example --num-layers 32");
    return {};
  }
  return JobReader(flags, diagnostics).read();
}

}  // namespace orrery
