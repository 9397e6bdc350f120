#include "model/hf_config.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <map>
#include <string>

#include "base/file.hpp"

namespace orrery {
namespace {

Source text(std::string json) {
  return std::make_shared<SourceText>(SourceText{"config.json", std::move(json)});
}

Transformer read(const std::string& json) {
  Diagnostics diagnostics;
  const Transformer model = read_hf_config(text(json), diagnostics);
  INFO(render_text(diagnostics.all(), false));
  CHECK_FALSE(diagnostics.has_errors());
  return model;
}

/// The messages, a line each.
std::string errors(const std::string& json) {
  Diagnostics diagnostics;
  read_hf_config(text(json), diagnostics);
  std::string all;
  for (const Diagnostic& d : diagnostics.all()) {
    all += d.message + (d.hint.empty() ? "" : " | " + d.hint) + "\n";
  }
  return all;
}

doctest::Approx near(double value, double relative) {
  return doctest::Approx(value).epsilon(relative);
}

TEST_CASE("hf_config: published sizes of the reference configurations") {
  const std::map<std::string, double> published = {
      {"llama-3.1-405b", 405.85e9}, {"llama-3.1-8b", 8.03e9},   {"mixtral-8x7b", 46.7e9}, {"deepseek-v3", 671.0e9},
      {"qwen3-30b-a3b", 30.5e9},    {"gpt-oss-120b", 116.83e9}, {"gemma-2-9b", 9.24e9},   {"bloom-176b", 176.247e9}};
  const std::filesystem::path folder = std::filesystem::path(ORRERY_SOURCE_DIR) / "data/reference/configs";
  std::size_t seen = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    CAPTURE(name);
    Diagnostics diagnostics;
    const Transformer model = read_hf_config(read_text_file((entry.path() / "config.json").string()), diagnostics);
    INFO(render_text(diagnostics.all(), false));
    CHECK(diagnostics.all().empty());
    REQUIRE(published.count(name) == 1);
    CHECK(parameters(model).total() == near(published.at(name), 2e-3));
    ++seen;
  }
  CHECK(seen == published.size());
}

TEST_CASE("hf_config: published, families beyond the reference files") {
  SUBCASE("GPT-2 XL, 1.558 billion") {
    const Transformer m =
        read(R"({"model_type": "gpt2", "n_embd": 1600, "n_layer": 48, "n_head": 25, "n_positions": 1024,
                                   "n_ctx": 1024, "vocab_size": 50257})");
    CHECK(parameters(m).total() == near(1.558e9, 1e-3));
    CHECK(m.position == Position::Learned);
  }
  SUBCASE("GPT-NeoX-20B, 20.55 billion") {
    const Transformer m = read(R"({"model_type": "gpt_neox", "hidden_size": 6144, "num_hidden_layers": 44,
                                   "num_attention_heads": 64, "intermediate_size": 24576, "vocab_size": 50432})");
    CHECK(parameters(m).total() == near(20.55e9, 1e-3));
    CHECK(m.parallel_block);
  }
  SUBCASE("OPT-30B, 30.0 billion") {
    const Transformer m = read(R"({"model_type": "opt", "hidden_size": 7168, "num_hidden_layers": 48, "ffn_dim": 28672,
        "num_attention_heads": 56, "max_position_embeddings": 2048, "vocab_size": 50272, "word_embed_proj_dim": 7168})");
    CHECK(parameters(m).total() == near(29.97e9, 1e-3));
  }
  SUBCASE("MPT-7B, 6.65 billion") {
    const Transformer m = read(R"({"model_type": "mpt", "d_model": 4096, "n_layers": 32, "n_heads": 32, "no_bias": true,
        "expansion_ratio": 4, "max_seq_len": 2048, "vocab_size": 50432, "attn_config": {"alibi": true}})");
    CHECK(parameters(m).total() == near(6.649e9, 1e-3));
    CHECK(m.position == Position::Alibi);
  }
  SUBCASE("Falcon-7B: one key and value head; Falcon-180B: eight") {
    const Transformer small = read(R"({"model_type": "falcon", "hidden_size": 4544, "num_hidden_layers": 32,
        "num_attention_heads": 71, "multi_query": true, "parallel_attn": true, "bias": false, "vocab_size": 65024})");
    CHECK(small.attention.kv_heads == 1);
    CHECK(parameters(small).total() == near(6.92e9, 1e-3));
    const Transformer large = read(R"({"model_type": "falcon", "hidden_size": 14848, "num_hidden_layers": 80,
        "num_attention_heads": 232, "num_kv_heads": 8, "new_decoder_architecture": true, "multi_query": true,
        "vocab_size": 65024})");
    CHECK(large.attention.kv_heads == 8);
    CHECK(parameters(large).total() == near(180e9, 1e-2));
  }
  SUBCASE("Gemma 7B, 8.54 billion; heads wider than the residual stream") {
    const Transformer m = read(R"({"model_type": "gemma", "hidden_size": 3072, "num_hidden_layers": 28, "head_dim": 256,
        "num_attention_heads": 16, "num_key_value_heads": 16, "intermediate_size": 24576, "vocab_size": 256000})");
    CHECK(m.attention.heads * m.attention.head_dim == 4096);
    CHECK(parameters(m).total() == near(8.54e9, 1e-3));
  }
  SUBCASE("Gemma 3 27B: text part with five local layers to one global, 27.0 billion") {
    const Transformer m = read(R"({"model_type": "gemma3", "text_config": {"model_type": "gemma3_text",
        "hidden_size": 5376, "num_hidden_layers": 62, "num_attention_heads": 32, "num_key_value_heads": 16,
        "head_dim": 128, "intermediate_size": 21504, "sliding_window": 1024}})");
    CHECK(m.attention.window == 1024);
    CHECK(m.is_full_attention_layer(5));
    CHECK_FALSE(m.is_full_attention_layer(4));
    CHECK(parameters(m).total() == near(27.016e9, 1e-3));
  }
  SUBCASE("Qwen2.5-72B, 72.7 billion, biases on queries, keys and values") {
    const Transformer m = read(R"({"model_type": "qwen2", "hidden_size": 8192, "num_hidden_layers": 80,
        "num_attention_heads": 64, "num_key_value_heads": 8, "intermediate_size": 29568, "vocab_size": 152064,
        "sliding_window": 131072, "use_sliding_window": false, "max_window_layers": 80})");
    CHECK(m.attention.qkv_bias);
    CHECK(m.attention.window == 0);
    CHECK(parameters(m).total() == near(72.7e9, 1e-3));
  }
  SUBCASE("Qwen2-57B-A14B, 57.4 billion, 14 active: shared experts by width") {
    const Transformer m = read(R"({"model_type": "qwen2_moe", "hidden_size": 3584, "num_hidden_layers": 28,
        "num_attention_heads": 28, "num_key_value_heads": 4, "intermediate_size": 18944, "vocab_size": 151936,
        "num_experts": 64, "num_experts_per_tok": 8, "moe_intermediate_size": 2560,
        "shared_expert_intermediate_size": 20480, "decoder_sparse_step": 1, "mlp_only_layers": []})");
    CHECK(parameters(m).total() == near(57.4e9, 2e-3));
    CHECK(parameters(m).active == near(14.2e9, 2e-2));
  }
  SUBCASE("Kimi K2, 1.03 trillion; DeepSeek-V2-Lite, 15.7 billion, queries not compressed") {
    const Transformer kimi = read(R"({"model_type": "kimi_k2", "hidden_size": 7168, "num_hidden_layers": 61,
        "num_attention_heads": 64, "num_key_value_heads": 64, "intermediate_size": 18432, "vocab_size": 163840,
        "q_lora_rank": 1536, "kv_lora_rank": 512, "qk_nope_head_dim": 128, "qk_rope_head_dim": 64, "v_head_dim": 128,
        "n_routed_experts": 384, "num_experts_per_tok": 8, "n_shared_experts": 1, "moe_intermediate_size": 2048,
        "first_k_dense_replace": 1, "num_nextn_predict_layers": 0})");
    CHECK(parameters(kimi).total() == near(1.04e12, 2e-2));
    CHECK(parameters(kimi).active == near(32.6e9, 2e-2));
    const Transformer lite = read(R"({"model_type": "deepseek_v2", "hidden_size": 2048, "num_hidden_layers": 27,
        "num_attention_heads": 16, "num_key_value_heads": 16, "intermediate_size": 10944, "vocab_size": 102400,
        "q_lora_rank": null, "kv_lora_rank": 512, "qk_nope_head_dim": 128, "qk_rope_head_dim": 64, "v_head_dim": 128,
        "n_routed_experts": 64, "num_experts_per_tok": 6, "n_shared_experts": 2, "moe_intermediate_size": 1408,
        "first_k_dense_replace": 1})");
    CHECK(lite.experts->shared_ffn == 2816);
    CHECK(parameters(lite).total() == near(15.7e9, 2e-3));
  }
  SUBCASE("Grok-1, 314 billion") {
    const Transformer m = read(R"({"model_type": "grok-1", "hidden_size": 6144, "num_hidden_layers": 64,
        "num_attention_heads": 48, "num_key_value_heads": 8, "intermediate_size": 32768, "vocab_size": 131072,
        "num_experts": 8, "num_experts_per_tok": 2})");
    CHECK(parameters(m).total() == near(314e9, 1e-2));
  }
  SUBCASE("Phi-2, 2.78 billion; Phi-4, 14.7 billion") {
    CHECK(parameters(read(R"({"model_type": "phi", "hidden_size": 2560, "num_hidden_layers": 32, "vocab_size": 51200,
        "num_attention_heads": 32, "intermediate_size": 10240})"))
              .total() == near(2.78e9, 2e-3));
    CHECK(parameters(read(R"({"model_type": "phi3", "hidden_size": 5120, "num_hidden_layers": 40, "vocab_size": 100352,
        "num_attention_heads": 40, "num_key_value_heads": 10, "intermediate_size": 17920, "sliding_window": null})"))
              .total() == near(14.66e9, 2e-3));
  }
}

TEST_CASE("hf_config: every mistake at once, in the file's own words") {
  CHECK(errors(R"({"model_type": "llama", "hidden_size": "4096", "num_hidden_layers": 0, "intermediate_size": 1.5})") ==
        "`hidden_size` is not a whole number but a text\n"
        "`num_hidden_layers` is 0 | from 1 to 1000\n"
        "`num_attention_heads` is missing\n"
        "`vocab_size` is missing\n"
        "`intermediate_size` is not a whole number but a number\n");
  CHECK(errors(R"({"model_type": "lama"})") == "unknown `model_type` \"lama\" | did you mean \"llama\"?\n");
  CHECK(errors("{}") ==
        "`model_type` is missing | for example \"llama\"; is this the config.json of a language model?\n");
}

TEST_CASE("hf_config: contradictions") {
  const std::string trunk = R"("num_hidden_layers": 32, "intermediate_size": 11008, "vocab_size": 32000, )";
  CHECK(errors(R"({"model_type": "llama", "hidden_size": 4100, "num_attention_heads": 32, )" + trunk + R"("x": 1})") ==
        "`hidden_size` (4100) is no multiple of `num_attention_heads` (32), and `head_dim` does not say otherwise\n");
  CHECK(errors(R"({"model_type": "llama", "hidden_size": 4096, "num_attention_heads": 32, "num_key_value_heads": 5, )" +
               trunk + R"("x": 1})") == "`num_key_value_heads` (5) does not divide `num_attention_heads` (32)\n");
  CHECK(errors(R"({"model_type": "mixtral", "hidden_size": 4096, "num_attention_heads": 32, "num_local_experts": 8,
                   "num_experts_per_tok": 9, )" +
               trunk + R"("x": 1})") ==
        "`num_experts_per_tok` is 9, but there are only 8 experts (`num_local_experts`) | at most 8\n");
  CHECK(errors(R"({"model_type": "llama", "hidden_size": 40960000000, "num_attention_heads": 32, )" + trunk +
               R"("x": 1})") == "`hidden_size` is 40960000000 | from 1 to 10000000\n");
}

TEST_CASE("hf_config: a mistake shows its place") {
  Diagnostics diagnostics;
  read_hf_config(text("{\n  \"model_type\": \"llama\",\n  \"hidden_size\": -1,\n  \"num_hidden_layers\": 2,\n"
                      "  \"num_attention_heads\": 1, \"intermediate_size\": 1, \"vocab_size\": 1}"),
                 diagnostics);
  REQUIRE(diagnostics.all().size() == 1);
  CHECK(diagnostics.all()[0].span.line == 3);
  CHECK(diagnostics.all()[0].span.column == 18);
}

}  // namespace
}  // namespace orrery
