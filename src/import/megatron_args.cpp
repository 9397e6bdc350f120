#include "import/megatron_args.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "import/layer_pattern.hpp"
#include "import/megatron_flags.hpp"
#include "model/model_check.hpp"

namespace orrery {
namespace {

constexpr std::size_t kMostLayers = 100'000;
constexpr int kGpt2Vocabulary = 50257;  // Of GPT2BPETokenizer with GPT-2's own merges.

/// Reads flags with Megatron-LM's defaults into the parts of a job.
class JobReader {
 public:
  JobReader(const MegatronFlags& flags, Diagnostics& diagnostics) : flags_(flags), diagnostics_(diagnostics) {}

  MegatronJob read() {
    read_layout();
    job_.has_model = flags_.has("num-layers") || flags_.has("encoder-num-layers") || flags_.has("hidden-size");
    if (job_.has_model) read_model();
    read_interleaving();
    read_training();
    return std::move(job_);
  }

 private:
  int number(const std::string& name, int fallback, int minimum = 1) {
    return flags_.number(name, fallback, minimum, diagnostics_);
  }
  int required(const std::string& name, const char* example) {
    if (!flags_.has(name)) diagnostics_.error(fmt::format("`--{}` is missing", name), {}, example);
    return number(name, 0);
  }
  void contradiction(const std::string& message, const std::string& flag, const std::string& hint = "") {
    diagnostics_.error(message, flags_.span(flag), hint);
  }

  void read_model() {
    Transformer& m = job_.model;
    m.name = "megatron-args";
    m.layers = flags_.has("encoder-num-layers") && !flags_.has("num-layers")
                   ? number("encoder-num-layers", 0)
                   : required("num-layers", "for example --num-layers 32");
    m.hidden = required("hidden-size", "for example --hidden-size 4096");
    m.gated_mlp = flags_.has("swiglu") || flags_.has("quick-geglu");
    // Two thirds of 4 x hidden, down to a multiple of 64, as Megatron-LM fills it for gated layers.
    const long long usual = m.gated_mlp ? (8LL * m.hidden / 3) / 64 * 64 : 4LL * m.hidden;
    m.ffn = number("ffn-hidden-size", static_cast<int>(std::min<long long>(usual, 1 << 30)));
    m.tied_embeddings = !flags_.has("untie-embeddings-and-output-weights");
    m.biases = !flags_.has("disable-bias-linear");
    m.mtp_layers = number("mtp-num-layers", 0, 0);
    const auto norm = flags_.choice("normalization", {"LayerNorm", "RMSNorm"}, diagnostics_);
    m.norm = norm == "RMSNorm" ? Norm::RmsNorm : Norm::LayerNorm;
    read_position();
    read_vocabulary();
    read_attention();
    read_experts();
    if (!diagnostics_.has_errors()) check_transformer(m, places(), diagnostics_);
  }

  void read_position() {
    Transformer& m = job_.model;
    const auto type =
        flags_.choice("position-embedding-type", {"learned_absolute", "rope", "mrope", "none"}, diagnostics_);
    m.position = Position::Learned;
    if (type == "rope" || type == "mrope" || flags_.has("use-rotary-position-embeddings"))
      m.position = Position::Rotary;
    if (type == "none") m.position = Position::None;
    if (m.position == Position::Learned)
      m.max_positions = required("max-position-embeddings", "for example --max-position-embeddings 2048");
  }

  void read_vocabulary() {
    if (!flags_.has("vocab-size") && flags_.text("tokenizer-type") == "GPT2BPETokenizer") {
      job_.model.vocab = kGpt2Vocabulary;
      return;
    }
    job_.model.vocab =
        required("vocab-size", "the tokenizer's size: Megatron-LM reads it from a file that is not here");
  }

  void read_attention() {
    Attention& a = job_.model.attention;
    a.heads = required("num-attention-heads", "for example --num-attention-heads 32");
    a.kv_heads = flags_.has("group-query-attention") ? number("num-query-groups", 1) : a.heads;
    if (flags_.has("num-query-groups") && !flags_.has("group-query-attention")) {
      diagnostics_.warning("`--num-query-groups` has no effect without `--group-query-attention`",
                           flags_.span("num-query-groups"));
    }
    a.qkv_bias = flags_.has("add-qkv-bias");
    a.qk_norm = flags_.has("qk-layernorm");
    if (flags_.has("multi-latent-attention")) {
      Attention::Latent latent;
      latent.q_rank = number("q-lora-rank", 0);
      latent.kv_rank = number("kv-lora-rank", 32);
      latent.nope_dim = number("qk-head-dim", 128);
      latent.rope_dim = number("qk-pos-emb-head-dim", 64);
      latent.value_dim = number("v-head-dim", 128);
      const int widest = field_range("head_dim").high;  // A part beyond it is refused below; the sum must not overflow.
      a.head_dim = std::min(latent.nope_dim, widest) + std::min(latent.rope_dim, widest);
      a.kv_heads = a.heads;
      a.latent = latent;
    } else {
      a.head_dim = number("kv-channels", a.heads > 0 ? job_.model.hidden / a.heads : 0);
      if (!flags_.has("kv-channels") && a.heads > 0 && job_.model.hidden % a.heads != 0)
        contradiction("`--hidden-size` is no multiple of `--num-attention-heads`", "num-attention-heads",
                      "or say --kv-channels");
    }
    if (flags_.has("window-size")) read_window();
  }

  /// "4096,0" or "(4096,0)": tokens before and after; skips every n-th layer where --window-attn-skip-freq says so.
  void read_window() {
    Attention& a = job_.model.attention;
    const std::string text = flags_.text("window-size");
    const std::size_t begin = text.find_first_of("0123456789");
    const std::size_t end = begin == std::string::npos ? begin : text.find_first_not_of("0123456789", begin);
    const std::string digits = begin == std::string::npos ? "" : text.substr(begin, end - begin);
    if (digits.empty() || digits.size() > 9) {
      contradiction(fmt::format("`--window-size`: `{}` is no window", text.substr(0, 40)), "window-size",
                    "for example 4096,0");
      return;
    }
    a.window = std::stoi(digits);
    a.full_every = flags_.has("window-attn-skip-freq") ? number("window-attn-skip-freq", 0) : 0;
  }

  void read_experts() {
    Transformer& m = job_.model;
    if (!flags_.has("num-experts")) {
      if (job_.layout.ep > 1)
        contradiction("`--expert-model-parallel-size` needs `--num-experts`", "expert-model-parallel-size");
      return;
    }
    Experts e;
    e.count = number("num-experts", 0);
    e.top_k = number("moe-router-topk", 2);
    e.expert_ffn = number("moe-ffn-hidden-size", m.ffn);
    e.shared_ffn = number("moe-shared-expert-intermediate-size", 0);
    if (job_.layout.ep > 0 && e.count % job_.layout.ep != 0) {
      contradiction(fmt::format("{} experts do not divide over {} groups", e.count, job_.layout.ep),
                    "expert-model-parallel-size");
    }
    if (flags_.has("moe-layer-freq")) read_expert_layers(e);
    m.experts = e;
  }

  /// Leading dense layers, then a mixture in every n-th. Megatron-LM's whole number N makes the first of every N a
  /// mixture and ours the last: as many of them, elsewhere.
  void read_expert_layers(Experts& e) {
    const std::string text = flags_.text("moe-layer-freq");
    if (!text.empty() && text.find_first_not_of("0123456789") == std::string::npos) {
      e.every = number("moe-layer-freq", 1);
      return;
    }
    const std::string not_modelled = "leading dense layers, then a mixture in every n-th: \"([0]*3+[1]*58)\"";
    const auto pattern = layer_pattern(text, kMostLayers);
    if (!pattern || pattern->size() != static_cast<std::size_t>(std::max(0, job_.model.layers))) {
      contradiction(
          pattern ? fmt::format("`--moe-layer-freq` describes {} layers of {}", pattern->size(), job_.model.layers)
                  : "`--moe-layer-freq` is no pattern of layers",
          "moe-layer-freq", not_modelled);
      return;
    }
    const auto first = std::find(pattern->begin(), pattern->end(), 1);
    const auto second = first == pattern->end() ? first : std::find(first + 1, pattern->end(), 1);
    if (second != pattern->end()) {
      e.every = static_cast<int>(second - first);
    } else if (first != pattern->end()) {
      e.every = static_cast<int>(pattern->end() - first);  // The next one would lie behind the last layer.
    }
    e.first_dense_layers = std::max(0, static_cast<int>(first - pattern->begin()) - (e.every - 1));
    Transformer same = job_.model;
    same.experts = e;
    for (int layer = 0; layer < same.layers; ++layer) {
      if (same.is_moe_layer(layer) == ((*pattern)[static_cast<std::size_t>(layer)] == 1)) continue;
      contradiction("this pattern of dense layers and mixtures is not modelled", "moe-layer-freq", not_modelled);
      return;
    }
  }

  void read_layout() {
    Layout& l = job_.layout;
    l.tp = number("tensor-model-parallel-size", 1);
    l.pp = number("pipeline-model-parallel-size", 1);
    l.cp = number("context-parallel-size", 1);
    l.ep = number("expert-model-parallel-size", 1);
    l.expert_tp = flags_.has("num-experts") ? number("expert-tensor-parallel-size", l.tp) : 1;
    l.micro_batch = required("micro-batch-size", "for example --micro-batch-size 1");
    l.sequence_parallel = flags_.has("sequence-parallel") && l.tp > 1;  // Megatron-LM turns it off at tp 1.
    read_sharding();
    read_recompute();
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

  void read_recompute() {
    Layout& l = job_.layout;
    const auto granularity = flags_.choice("recompute-granularity", {"full", "selective"}, diagnostics_);
    if (flags_.has("recompute-activations") || granularity == "selective") l.recompute = Recompute::Selective;
    if (granularity == "full") l.recompute = Recompute::Full;
    if (granularity == "full" && flags_.has("recompute-activations"))
      contradiction("`--recompute-activations` means selective, `--recompute-granularity` says full",
                    "recompute-granularity");
    const auto method = flags_.choice("recompute-method", {"uniform", "block"}, diagnostics_);
    if (method && l.recompute == Recompute::Selective)
      contradiction("`--recompute-method` goes with `--recompute-granularity full` only", "recompute-method");
    // With "uniform" every layer recomputes, in units of that many layers.
    if (method == "block") l.recompute_layers = number("recompute-num-layers", 1);
    if (flags_.has("moe-layer-recompute"))
      diagnostics_.warning("`--moe-layer-recompute` is not modelled", flags_.span("moe-layer-recompute"));
  }

  void read_interleaving() {
    Layout& l = job_.layout;
    const std::string by_layers = "num-layers-per-virtual-pipeline-stage";
    const std::string by_stages = "num-virtual-stages-per-pipeline-rank";
    if (flags_.has(by_layers) && flags_.has(by_stages)) {
      contradiction(fmt::format("`--{}` and `--{}` exclude each other", by_layers, by_stages), by_stages);
      return;
    }
    l.vpp = number(by_stages, 1);
    if (!flags_.has(by_layers)) return;
    const int layers = number(by_layers, 1);
    const int all = job_.model.layers;
    if (!job_.has_model) {
      contradiction(fmt::format("`--{}` needs `--num-layers`", by_layers), by_layers);
    } else if (all % l.pp != 0 || (all / l.pp) % layers != 0) {
      contradiction(fmt::format("{} layers over {} stages do not divide into chunks of {}", all, l.pp, layers),
                    by_layers);
    } else {
      l.vpp = all / l.pp / layers;
    }
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

  /// What messages about the model call its fields, and where they stand.
  FieldPlaces places() const {
    FieldPlaces places;
    const std::vector<std::pair<const char*, const char*>> names = {
        {"layers", "num-layers"},
        {"hidden", "hidden-size"},
        {"heads", "num-attention-heads"},
        {"kv_heads", "num-query-groups"},
        {"head_dim", "kv-channels"},
        {"ffn", "ffn-hidden-size"},
        {"vocab", "vocab-size"},
        {"window", "window-size"},
        {"experts", "num-experts"},
        {"top_k", "moe-router-topk"},
        {"expert_ffn", "moe-ffn-hidden-size"},
        {"shared_ffn", "moe-shared-expert-intermediate-size"},
        {"q_rank", "q-lora-rank"},
        {"kv_rank", "kv-lora-rank"},
        {"nope_dim", "qk-head-dim"},
        {"rope_dim", "qk-pos-emb-head-dim"},
        {"value_dim", "v-head-dim"},
        {"mtp_layers", "mtp-num-layers"},
        {"max_positions", "max-position-embeddings"}};
    for (const auto& [field, flag] : names) {
      if (flags_.has(flag)) places.set(field, fmt::format("--{}", flag), flags_.span(flag));
    }
    return places;
  }

  const MegatronFlags& flags_;
  Diagnostics& diagnostics_;
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
