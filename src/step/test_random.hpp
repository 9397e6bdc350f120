#pragma once

#include <random>
#include <vector>

#include "step/layout.hpp"
#include "step/test_specs.hpp"

namespace orrery::test {

/// Models that differ in what a search must get right: equal layers, tied and untied ends, dense layers before
/// mixtures, windows, latent attention.
inline std::vector<Transformer> small_models() {
  std::vector<Transformer> models = {gpt(24, 2048, 16), gpt(16, 1024, 16), llama(32, 4096, 32, 8, 14336),
                                     llama(30, 2048, 16, 4, 5632)};
  Transformer moe = llama(16, 2048, 16, 4, 4096);
  moe.experts = Experts{.count = 16, .top_k = 2, .expert_ffn = 1024};
  models.push_back(moe);
  moe.experts->first_dense_layers = 1;
  moe.experts->shared_ffn = 1024;
  moe.attention.latent =
      LatentAttention{.q_rank = 512, .kv_rank = 256, .nope_dim = 128, .rope_dim = 64, .value_dim = 128};
  moe.attention.head_dim = 128 + 64;
  models.push_back(moe);
  Transformer predicting = moe;
  predicting.mtp_layers = 1;
  Transformer windowed = llama(26, 2048, 16, 8, 8192);
  windowed.attention.window = 1024;
  windowed.attention.full_every = 2;
  windowed.tied_embeddings = true;
  models.push_back(windowed);
  // Everything that a layer may have beside its matrices, and sizes that nothing divides.
  Transformer odd = llama(22, 1536, 16, 2, 4096);
  odd.vocab = 50257;
  odd.attention.qkv_bias = odd.attention.qk_norm = odd.attention.output_gate = odd.post_norms = true;
  models.push_back(odd);
  Transformer biased = gpt(12, 1024, 16);
  biased.vocab = 50257;
  biased.experts = Experts{.count = 16, .top_k = 4, .expert_ffn = 1024, .every = 2};
  models.push_back(biased);
  models.push_back(predicting);
  return models;
}

/// Draws valid jobs: a model, a machine, a layout that divides, software switches.
class RandomSpecs {
 public:
  explicit RandomSpecs(unsigned seed) : random_(seed), switches_(seed + 1), models_(small_models()) {}

  StepSpec next() {
    while (true) {
      StepSpec spec = attempt();
      if (layout_problem(spec).empty()) return spec;
    }
  }
  int below(int n) { return static_cast<int>(random_() % static_cast<unsigned>(n)); }
  bool coin() { return below(2) == 1; }

 private:
  int power(int most) { return 1 << below(most + 1); }

  StepSpec attempt() {
    StepSpec spec;
    spec.model = models_[static_cast<std::size_t>(below(static_cast<int>(models_.size())))];
    Layout& l = spec.layout;
    l.tp = power(4);
    l.pp = coin() ? power(3) : 1 + below(8);
    l.vpp = l.pp > 1 && coin() ? 1 + below(4) : 1;
    l.cp = below(4) == 0 ? power(2) : 1;
    l.dp = power(4);
    if (spec.model.experts) {
      l.ep = power(3);
      l.expert_tp = coin() ? 1 : l.tp;
    }
    l.sequence_parallel = l.tp > 1 && coin();
    l.zero = below(4);
    if (l.zero == 3 && l.pp > 1) l.zero = 1;
    l.micro_batch = power(2);
    l.recompute = static_cast<Recompute>(below(3));
    if (l.recompute == Recompute::Full && coin()) l.recompute_layers = 1 + below(4);
    if (l.vpp == 1 && below(4) == 0) l.schedule = Schedule::GPipe;
    spec.cluster = coin() ? a100_cluster(l.chips()) : h100_cluster(l.chips());
    spec.training.sequence = coin() ? 2048 : 4096;
    spec.training.global_batch = 1LL * l.dp * l.micro_batch * (1 + below(48));
    Software& s = spec.software;
    s.attention = static_cast<AttentionKernel>(below(3));
    s.fused_elementwise = coin();
    s.dropout = coin();
    s.graphs = coin() ? Graphs::Static : Graphs::None;
    s.tensor_overlap = static_cast<TensorOverlap>(below(3));
    s.overlap_dp = coin();
    s.overlap_pp = coin();
    s.overlap_ep = coin() ? ExpertOverlap::Full : ExpertOverlap::None;
    // From bits of a draw of its own, so that the jobs stay what they were.
    const unsigned more = switches_();
    s.fused_dispatch = (more & 1U) != 0;
    s.fused_experts = (more & 2U) != 0;
    s.host_per_exchange = Seconds((more & 4U) != 0 ? 5e-4 : 0.0);
    if ((more & 16U) != 0) s.overlap_ep = ExpertOverlap::Interleaved;
    if (s.graphs != Graphs::None && (more & 8U) != 0) s.graphs = Graphs::Step;
    s.gradients_fp32 = coin();
    s.fused_gradient_accumulation = coin();
    s.gradient_placeholders = s.fused_gradient_accumulation && coin();
    s.weights_in_experts = coin();
    s.loss = static_cast<LossKernel>(below(3));
    s.selective = static_cast<SelectiveRecompute>(below(2));
    if (spec.cluster.chip.peak_fp8.raw() > 0 && coin()) spec.training.precision = Precision::Fp8Tensorwise;
    if (spec.training.precision == Precision::Fp8Tensorwise && (more & 32U) != 0) {
      spec.training.precision = (more & 64U) != 0 ? Precision::Mxfp8 : Precision::Fp8Blockwise;
    }
    if ((more & 0x380U) == 0) spec.training.precision = Precision::Fp32;
    if ((more & 0x400U) != 0) spec.training.document_length = 512 << (more % 3);
    if ((more & 0x800U) != 0) spec.training.expert_imbalance = 1.25;
    if ((more & 0x1000U) != 0 && l.zero > 0 && (l.dp * l.cp) % 2 == 0) l.shard_group = l.dp * l.cp / 2;
    spec.model.parallel_block = !spec.model.experts && (more & 0x6000U) == 0;
    spec.model.post_norms = (more & 0x18000U) == 0;
    return spec;
  }

  std::mt19937 random_, switches_;
  std::vector<Transformer> models_;
};

}  // namespace orrery::test
