#include "step/parameters.hpp"

#include <doctest/doctest.h>

#include "step/stage_cost.hpp"
#include "step/test_random.hpp"

namespace orrery {
namespace {

double norm(const Transformer& m, double width) {
  return m.norm == Norm::LayerNorm ? 2 * width : width;
}

/// What every tensor-parallel rank holds of a layer beyond its share: norms, biases behind a row-split matrix, routers,
/// latent down-projections, and key and value heads where ranks outnumber them.
double copies_of_layer(const Transformer& m, const Layout& l, bool experts) {
  const Attention& a = m.attention;
  const double h = m.hidden;
  double each = ((m.parallel_block ? 1 : 2) + (m.post_norms ? 2 : 0)) * norm(m, h);
  if (a.qk_norm) each += 2 * norm(m, a.head_dim);
  if (m.biases && !a.latent) each += h;
  double heads = 0;
  if (a.latent) {
    each += h * (a.latent->q_rank + a.latent->kv_rank + a.latent->rope_dim);
    each += norm(m, a.latent->q_rank) + norm(m, a.latent->kv_rank);
  } else if (l.tp > a.kv_heads) {
    heads = 2.0 * (l.tp - a.kv_heads) * a.head_dim * (h + (m.biases || a.qkv_bias ? 1 : 0));
  }
  double expert_biases = 0;
  if (experts) {
    each += h * m.experts->count + (m.biases ? m.experts->count : 0);
    if (m.biases) expert_biases = (l.expert_tp - 1) * h * m.experts->count;
  } else if (m.biases) {
    each += h;
  }
  return (l.tp - 1) * each + heads + expert_biases;
}

}  // namespace

TEST_CASE("parameters: hand-computed, a layer of GPT with biases over two ranks") {
  // h = 8, 2 heads of 4, ffn 32. Matrices (3 + 1) 64 + 2 x 256 = 768, half of them: 384. Biases of queries, keys,
  // values 24 / 2, of the output 8, of the MLP 32 / 2 and 8. Two LayerNorms of 16.
  const Transformer model = test::gpt(1, 8, 2);
  CHECK(layer_parameters(model, {.tp = 2}, {}).dense == 384 + 12 + 8 + 16 + 8 + 32);
  // With 4 experts of width 16 in place of the MLP, two of them here, each split over two ranks: matrices 2 x 8 x 8,
  // biases 8 and 8. The router has 8 x 4 and 4.
  Transformer experts = model;
  experts.experts = Experts{.count = 4, .top_k = 1, .expert_ffn = 16};
  const LayerParameters held = layer_parameters(experts, {.tp = 2, .ep = 2, .expert_tp = 2}, {.experts = true});
  CHECK(held.experts == 2 * (128 + 8 + 8));
  CHECK(held.dense == 128 + 12 + 8 + 32 + 32 + 4);
}

TEST_CASE("parameters: hand-computed, norms, gates and biases of attention") {
  // h = 8, 2 query heads and 1 key head of 4: queries 64, keys and values 64, output 64; MLP 3 x 8 x 16 = 384; norms 2
  // x 8.
  Transformer model = test::llama(1, 8, 2, 1, 16);
  CHECK(layer_parameters(model, {}, {}).dense == 192 + 384 + 16);
  model.attention.qkv_bias = true;     // + 8 + 8
  model.attention.qk_norm = true;      // + 4 + 4
  model.attention.output_gate = true;  // + 64
  model.post_norms = true;             // + 16
  CHECK(layer_parameters(model, {}, {}).dense == 592 + 16 + 8 + 64 + 16);
  // Over two ranks the one key and value head stands on both.
  CHECK(layer_parameters(model, {.tp = 2}, {}).dense == 32 + 64 + 32 + 192 + 32 + (4 + 8) + 8 + 32);
}

TEST_CASE("parameters: law, the chips of a layout hold the model, and copies of what is not split") {
  test::RandomSpecs specs(7);
  int padded = 0, latent = 0, biased = 0;
  for (int trial = 0; trial < 2000; ++trial) {
    const StepSpec spec = specs.next();
    const Transformer& m = spec.model;
    const Layout& l = spec.layout;
    CAPTURE(trial);
    CAPTURE(describe(l));
    const LayoutPrices prices = price_layout(spec, {});
    const LayerIndex layers(m);
    const int depth = l.pp * l.vpp;
    const std::vector<int> sizes = layers_by_chunk(m, depth);
    double held = 0;
    int first = 0;
    for (int chunk = 0; chunk < depth; ++chunk) {
      const int last = first + sizes[static_cast<std::size_t>(chunk)];
      const StageContent content =
          stage_content(spec, prices, {layers.between(first, last), chunk == 0, chunk == depth - 1});
      held += l.tp * content.parameters.dense + 1.0 * l.ep * l.expert_tp * content.parameters.experts;
      first = last;
    }
    const ParameterCount count = parameters(m);
    const double padding = m.hidden * (l.tp * vocab_per_chip(m, l) - m.vocab);
    double expected = count.total() + count.mtp + padding + (m.tied_embeddings ? 0.0 : padding);
    if (m.tied_embeddings && depth > 1) expected += 1.0 * m.hidden * m.vocab + padding;  // the table stands twice
    // Prediction modules have a copy of it behind a pipeline.
    if (m.mtp_layers > 0 && !m.tied_embeddings && depth > 1) expected += l.tp * embedding_parameters(m, l);
    for (int layer = 0; layer < m.layers; ++layer) expected += copies_of_layer(m, l, m.is_moe_layer(layer));
    expected += m.mtp_layers * copies_of_layer(m, l, m.experts.has_value());
    expected += (l.tp - 1) * (1 + 3 * m.mtp_layers) * norm(m, m.hidden);
    if (m.position == Position::Learned) expected += (l.tp - 1.0) * m.hidden * m.max_positions;
    REQUIRE(held == doctest::Approx(expected).epsilon(1e-12));
    padded += padding > 0;
    latent += m.attention.latent.has_value();
    biased += m.biases && m.experts;
  }
  CHECK(padded > 50);
  CHECK(latent > 50);
  CHECK(biased > 50);
}

}  // namespace orrery
