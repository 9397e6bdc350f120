// What is written as Megatron-LM arguments reads back as the same job.
#include "export/megatron_args.hpp"

#include <doctest/doctest.h>

#include <array>
#include <initializer_list>
#include <memory>
#include <random>

#include "import/megatron_args.hpp"

using namespace orrery;

namespace {

/// A spec that Megatron-LM can express, from a seed.
StepSpec random_spec(unsigned seed) {
  std::mt19937 draw(seed);
  const auto one_of = [&](std::initializer_list<int> values) { return *(values.begin() + draw() % values.size()); };
  StepSpec spec;
  Transformer& m = spec.model;
  m.hidden = one_of({1024, 4096, 16384});
  m.ffn = m.hidden * one_of({2, 4}) + 64;
  m.vocab = one_of({32000, 50257, 128256});
  m.gated_mlp = draw() % 2;
  m.tied_embeddings = draw() % 2;
  m.biases = draw() % 2;
  m.norm = draw() % 2 ? Norm::RmsNorm : Norm::LayerNorm;
  m.position = draw() % 2 ? Position::Rotary : Position::Learned;
  m.max_positions = m.position == Position::Learned ? 8192 : 0;
  m.mtp_layers = one_of({0, 1});
  Attention& a = m.attention;
  a.heads = one_of({8, 16, 32});
  a.kv_heads = one_of({1, 4, 8});
  a.head_dim = one_of({64, 128});
  a.qk_norm = draw() % 2;
  a.qkv_bias = draw() % 2;
  if (draw() % 3 == 0) {
    a.latent = Attention::Latent{one_of({0, 512}), 256, 64, 32, 64};
    a.kv_heads = a.heads;
    a.head_dim = 96;
  } else if (draw() % 2) {
    a.window = 4096;
    a.full_every = one_of({0, 2, 6});
  }
  Layout& l = spec.layout;
  l.tp = one_of({1, 2, 8});
  l.pp = one_of({1, 2, 4});
  l.vpp = l.pp > 1 ? one_of({1, 2}) : 1;
  l.cp = one_of({1, 2});
  m.layers = l.pp * l.vpp * one_of({3, 4});
  if (draw() % 2) {
    Experts e;
    e.count = 16;
    e.top_k = one_of({1, 4});
    e.expert_ffn = 512;
    e.shared_ffn = one_of({0, 1024});
    e.first_dense_layers = one_of({0, 1});
    e.every = one_of({1, 1, 2});
    if (e.every > 1) e.first_dense_layers = 0;
    m.experts = e;
    l.ep = one_of({1, 4});
    l.expert_tp = one_of({1, l.tp});
  }
  l.sequence_parallel = l.tp > 1 && draw() % 2;
  l.zero = one_of({0, 1, 2, 3});
  l.micro_batch = one_of({1, 4});
  l.recompute = std::array{Recompute::None, Recompute::Selective, Recompute::Full}[draw() % 3];
  if (l.recompute == Recompute::Full) l.recompute_layers = one_of({0, 2});
  l.dp = 0;
  spec.training.sequence = one_of({2048, 8192});
  spec.training.global_batch = one_of({64, 2048});
  spec.training.precision =
      std::array{Precision::Fp32,         Precision::Fp16,  Precision::Bf16, Precision::Fp8Tensorwise,
                 Precision::Fp8Blockwise, Precision::Mxfp8, Precision::Nvfp4}[draw() % 7];
  spec.software.overlap_dp = draw() % 2;
  return spec;
}

}  // namespace

TEST_CASE("megatron arguments: law, writing and reading give the same job") {
  for (unsigned seed = 1; seed <= 500; ++seed) {
    const StepSpec spec = random_spec(seed);
    const MegatronArgs args = megatron_args(spec);
    CAPTURE(seed);
    INFO(args.text());
    CHECK(args.notes.empty());
    Diagnostics diagnostics;
    const MegatronJob job =
        read_megatron_args(std::make_shared<SourceText>(SourceText{"args", args.text()}), diagnostics);
    INFO(render_text(diagnostics.all(), false));
    REQUIRE(diagnostics.all().empty());
    CHECK(job.layout == spec.layout);
    CHECK(job.training.sequence == spec.training.sequence);
    CHECK(job.training.global_batch == spec.training.global_batch);
    CHECK(job.training.precision == spec.training.precision);
    const Transformer &a = job.model, &b = spec.model;
    // Every number of the model enters one of these counts, or stands beside them.
    CHECK(parameters(a).total() == parameters(b).total());
    CHECK(parameters(a).active == parameters(b).active);
    CHECK(parameters(a).mtp == parameters(b).mtp);
    CHECK(training_flops(a, 1, 8192, AttentionFlops::Causal).raw() ==
          training_flops(b, 1, 8192, AttentionFlops::Causal).raw());
    CHECK(a.layers == b.layers);
    CHECK(a.attention.head_dim == b.attention.head_dim);
    CHECK(a.attention.window == b.attention.window);
    CHECK(a.norm == b.norm);
    CHECK(a.position == b.position);
    if (a.experts)
      for (int layer = 0; layer < a.layers; ++layer) CHECK(a.is_moe_layer(layer) == b.is_moe_layer(layer));
  }
}
