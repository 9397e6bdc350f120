#include "model/transformer.hpp"

#include <doctest/doctest.h>

#include <random>

namespace orrery {
namespace {

/// A decoder of the GPT-2/3 family: heads x head_dim = hidden, a 4x wide plain MLP, biases, learned positions.
Transformer gpt(int layers, int hidden, int heads, int vocab, int positions) {
  Transformer m;
  m.layers = layers;
  m.hidden = hidden;
  m.attention.heads = m.attention.kv_heads = heads;
  m.attention.head_dim = hidden / heads;
  m.ffn = 4 * hidden;
  m.vocab = vocab;
  m.tied_embeddings = true;
  m.biases = true;
  m.norm = Norm::LayerNorm;
  m.position = Position::Learned;
  m.max_positions = positions;
  return m;
}

/// A decoder of the Llama family.
Transformer llama(int layers, int hidden, int heads, int kv_heads, int head_dim, int ffn, int vocab) {
  Transformer m;
  m.layers = layers;
  m.hidden = hidden;
  m.attention.heads = heads;
  m.attention.kv_heads = kv_heads;
  m.attention.head_dim = head_dim;
  m.ffn = ffn;
  m.gated_mlp = true;
  m.vocab = vocab;
  return m;
}

Transformer deepseek_v3() {
  Transformer m = llama(61, 7168, 128, 128, 192, 18432, 129280);
  m.attention.latent = Attention::Latent{1536, 512, 128, 64, 128};
  m.experts = Experts{256, 8, 2048, 2048, 3, 1};
  m.mtp_layers = 1;
  return m;
}

doctest::Approx near(double value, double relative = 1e-12) {
  return doctest::Approx(value).epsilon(relative);
}

TEST_CASE("parameters: hand-computed, two layers of 4") {
  // GPT: h = 4, 2 heads of 2, ffn 16, vocabulary 10, 3 positions.
  const ParameterCount count = parameters(gpt(2, 4, 2, 10, 3));
  CHECK(count.embedding == 4 * 10 + 4 * 3);
  CHECK(count.head == 0);                               // tied
  CHECK(count.attention == 2 * (4 * 16 + 4 * 4));       // q, k, v, out: 4x4 and a bias of 4 each
  CHECK(count.dense_mlp == 2 * (2 * 4 * 16 + 16 + 4));  // two matrices, two biases
  CHECK(count.norms == 2 * 2 * 8 + 8);                  // weight and bias, two a layer, one at the end
  CHECK(count.total() == 52 + 160 + 296 + 40);
  CHECK(count.active == count.total());
  CHECK(count.mtp == 0);
}

TEST_CASE("parameters: hand-computed, mixture after one dense layer, every second") {
  Transformer m = llama(4, 8, 4, 2, 2, 20, 5);
  m.experts = Experts{6, 2, 3, 4, 1, 2};  // layers 0 dense, 1 dense, 2 mixture, 3 dense
  CHECK_FALSE(m.is_moe_layer(0));
  CHECK_FALSE(m.is_moe_layer(1));
  CHECK(m.is_moe_layer(2));
  CHECK_FALSE(m.is_moe_layer(3));
  const ParameterCount count = parameters(m);
  CHECK(count.attention == 4 * (8 * 8 + 2 * 8 * 4 + 8 * 8));
  CHECK(count.experts == 6 * 3 * 8 * 3);
  CHECK(count.dense_mlp == 3 * (3 * 8 * 20) + 3 * 8 * 4 + 8 * 6);
  CHECK(count.active == count.total() - 4 * 3 * 8 * 3);  // 4 of the 6 experts rest
}

TEST_CASE("windows: hand-computed, which layers keep full attention") {
  Transformer m = llama(8, 8, 4, 2, 2, 20, 5);
  CHECK(m.is_full_attention_layer(0));  // no window
  m.attention.window = 4;
  m.attention.full_every = 0;
  CHECK_FALSE(m.is_full_attention_layer(7));
  m.attention.full_every = 6;  // Gemma 3: five local, one global
  CHECK_FALSE(m.is_full_attention_layer(4));
  CHECK(m.is_full_attention_layer(5));
  CHECK_FALSE(m.is_full_attention_layer(6));
}

TEST_CASE("parameters: published sizes") {
  SUBCASE("GPT-3 175B: 174.6 billion (arXiv:2005.14165, table D.1)") {
    CHECK(parameters(gpt(96, 12288, 96, 50257, 2048)).total() == near(174.6e9, 1e-3));
  }
  SUBCASE("Megatron 1T: 1008.0 billion (arXiv:2104.04473, table 1)") {
    CHECK(parameters(gpt(128, 25600, 160, 51200, 2048)).total() == near(1008.0e9, 1e-3));
  }
  SUBCASE("Llama 3.1 405B: 405.85 billion in its weights") {
    CHECK(parameters(llama(126, 16384, 128, 8, 128, 53248, 128256)).total() == 405853388800.0);
  }
  SUBCASE("Llama 3.1 8B: 8.03 billion in its weights") {
    CHECK(parameters(llama(32, 4096, 32, 8, 128, 14336, 128256)).total() == 8030261248.0);
  }
  SUBCASE("Mixtral 8x7B: 46.7 billion, 12.9 active (arXiv:2401.04088)") {
    Transformer m = llama(32, 4096, 32, 8, 128, 14336, 32000);
    m.experts = Experts{8, 2, 14336, 0, 0, 1};
    CHECK(parameters(m).total() == 46702792704.0);
    CHECK(parameters(m).active == near(12.9e9, 5e-3));
  }
  SUBCASE(
      "DeepSeek-V3: 671 billion, 37 active (arXiv:2412.19437); its README counts 14 more for the module that predicts "
      "one token further, of which 2 x 129280 x 7168 = 1.85 are shared") {
    const ParameterCount count = parameters(deepseek_v3());
    CHECK(count.total() == near(671.0e9, 1e-3));
    CHECK(count.active == near(37.0e9, 2e-2));
    CHECK(count.mtp + 1.85e9 == near(14.0e9, 5e-2));
  }
  SUBCASE("Qwen3-235B-A22B: 235 billion, 22 active (arXiv:2505.09388)") {
    Transformer m = llama(94, 4096, 64, 4, 128, 12288, 151936);
    m.attention.qk_norm = true;
    m.experts = Experts{128, 8, 1536, 0, 0, 1};
    CHECK(parameters(m).total() == near(235.1e9, 1e-3));
    CHECK(parameters(m).active == near(22.0e9, 2e-2));
  }
  SUBCASE("GPT-OSS 120B: 116.83 billion, 5.13 active without the embedding (arXiv:2508.10925, table 1)") {
    Transformer m = llama(36, 2880, 64, 8, 64, 2880, 201088);
    m.biases = true;
    m.experts = Experts{128, 4, 2880, 0, 0, 1};
    const ParameterCount count = parameters(m);
    CHECK(count.total() == near(116.83e9, 1e-4));
    CHECK(count.attention == near(0.96e9, 1e-2));
    CHECK(count.active - count.embedding == near(5.13e9, 2e-3));
  }
}

TEST_CASE("training_flops: published, the Megatron formula without recomputation") {
  // arXiv:2104.04473, equation 2, with recomputation: 96 B s l h^2 (1 + s/(6h) + V/(16 l h)). Of its four passes over
  // the layers three remain without; the logits (6 B s h V, the last term) are never computed again.
  const double batch = 1536, s = 2048, l = 96, h = 12288, v = 51200;
  const double published = 96 * batch * s * l * h * h * (1 + s / (6 * h) + v / (16 * l * h));
  const double logits = 96 * batch * s * l * h * h * v / (16 * l * h);
  const double formula = 0.75 * (published - logits) + logits;
  const Transformer model = gpt(96, 12288, 96, 51200, 2048);
  CHECK(training_flops(model, batch * s, 2048, AttentionFlops::Full).raw() == near(formula, 1e-12));
}

TEST_CASE("training_flops: hand-computed, DeepSeek-V3 at 4,096 tokens") {
  // Matrices without the look-up 6 x 36.65e9 = 219.9; causal attention 6 x 61 layers x 128 heads x 2048 x (192 + 128)
  // = 30.7; the extra module 6 x (0.187 attention + 0.398 experts + 0.103 projection + 0.927 logits)e9 = 9.7, and its
  // attention 6 x 128 x 2048 x 320 = 0.5 GFLOP.
  const double flops = training_flops(deepseek_v3(), 1, 4096, AttentionFlops::Causal).raw();
  CHECK(flops == near((219.9 + 30.7 + 9.7 + 0.5) * 1e9, 5e-3));
}

TEST_CASE("training_flops: hand-computed, windows") {
  Transformer m = llama(2, 8, 2, 1, 4, 16, 10);
  const double matrices = 2 * (8 * 8 * 2 + 2 * 8 * 4 + 3 * 8 * 16) + 8 * 10;
  m.attention.window = 10;
  m.attention.full_every = 2;
  // 100 tokens. Full layer: a token sees 50 on average. Window of 10: the first 10 tokens see 5, the other 90 see 10:
  // (10 x 5 + 90 x 10) / 100 = 9.5. Score and value heads: 2 x 4 elements, 2 heads.
  const double pairs = (50 + 9.5) * 2 * 8;
  CHECK(training_flops(m, 100, 100, AttentionFlops::Causal).raw() == near(6 * 100 * (matrices + pairs)));
  CHECK(training_flops(m, 100, 100, AttentionFlops::Full).raw() == near(6 * 100 * (matrices + 2 * pairs)));
}

TEST_CASE("training_flops: law, linear in tokens, and dense equals a mixture that uses its only expert") {
  std::mt19937 random(7);
  for (int i = 0; i < 100; ++i) {
    const int heads = 1 << (random() % 5), head_dim = 8 << (random() % 4);
    Transformer m = llama(1 + static_cast<int>(random() % 20), heads * head_dim, heads, 1, head_dim,
                          64 * (1 + static_cast<int>(random() % 9)), 1000);
    const int sequence = 128 << (random() % 8);
    const double once = training_flops(m, 1000, sequence, AttentionFlops::Causal).raw();
    CHECK(training_flops(m, 3000, sequence, AttentionFlops::Causal).raw() == near(3 * once));
    CHECK(training_flops(m, 1000, sequence, AttentionFlops::Full).raw() > once);
    Transformer mixture = m;
    mixture.experts = Experts{1, 1, m.ffn, 0, 0, 1};
    const double router = 6.0 * 1000 * m.layers * m.hidden;
    CHECK(training_flops(mixture, 1000, sequence, AttentionFlops::Causal).raw() == near(once + router));
    CHECK(parameters(mixture).active == near(parameters(m).total() + m.layers * m.hidden));
  }
}

}  // namespace
}  // namespace orrery
