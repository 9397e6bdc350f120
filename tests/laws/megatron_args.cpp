// What is written as Megatron-LM arguments reads back as the same job.
#include "export/megatron_args.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <initializer_list>
#include <memory>
#include <random>
#include <string>

#include "base/file.hpp"
#include "import/megatron_scenario.hpp"
#include "import/step_scenario.hpp"
#include "scenario/toml_reader.hpp"
#include "step/layer_cost.hpp"

using namespace orrery;

namespace {

/// Switches of software that Megatron-LM has arguments for and does not refuse beside the layout.
void draw_software(std::mt19937& draw, StepSpec& spec) {
  Software& s = spec.software;
  const Layout& l = spec.layout;
  const Precision p = spec.training.precision;
  s.attention = std::array{AttentionKernel::Unfused, AttentionKernel::Flash, AttentionKernel::Tuned}[draw() % 3];
  s.attention = attention_kernel(spec);
  s.fused_elementwise = draw() % 2;
  s.dropout = draw() % 2;
  if (l.recompute != Recompute::Full) s.graphs = std::array{Graphs::None, Graphs::Static, Graphs::Step}[draw() % 3];
  s.tensor_overlap = l.sequence_parallel && draw() % 2 ? TensorOverlap::Full : TensorOverlap::Backward;
  s.overlap_dp = draw() % 2;
  if (l.vpp > 1 && l.pp > 2) s.overlap_pp = draw() % 2;
  if (l.ep > 1 && (l.pp == 1 || l.vpp > 1) && l.recompute != Recompute::Full && draw() % 2)
    s.overlap_ep = ExpertOverlap::Full;
  s.fused_dispatch = spec.model.experts && l.tp * l.ep > 1 && draw() % 2;
  s.fused_gradient_accumulation = draw() % 2;
  if (p != Precision::Fp32) s.gradients_fp32 = draw() % 2;
  s.loss = draw() % 2 ? LossKernel::Fused : LossKernel::InPlace;
}

/// Megatron-LM keeps an activation that selective recomputation is priced without, which notes and warnings say.
bool keeps_an_activation(const StepSpec& spec) {
  const Transformer& m = spec.model;
  return spec.layout.recompute == Recompute::Selective && spec.software.attention != AttentionKernel::Unfused &&
         (!m.experts || !m.is_moe_layer(0) || m.experts->shared_ffn > 0);
}

/// A spec that Megatron-LM can express, from a seed. `usual` is the software that it starts from.
StepSpec random_spec(unsigned seed, const Software& usual) {
  std::mt19937 draw(seed);
  const auto one_of = [&](std::initializer_list<int> values) { return *(values.begin() + draw() % values.size()); };
  StepSpec spec;
  spec.software = usual;
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
  m.mtp_layers = m.position == Position::Rotary ? one_of({0, 1}) : 0;
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
  m.layers = std::max(3, l.pp * l.vpp * one_of({3, 4}) + one_of({0, 0, -1, -2, -3, 1}));
  const bool experts = draw() % 2;
  if (experts) {
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
  if (l.recompute == Recompute::Full) l.recompute_layers = l.vpp * one_of({0, 2});
  l.dp = one_of({4, 16});
  spec.training.sequence = one_of({2048, 8192});
  spec.training.global_batch = one_of({64, 2048});
  if (l.vpp > 1) spec.training.global_batch = l.dp * l.micro_batch * l.pp * one_of({1, 4});
  // Grouped products of experts are in BF16 or narrower.
  const auto narrow = std::array{Precision::Bf16,  Precision::Fp8Tensorwise, Precision::Fp8Blockwise, Precision::Mxfp8,
                                 Precision::Nvfp4, Precision::Fp16,          Precision::Fp32};
  spec.training.precision = narrow[draw() % (experts ? 5 : 7)];
  draw_software(draw, spec);
  return spec;
}

}  // namespace

TEST_CASE("megatron arguments: law, writing and reading give the same job") {
  int uneven = 0;
  for (unsigned seed = 1; seed <= 500; ++seed) {
    Value root(Value::Table{}, {});
    const auto read = [&root] {
      Diagnostics diagnostics;
      const StepScenario scenario = read_step_scenario(root, diagnostics);
      INFO(render_text(diagnostics.all(), false));
      REQUIRE_FALSE(diagnostics.has_errors());
      return scenario.spec;
    };
    root.set("model", Value("llama-3.1-8b", {}), {});
    root.set("cluster", Value("b200:8", {}), {});
    StepSpec spec = random_spec(seed, read().software);
    uneven += spec.model.layers % (spec.layout.pp * spec.layout.vpp) != 0;
    const MegatronArgs args = megatron_args(spec);
    CAPTURE(seed);
    INFO(args.text());
    CHECK(args.notes.empty() != keeps_an_activation(spec));
    Diagnostics diagnostics;
    const auto source = std::make_shared<SourceText>(SourceText{"args", args.text()});
    const MegatronJob job = read_megatron_args(source, diagnostics);
    INFO(render_text(diagnostics.all(), false));
    REQUIRE_FALSE(diagnostics.has_errors());
    CHECK(diagnostics.all().empty() != keeps_an_activation(spec));

    lay_megatron_over(root, job, source);
    root.set("cluster", Value("b200:" + std::to_string(spec.layout.chips()), {}), {});
    const StepSpec again = read();
    CHECK(again.layout == spec.layout);
    CHECK(again.training == spec.training);
    CHECK(again.software == spec.software);
    const Transformer &a = again.model, &b = spec.model;
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
  CHECK(uneven > 100);
}

TEST_CASE("megatron arguments: law, what is lost of DeepSeek-V3's scenario stands in the notes") {
  Diagnostics diagnostics;
  Value root =
      read_toml(read_text_file(std::string(ORRERY_SOURCE_DIR) + "/scenarios/deepseek-v3-2048-h800.toml"), diagnostics);
  const StepSpec spec = read_step_scenario(root, diagnostics).spec;
  const MegatronArgs args = megatron_args(spec);
  const auto source = std::make_shared<SourceText>(SourceText{"args", args.text()});
  const MegatronJob job = read_megatron_args(source, diagnostics);
  INFO(render_text(diagnostics.all(), false));
  REQUIRE(diagnostics.all().empty());
  Value read(Value::Table{}, {});
  read.set("cluster", *root.find("cluster"), {});
  lay_megatron_over(read, job, source);
  StepSpec again = read_step_scenario(read, diagnostics).spec;
  CHECK(again.layout == spec.layout);
  CHECK(again.software != spec.software);
  // The three notes, each taken back.
  REQUIRE(args.notes.size() == 3);
  CHECK(args.notes[0].starts_with("expert exchange under another micro-batch"));
  again.software.overlap_ep = spec.software.overlap_ep;
  CHECK(args.notes[1] == "an expert imbalance of 1.05");
  again.training.expert_imbalance = 1.05;
  CHECK(args.notes[2] == "20 compute units that a collective occupies");
  again.software.communication_units = 20;
  CHECK(again.software == spec.software);
  CHECK(again.training == spec.training);
  again.model.name = spec.model.name;
  again.model.max_positions = spec.model.max_positions;  // As many as the sequence has tokens, where none learn.
  CHECK(again.model == spec.model);
}
