#include "model/hf_config.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "model/hf_reader.hpp"
#include "model/model_check.hpp"
#include "scenario/json_reader.hpp"

namespace orrery {
namespace {

using Keys = std::vector<std::string>;

/// What a family calls the numbers that all have; the first spelling is the one to ask for.
struct Names {
  Keys hidden = {"hidden_size"};
  Keys layers = {"num_hidden_layers"};
  Keys heads = {"num_attention_heads"};
  Keys kv_heads = {"num_key_value_heads"};
  Keys ffn = {"intermediate_size"};
  Keys positions = {"max_position_embeddings"};
};

/// Values that `transformers` takes for absent keys; 0 where it has none that a real model uses.
struct Defaults {
  int heads = 0;
  int kv_heads = 0;  ///< 0: as many as heads.
  int head_dim = 0;  ///< 0: hidden / heads.
  int vocab = 0;
  bool tied = false;
};

/// Width, depth, heads, vocabulary: what every family has.
void read_trunk(HfReader& in, Transformer& m, const Names& names, const Defaults& defaults) {
  m.hidden = in.required("hidden", names.hidden);
  m.layers = in.required("layers", names.layers);
  Attention& a = m.attention;
  a.heads = in.number("heads", names.heads, defaults.heads);
  a.kv_heads = in.optional("kv_heads", names.kv_heads, defaults.kv_heads > 0 ? defaults.kv_heads : a.heads);
  a.head_dim = in.optional("head_dim", {"head_dim"}, defaults.head_dim);
  if (a.head_dim == 0 && in.ok()) a.head_dim = in.share("head_dim", "hidden", m.hidden, "heads", a.heads);
  m.vocab = in.number("vocab", {"vocab_size"}, defaults.vocab);
  m.tied_embeddings = in.flag("tie_word_embeddings", defaults.tied);
}

/// RMSNorm, rotary positions, gated MLP without biases.
void read_llama_like(HfReader& in, Transformer& m, const Defaults& defaults = {}) {
  read_trunk(in, m, {}, defaults);
  m.ffn = in.required("ffn", {"intermediate_size"});
  m.gated_mlp = true;
}

void read_window(HfReader& in, Transformer& m, int full_every, int fallback = 0) {
  m.attention.window = in.optional("window", {"sliding_window"}, fallback);
  m.attention.full_every = m.attention.window > 0 ? full_every : 1;
  if (m.attention.window > 0) in.layer_types(m);
}

void read_llama(HfReader& in, Transformer& m) {
  read_llama_like(in, m);
  m.attention.qkv_bias = in.flag("attention_bias", false);
}

void read_mistral(HfReader& in, Transformer& m) {
  read_llama_like(in, m);
  read_window(in, m, 0);
}

void read_mixtral(HfReader& in, Transformer& m) {
  read_mistral(in, m);
  Experts e;
  e.count = in.required("experts", {"num_local_experts"});
  e.top_k = in.required("top_k", {"num_experts_per_tok"});
  e.expert_ffn = m.ffn;
  m.experts = e;
}

/// Qwen's window applies to the layers from `max_window_layers` on, and only when it is switched on.
void read_qwen_window(HfReader& in, Transformer& m) {
  if (!in.flag("use_sliding_window", false)) return;
  const int full_layers = in.optional("full_layers", {"max_window_layers"}, 0);
  if (full_layers >= m.layers) return;
  if (full_layers > 0) {
    in.warn("max_window_layers", "only the layers from `max_window_layers` on have a window; full attention is assumed",
            "");
    return;
  }
  read_window(in, m, 0);
}

void read_qwen2(HfReader& in, Transformer& m) {
  read_llama_like(in, m);
  m.attention.qkv_bias = true;
  read_qwen_window(in, m);
}

void read_qwen3(HfReader& in, Transformer& m) {
  read_llama_like(in, m, {.head_dim = 128});
  m.attention.qkv_bias = in.flag("attention_bias", false);
  m.attention.qk_norm = true;
  read_qwen_window(in, m);
}

void read_qwen_experts(HfReader& in, Transformer& m) {
  Experts e;
  e.count = in.required("experts", {"num_experts", "num_local_experts"});
  e.top_k = in.required("top_k", {"num_experts_per_tok"});
  e.expert_ffn = in.required("expert_ffn", {"moe_intermediate_size"});
  e.shared_ffn = in.optional("shared_ffn", {"shared_expert_intermediate_size"}, 0);
  e.every = in.optional("every", {"decoder_sparse_step"}, 1);
  e.first_dense_layers = in.leading_integers("mlp_only_layers");
  m.experts = e;
}

void read_qwen2_moe(HfReader& in, Transformer& m) {
  read_qwen2(in, m);
  read_qwen_experts(in, m);
}

void read_qwen3_moe(HfReader& in, Transformer& m) {
  read_qwen3(in, m);
  read_qwen_experts(in, m);
}

/// DeepSeek-V2 and V3, Kimi K2: multi-head latent attention, fine-grained and shared experts.
void read_deepseek(HfReader& in, Transformer& m) {
  m.hidden = in.required("hidden", {"hidden_size"});
  m.layers = in.required("layers", {"num_hidden_layers"});
  m.attention.heads = in.required("heads", {"num_attention_heads"});
  m.attention.kv_heads = m.attention.heads;
  m.vocab = in.required("vocab", {"vocab_size"});
  m.tied_embeddings = in.flag("tie_word_embeddings", false);
  m.ffn = in.required("ffn", {"intermediate_size"});
  m.gated_mlp = true;
  Attention::Latent l;
  l.q_rank = in.optional("q_rank", {"q_lora_rank"}, 0);
  l.kv_rank = in.required("kv_rank", {"kv_lora_rank"});
  l.nope_dim = in.required("nope_dim", {"qk_nope_head_dim"});
  l.rope_dim = in.required("rope_dim", {"qk_rope_head_dim"});
  l.value_dim = in.required("value_dim", {"v_head_dim"});
  m.attention.latent = l;
  m.attention.head_dim = l.nope_dim + l.rope_dim;
  m.mtp_layers = in.optional("mtp_layers", {"num_nextn_predict_layers"}, 0);
  if (!in.has("n_routed_experts")) return;  // null in dense variants
  Experts e;
  e.count = in.required("experts", {"n_routed_experts"});
  e.top_k = in.required("top_k", {"num_experts_per_tok"});
  e.expert_ffn = in.required("expert_ffn", {"moe_intermediate_size"});
  e.shared_ffn = in.optional("shared_experts", {"n_shared_experts"}, 0) * e.expert_ffn;
  e.first_dense_layers = in.optional("first_dense_layers", {"first_k_dense_replace"}, 0);
  e.every = in.optional("every", {"moe_layer_freq"}, 1);
  m.experts = e;
}

/// LayerNorm and plain MLP, as in GPT-2 and its kin.
void read_gpt_like(HfReader& in, Transformer& m, const Names& names, const Defaults& defaults) {
  read_trunk(in, m, names, defaults);
  m.ffn = in.optional("ffn", names.ffn, in.times(4, m.hidden));
  m.norm = Norm::LayerNorm;
}

void read_learned_positions(HfReader& in, Transformer& m, const Keys& keys) {
  m.position = Position::Learned;
  m.max_positions = in.required("max_positions", keys);
}

void read_gpt2(HfReader& in, Transformer& m) {
  const Names names{{"n_embd", "hidden_size"},
                    {"n_layer", "num_hidden_layers"},
                    {"n_head", "num_attention_heads"},
                    {},
                    {"n_inner"},
                    {}};
  read_gpt_like(in, m, names, {.tied = true});
  m.biases = true;
  read_learned_positions(in, m, {"n_positions", "max_position_embeddings", "n_ctx"});
}

void read_gptj(HfReader& in, Transformer& m) {
  const Names names{{"n_embd", "hidden_size"},
                    {"n_layer", "num_hidden_layers"},
                    {"n_head", "num_attention_heads"},
                    {},
                    {"n_inner"},
                    {}};
  read_gpt_like(in, m, names, {});
  m.parallel_block = true;
}

void read_gpt_neox(HfReader& in, Transformer& m) {
  read_gpt_like(in, m, {}, {});
  m.biases = in.flag("attention_bias", true);
  m.parallel_block = in.flag("use_parallel_residual", true);
}

void read_opt(HfReader& in, Transformer& m) {
  Names names;
  names.ffn = {"ffn_dim"};
  read_gpt_like(in, m, names, {.tied = true});
  m.biases = in.flag("enable_bias", true);
  read_learned_positions(in, m, names.positions);
}

void read_bloom(HfReader& in, Transformer& m) {
  Names names;
  names.hidden = {"hidden_size", "n_embed"};
  names.layers = {"n_layer", "num_hidden_layers"};
  names.heads = {"n_head", "num_attention_heads"};
  names.ffn = {};
  read_gpt_like(in, m, names, {.tied = true});
  m.biases = true;
  m.position = Position::Alibi;
}

void read_mpt(HfReader& in, Transformer& m) {
  Names names{{"d_model"}, {"n_layers"}, {"n_heads"}, {}, {}, {"max_seq_len"}};
  read_gpt_like(in, m, names, {.tied = true});
  m.ffn = in.times(in.optional("expansion_ratio", {"expansion_ratio"}, 4), m.hidden);
  m.biases = !in.flag("no_bias", true);
  bool alibi = true;
  if (auto attention = in.object("attn_config")) {
    alibi = attention->flag("alibi", true);
    if (attention->text("attn_type") == "multiquery_attention") m.attention.kv_heads = 1;
    m.attention.kv_heads = attention->optional("kv_heads", {"kv_n_heads"}, m.attention.kv_heads);
  }
  if (alibi) {
    m.position = Position::Alibi;
  } else {
    read_learned_positions(in, m, names.positions);
  }
}

void read_falcon(HfReader& in, Transformer& m) {
  Names names;
  names.hidden = {"hidden_size", "n_embed"};
  names.layers = {"num_hidden_layers", "n_layer"};
  names.heads = {"num_attention_heads", "n_head"};
  names.kv_heads = {"num_kv_heads", "n_head_kv"};
  names.ffn = {"ffn_hidden_size"};
  read_gpt_like(in, m, names, {.tied = true});
  // The first architecture shares one key and value head among all; the second has groups (FalconConfig).
  if (!in.flag("new_decoder_architecture", in.text("model_type") == "RefinedWeb")) {
    m.attention.kv_heads = in.flag("multi_query", true) ? 1 : m.attention.heads;
  }
  m.parallel_block = in.flag("parallel_attn", true);
  m.biases = in.flag("bias", false);
  if (in.flag("alibi", false)) m.position = Position::Alibi;
}

void read_gemma(HfReader& in, Transformer& m) {
  read_llama_like(in, m, {.head_dim = 256, .tied = true});
}

void read_gemma2(HfReader& in, Transformer& m) {
  read_gemma(in, m);
  m.post_norms = true;
  read_window(in, m, 2, 4096);
}

void read_gemma3(HfReader& in, Transformer& m) {
  read_llama_like(in, m, {.heads = 8, .kv_heads = 4, .head_dim = 256, .vocab = 262208, .tied = true});
  m.post_norms = true;
  m.attention.qk_norm = true;
  read_window(in, m, in.optional("full_every", {"sliding_window_pattern", "_sliding_window_pattern"}, 6), 4096);
}

void read_grok1(HfReader& in, Transformer& m) {
  read_llama_like(in, m, {.head_dim = 128, .tied = true});
  m.post_norms = true;
  Experts e;
  e.count = in.required("experts", {"num_experts", "num_local_experts"});
  e.top_k = in.required("top_k", {"num_experts_per_tok", "num_selected_experts"});
  e.expert_ffn = m.ffn;
  m.experts = e;
}

void read_gpt_oss(HfReader& in, Transformer& m) {
  read_llama_like(in, m, {.head_dim = 64});
  m.biases = in.flag("attention_bias", true);
  Experts e;
  e.count = in.required("experts", {"num_local_experts", "num_experts"});
  e.top_k = in.required("top_k", {"num_experts_per_tok", "experts_per_token"});
  e.expert_ffn = m.ffn;
  m.experts = e;
  read_window(in, m, 2, 128);
}

void read_llama4(HfReader& in, Transformer& m) {
  read_trunk(in, m, {}, {});
  m.gated_mlp = true;
  m.ffn = in.required("ffn", {"intermediate_size_mlp"});
  Experts e;
  e.count = in.required("experts", {"num_local_experts"});
  e.top_k = in.optional("top_k", {"num_experts_per_tok"}, 1);
  e.expert_ffn = in.required("expert_ffn", {"intermediate_size"});
  e.shared_ffn = e.expert_ffn;
  e.every = in.optional("every", {"interleave_moe_layer_step"}, 1);
  m.experts = e;
  // Attention in chunks counts as a window; every fourth layer sees everything.
  m.attention.window = in.optional("window", {"attention_chunk_size"}, 8192);
  m.attention.full_every = m.attention.window > 0 ? 4 : 1;
  if (m.attention.window > 0) in.layer_types(m);
}

void read_phi(HfReader& in, Transformer& m) {
  read_gpt_like(in, m, {}, {});
  m.biases = true;
  m.parallel_block = true;
}

void read_phi3(HfReader& in, Transformer& m) {
  read_llama_like(in, m);
  read_window(in, m, 0);
}

using FamilyReader = void (*)(HfReader&, Transformer&);

const std::vector<std::pair<std::string, FamilyReader>>& families() {
  static const std::vector<std::pair<std::string, FamilyReader>> table = {
      {"llama", read_llama},
      {"llama4", read_llama4},
      {"llama4_text", read_llama4},
      {"mistral", read_mistral},
      {"mixtral", read_mixtral},
      {"qwen2", read_qwen2},
      {"qwen2_moe", read_qwen2_moe},
      {"qwen3", read_qwen3},
      {"qwen3_moe", read_qwen3_moe},
      {"deepseek_v2", read_deepseek},
      {"deepseek_v3", read_deepseek},
      {"kimi_k2", read_deepseek},
      {"gpt2", read_gpt2},
      {"gptj", read_gptj},
      {"gpt_neox", read_gpt_neox},
      {"opt", read_opt},
      {"bloom", read_bloom},
      {"mpt", read_mpt},
      {"falcon", read_falcon},
      {"RefinedWeb", read_falcon},
      {"RefinedWebModel", read_falcon},
      {"gemma", read_gemma},
      {"gemma2", read_gemma2},
      {"gemma3", read_gemma3},
      {"gemma3_text", read_gemma3},
      {"grok-1", read_grok1},
      {"gpt_oss", read_gpt_oss},
      {"phi", read_phi},
      {"phi3", read_phi3},
  };
  return table;
}

FamilyReader family(const std::string& model_type) {
  for (const auto& [name, reader] : families()) {
    if (name == model_type) return reader;
  }
  return nullptr;
}

}  // namespace

std::vector<std::string> hf_model_types() {
  std::vector<std::string> names;
  for (const auto& [name, reader] : families()) names.push_back(name);
  return names;
}

Transformer read_hf_config(const Source& json, Diagnostics& diagnostics) {
  Transformer model;
  const std::size_t before = diagnostics.all().size();
  const Value root = read_json(json, diagnostics);
  if (root.table() == nullptr) {
    if (diagnostics.all().size() == before) {
      diagnostics.error("a model's configuration is an object, not " + std::string(root.kind_name()), root.span());
    }
    return model;
  }
  FieldPlaces places;
  HfReader whole(root, places, diagnostics);
  const Value* type_value = root.find("model_type");
  std::string type = whole.text("model_type");
  if (type.empty()) {
    diagnostics.error(type_value == nullptr ? "`model_type` is missing" : "`model_type` is not a text",
                      type_value != nullptr ? type_value->span() : Span{json, 1, 1, 1},
                      "for example \"llama\"; is this the config.json of a language model?");
    return model;
  }
  // A multimodal model: its text part has its own type, or the same.
  std::optional<HfReader> text = whole.object("text_config");
  if (!whole.ok()) return model;
  if (text) type = text->text("model_type").empty() ? type : text->text("model_type");
  const FamilyReader read = family(type);
  if (read == nullptr) {
    const std::string near = did_you_mean(type, hf_model_types());
    diagnostics.error(
        "unknown `model_type` \"" + type.substr(0, 60) + "\"", type_value->span(),
        near.empty() ? "known: llama, mixtral, qwen3_moe, deepseek_v3, ..." : "did you mean \"" + near + "\"?");
    return model;
  }
  HfReader& in = text ? *text : whole;
  model.name = whole.text("_name_or_path").empty() ? type : whole.text("_name_or_path");
  read(in, model);
  if (in.ok()) check_transformer(model, places, diagnostics);
  return model;
}

}  // namespace orrery
