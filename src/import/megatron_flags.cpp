#include "import/megatron_flags.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <set>

namespace orrery {
namespace {

constexpr int kMostWarnings = 20;  // Of unknown arguments: a foreign file would drown every other message.

// Names from megatron/training/arguments.py of github.com/NVIDIA/Megatron-LM (2024-05 and 2025) and from torchrun.
const std::set<std::string>& valued() {
  static const std::set<std::string> names = {"num-layers",
                                              "encoder-num-layers",
                                              "hidden-size",
                                              "ffn-hidden-size",
                                              "num-attention-heads",
                                              "kv-channels",
                                              "num-query-groups",
                                              "max-position-embeddings",
                                              "position-embedding-type",
                                              "normalization",
                                              "vocab-size",
                                              "window-size",
                                              "window-attn-skip-freq",
                                              "q-lora-rank",
                                              "kv-lora-rank",
                                              "qk-head-dim",
                                              "qk-pos-emb-head-dim",
                                              "v-head-dim",
                                              "mtp-num-layers",
                                              "num-experts",
                                              "moe-router-topk",
                                              "moe-ffn-hidden-size",
                                              "moe-shared-expert-intermediate-size",
                                              "moe-layer-freq",
                                              "tensor-model-parallel-size",
                                              "pipeline-model-parallel-size",
                                              "context-parallel-size",
                                              "expert-model-parallel-size",
                                              "expert-tensor-parallel-size",
                                              "num-layers-per-virtual-pipeline-stage",
                                              "num-virtual-stages-per-pipeline-rank",
                                              "data-parallel-sharding-strategy",
                                              "micro-batch-size",
                                              "global-batch-size",
                                              "seq-length",
                                              "encoder-seq-length",
                                              "recompute-granularity",
                                              "recompute-method",
                                              "recompute-num-layers",
                                              "fp8-format",
                                              "fp8-recipe",
                                              "fp4-format",
                                              "fp4-recipe",
                                              "tokenizer-type",
                                              "nnodes",
                                              "nproc-per-node"};
  return names;
}

const std::set<std::string>& switches() {
  static const std::set<std::string> names = {"group-query-attention",
                                              "multi-latent-attention",
                                              "swiglu",
                                              "squared-relu",
                                              "quick-geglu",
                                              "qk-layernorm",
                                              "untie-embeddings-and-output-weights",
                                              "disable-bias-linear",
                                              "add-qkv-bias",
                                              "use-rotary-position-embeddings",
                                              "sequence-parallel",
                                              "use-distributed-optimizer",
                                              "use-megatron-fsdp",
                                              "use-custom-fsdp",
                                              "use-torch-fsdp2",
                                              "recompute-activations",
                                              "overlap-grad-reduce",
                                              "overlap-param-gather",
                                              "fp16",
                                              "bf16",
                                              "moe-layer-recompute"};
  return names;
}

/// Known, and without a say in what is asked here. Values behind them are skipped.
const std::set<std::string>& without_effect() {
  static const std::set<std::string> names = {"attention-backend",
                                              "norm-epsilon",
                                              "rotary-base",
                                              "rotary-percent",
                                              "rotary-interleaved",
                                              "use-rope-scaling",
                                              "rope-scaling-factor",
                                              "rotary-scaling-factor",
                                              "no-rope-fusion",
                                              "no-position-embedding",
                                              "softmax-type",
                                              "make-vocab-size-divisible-by",
                                              "apply-layernorm-1p",
                                              "apply-query-key-layer-scaling",
                                              "attention-softmax-in-fp32",
                                              "attention-dropout",
                                              "hidden-dropout",
                                              "weight-decay",
                                              "start-weight-decay",
                                              "end-weight-decay",
                                              "weight-decay-incr-style",
                                              "clip-grad",
                                              "adam-beta1",
                                              "adam-beta2",
                                              "adam-eps",
                                              "sgd-momentum",
                                              "optimizer",
                                              "init-method-std",
                                              "init-method-xavier-uniform",
                                              "seed",
                                              "data-parallel-random-init",
                                              "lr",
                                              "min-lr",
                                              "lr-decay-style",
                                              "lr-decay-iters",
                                              "lr-decay-samples",
                                              "lr-warmup-fraction",
                                              "lr-warmup-iters",
                                              "lr-warmup-samples",
                                              "lr-warmup-init",
                                              "override-opt_param-scheduler",
                                              "use-checkpoint-opt_param-scheduler",
                                              "train-iters",
                                              "train-samples",
                                              "rampup-batch-size",
                                              "exit-interval",
                                              "exit-duration-in-mins",
                                              "exit-signal-handler",
                                              "save",
                                              "load",
                                              "save-interval",
                                              "no-save-optim",
                                              "no-save-rng",
                                              "no-load-optim",
                                              "no-load-rng",
                                              "finetune",
                                              "ckpt-step",
                                              "ckpt-format",
                                              "dist-ckpt-format",
                                              "use-dist-ckpt",
                                              "async-save",
                                              "auto-detect-ckpt-format",
                                              "ckpt-fully-parallel-save",
                                              "ckpt-fully-parallel-load",
                                              "dist-ckpt-strictness",
                                              "no-initialization",
                                              "use-checkpoint-args",
                                              "exit-on-missing-checkpoint",
                                              "data-path",
                                              "split",
                                              "mock-data",
                                              "train-data-path",
                                              "valid-data-path",
                                              "test-data-path",
                                              "data-cache-path",
                                              "no-mmap-bin-files",
                                              "vocab-file",
                                              "merge-file",
                                              "tokenizer-model",
                                              "num-workers",
                                              "dataloader-type",
                                              "eval-iters",
                                              "eval-interval",
                                              "reset-position-ids",
                                              "reset-attention-mask",
                                              "eod-mask-loss",
                                              "no-create-attention-mask-in-dataloader",
                                              "log-interval",
                                              "log-throughput",
                                              "log-progress",
                                              "log-params-norm",
                                              "log-num-zeros-in-grad",
                                              "log-timers-to-tensorboard",
                                              "log-batch-size-to-tensorboard",
                                              "log-validation-ppl-to-tensorboard",
                                              "log-memory-to-tensorboard",
                                              "log-world-size-to-tensorboard",
                                              "no-log-loss-scale-to-tensorboard",
                                              "timing-log-level",
                                              "timing-log-option",
                                              "tensorboard-dir",
                                              "tensorboard-log-interval",
                                              "tensorboard-queue-size",
                                              "wandb-project",
                                              "wandb-exp-name",
                                              "wandb-save-dir",
                                              "profile",
                                              "profile-step-start",
                                              "profile-step-end",
                                              "profile-ranks",
                                              "use-mcore-models",
                                              "use-legacy-models",
                                              "transformer-impl",
                                              "spec",
                                              "use-flash-attn",
                                              "distributed-backend",
                                              "distributed-timeout-minutes",
                                              "use-cpu-initialization",
                                              "manual-gc",
                                              "manual-gc-interval",
                                              "no-manual-gc-eval",
                                              "empty-unused-memory-level",
                                              "deterministic-mode",
                                              "no-check-for-nan-in-loss-and-grad",
                                              "accumulate-allreduce-grads-in-fp32",
                                              "fp16-lm-cross-entropy",
                                              "fp32-residual-connection",
                                              "loss-scale",
                                              "initial-loss-scale",
                                              "min-loss-scale",
                                              "loss-scale-window",
                                              "hysteresis",
                                              "fp8-margin",
                                              "fp8-interval",
                                              "fp8-amax-history-len",
                                              "fp8-amax-compute-algo",
                                              "fp8-param-gather",
                                              "no-fp8-wgrad",
                                              "ddp-bucket-size",
                                              "no-delay-grad-reduce",
                                              "delay-param-gather",
                                              "no-overlap-p2p-communication",
                                              "no-scatter-gather-tensors-in-pipeline",
                                              "tp-comm-overlap",
                                              "tp-comm-overlap-cfg",
                                              "tp-comm-overlap-rs-dgrad",
                                              "no-masked-softmax-fusion",
                                              "no-bias-gelu-fusion",
                                              "no-bias-swiglu-fusion",
                                              "no-bias-dropout-fusion",
                                              "no-gradient-accumulation-fusion",
                                              "no-persist-layer-norm",
                                              "cross-entropy-loss-fusion",
                                              "enable-cuda-graph",
                                              "te-rng-tracker",
                                              "moe-grouped-gemm",
                                              "moe-token-dispatcher-type",
                                              "moe-router-load-balancing-type",
                                              "moe-aux-loss-coeff",
                                              "moe-z-loss-coeff",
                                              "moe-router-dtype",
                                              "moe-router-score-function",
                                              "moe-router-pre-softmax",
                                              "moe-router-num-groups",
                                              "moe-router-group-topk",
                                              "moe-router-topk-scaling-factor",
                                              "moe-router-enable-expert-bias",
                                              "moe-router-bias-update-rate",
                                              "moe-permute-fusion",
                                              "moe-shared-expert-overlap",
                                              "moe-expert-capacity-factor",
                                              "moe-pad-expert-input-to-capacity",
                                              "moe-token-drop-policy",
                                              "moe-per-layer-logging",
                                              "mtp-loss-scaling-factor",
                                              "nccl-communicator-config-path",
                                              "use-tp-pp-dp-mapping",
                                              "recompute-modules",
                                              "node-rank",
                                              "master-addr",
                                              "master-port",
                                              "rdzv-id",
                                              "rdzv-backend",
                                              "rdzv-endpoint",
                                              "local-rank",
                                              "max-restarts"};
  return names;
}

/// What a misspelt argument may have meant: only those that change an answer are worth a suggestion.
const std::vector<std::string>& suggestions() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> all;
    for (const auto* set : {&valued(), &switches()}) {
      for (const std::string& name : *set) all.push_back("--" + name);
    }
    return all;
  }();
  return names;
}

bool is_flag(const std::string& word) {
  return word.size() > 2 && word.starts_with("--");
}

void report_unknown(const std::string& name, const Span& span, Diagnostics& diagnostics) {
  const std::string meant = did_you_mean("--" + name, suggestions());
  diagnostics.warning(fmt::format("unknown argument `--{}` is passed over", name.substr(0, 80)), span,
                      meant.empty() ? "" : fmt::format("did you mean `{}`?", meant));
}

}  // namespace

MegatronFlags MegatronFlags::collect(const std::vector<ShellWord>& words, Diagnostics& diagnostics) {
  MegatronFlags flags;
  int unknown = 0;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (!is_flag(words[i].text)) continue;
    const std::size_t equals = words[i].text.find('=');
    std::string name = words[i].text.substr(2, equals == std::string::npos ? equals : equals - 2);
    std::replace(name.begin(), name.end(), '_', '-');
    Given given{"", words[i].span, words[i].span};
    if (equals != std::string::npos) {
      given.text = words[i].text.substr(equals + 1);
    } else if (valued().count(name) > 0 && i + 1 < words.size() && !is_flag(words[i + 1].text)) {
      given.text = words[i + 1].text;
      given.value = words[i + 1].span;
    }
    if (valued().count(name) == 0 && switches().count(name) == 0) {
      if (without_effect().count(name) == 0 && name != "override-opt-param-scheduler" && unknown++ < kMostWarnings)
        report_unknown(name, words[i].span, diagnostics);
      continue;
    }
    if (valued().count(name) > 0 && given.text.empty()) {
      diagnostics.error(fmt::format("`--{}` takes a value", name), words[i].span);
      continue;
    }
    const auto before = flags.given_.find(name);
    if (before != flags.given_.end() && before->second.text != given.text) {
      diagnostics.warning(fmt::format("`--{}` is given twice; the last counts, as in Megatron-LM", name), given.flag);
    }
    flags.given_[name] = std::move(given);
  }
  if (unknown > kMostWarnings)
    diagnostics.warning(fmt::format("{} more unknown arguments are passed over", unknown - kMostWarnings));
  return flags;
}

Span MegatronFlags::span(const std::string& name) const {
  const auto found = given_.find(name);
  return found == given_.end() ? Span{} : found->second.value;
}

std::string MegatronFlags::text(const std::string& name) const {
  const auto found = given_.find(name);
  return found == given_.end() ? "" : found->second.text;
}

int MegatronFlags::number(const std::string& name, int fallback, int minimum, Diagnostics& diagnostics) const {
  const auto found = given_.find(name);
  if (found == given_.end()) return fallback;
  const std::string& text = found->second.text;
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool whole = end == text.data() + text.size() && !text.empty();
  if (error == std::errc{} && whole && value >= minimum) return value;
  std::string hint = fmt::format("a whole number from {}", minimum);
  if (text.starts_with('$')) hint = "a variable that this text does not set: write its number";
  diagnostics.error(fmt::format("`--{}`: `{}` is no such number", name, text.substr(0, 40)), found->second.value, hint);
  return fallback;
}

std::optional<std::string> MegatronFlags::choice(const std::string& name, const std::vector<std::string>& choices,
                                                 Diagnostics& diagnostics) const {
  const auto found = given_.find(name);
  if (found == given_.end()) return std::nullopt;
  const std::string& text = found->second.text;
  if (std::find(choices.begin(), choices.end(), text) != choices.end()) return text;
  const std::string meant = did_you_mean(text, choices);
  diagnostics.error(
      fmt::format("`--{}`: unknown choice `{}`", name, text.substr(0, 40)), found->second.value,
      meant.empty() ? fmt::format("{}", fmt::join(choices, ", ")) : fmt::format("did you mean `{}`?", meant));
  return std::nullopt;
}

}  // namespace orrery
