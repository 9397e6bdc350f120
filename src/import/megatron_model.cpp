#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "import/layer_pattern.hpp"
#include "import/megatron_reader.hpp"
#include "model/model_check.hpp"

namespace orrery {
namespace {

constexpr std::size_t kMostLayers = 100'000;
constexpr int kGpt2Vocabulary = 50257;  // Of GPT2BPETokenizer with GPT-2's own merges.

/// Reads a model's flags with Megatron-LM's defaults.
class ModelReader : MegatronReader {
 public:
  ModelReader(const MegatronFlags& flags, int expert_parallel, Diagnostics& diagnostics)
      : MegatronReader(flags, diagnostics), expert_parallel_(expert_parallel) {}

  Transformer read() {
    Transformer& m = model_;
    m.name = "megatron-args";
    m.layers = flags_.has("encoder-num-layers") && !flags_.has("num-layers")
                   ? number("encoder-num-layers", 0)
                   : required("num-layers", "for example --num-layers 32");
    m.hidden = required("hidden-size", "for example --hidden-size 4096");
    m.gated_mlp = flags_.has("swiglu") || flags_.has("quick-geglu");
    // Megatron-LM fills it with 4 x hidden; for SwiGLU with two thirds of that, down to a multiple of 64.
    const long long usual = flags_.has("swiglu") ? (8LL * m.hidden / 3) / 64 * 64 : 4LL * m.hidden;
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
    return m;
  }

 private:
  void read_position() {
    Transformer& m = model_;
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
      model_.vocab = kGpt2Vocabulary;
      return;
    }
    model_.vocab = required("vocab-size", "the tokenizer's size: Megatron-LM reads it from a file that is not here");
  }

  void read_attention() {
    Attention& a = model_.attention;
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
      a.head_dim = number("kv-channels", a.heads > 0 ? model_.hidden / a.heads : 0);
      if (!flags_.has("kv-channels") && a.heads > 0 && model_.hidden % a.heads != 0)
        contradiction("`--hidden-size` is no multiple of `--num-attention-heads`", "num-attention-heads",
                      "or say --kv-channels");
    }
    if (flags_.has("window-size")) read_window();
  }

  /// "4096,0" or "(4096,0)": tokens before and after, -1 without limit; skips every n-th layer where
  /// --window-attn-skip-freq says so.
  void read_window() {
    Attention& a = model_.attention;
    const std::string text = flags_.text("window-size");
    const std::size_t begin = text.find_first_of("0123456789");
    const std::size_t end = begin == std::string::npos ? begin : text.find_first_not_of("0123456789", begin);
    const std::string digits = begin == std::string::npos ? "" : text.substr(begin, end - begin);
    if (digits.empty() || digits.size() > 9) {
      contradiction(fmt::format("`--window-size`: `{}` is no window", text.substr(0, 40)), "window-size",
                    "for example 4096,0");
      return;
    }
    if (begin > 0 && text[begin - 1] == '-') return;
    a.window = std::stoi(digits);
    a.full_every = flags_.has("window-attn-skip-freq") ? number("window-attn-skip-freq", 0) : 0;
  }

  void read_experts() {
    Transformer& m = model_;
    if (!flags_.has("num-experts")) {
      if (expert_parallel_ > 1)
        contradiction("`--expert-model-parallel-size` needs `--num-experts`", "expert-model-parallel-size");
      return;
    }
    Experts e;
    e.count = number("num-experts", 0);
    e.top_k = number("moe-router-topk", 2);
    e.expert_ffn = number("moe-ffn-hidden-size", m.ffn);
    e.shared_ffn = number("moe-shared-expert-intermediate-size", 0);
    if (expert_parallel_ > 0 && e.count % expert_parallel_ != 0) {
      contradiction(fmt::format("{} experts do not divide over {} groups", e.count, expert_parallel_),
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
    if (!pattern || pattern->size() != static_cast<std::size_t>(std::max(0, model_.layers))) {
      contradiction(pattern
                        ? fmt::format("`--moe-layer-freq` describes {} layers of {}", pattern->size(), model_.layers)
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
    Transformer same = model_;
    same.experts = e;
    for (int layer = 0; layer < same.layers; ++layer) {
      if (same.is_moe_layer(layer) == ((*pattern)[static_cast<std::size_t>(layer)] == 1)) continue;
      contradiction("this pattern of dense layers and mixtures is not modelled", "moe-layer-freq", not_modelled);
      return;
    }
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

  const int expert_parallel_;
  Transformer model_;
};

}  // namespace

Transformer read_megatron_model(const MegatronFlags& flags, int expert_parallel, Diagnostics& diagnostics) {
  return ModelReader(flags, expert_parallel, diagnostics).read();
}

}  // namespace orrery
