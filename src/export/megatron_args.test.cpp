#include "export/megatron_args.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

#include "step/test_specs.hpp"

using namespace orrery;

// Hand-written after megatron/training/arguments.py, megatron/core/transformer/transformer_config.py and
// megatron/core/transformer/pipeline_parallel_layer_layout.py of github.com/NVIDIA/Megatron-LM (2025).

namespace {

using Texts = std::vector<std::string>;

/// The lines from --tensor-model-parallel-size on: those before are the model's.
Texts behind_the_model(const MegatronArgs& args) {
  const auto first = std::find_if(args.lines.begin(), args.lines.end(), [](const std::string& line) {
    return line.starts_with("--tensor-model-parallel-size");
  });
  return {first, args.lines.end()};
}

bool writes(const MegatronArgs& args, const std::string& line) {
  return std::find(args.lines.begin(), args.lines.end(), line) != args.lines.end();
}

StepSpec llama_405b() {
  StepSpec spec;
  spec.cluster = test::h100_cluster(16384);
  spec.model = test::llama(126, 16384, 128, 8, 53248);
  spec.layout.tp = 8;
  spec.layout.pp = 16;
  spec.layout.vpp = 8;
  spec.layout.cp = 2;
  spec.layout.dp = 64;
  spec.layout.zero = 1;
  spec.layout.sequence_parallel = true;
  spec.training.sequence = 8192;
  spec.training.global_batch = 2048;
  spec.software.attention = AttentionKernel::Tuned;
  spec.software.overlap_pp = true;
  return spec;
}

}  // namespace

TEST_CASE("megatron arguments: hand-written, 126 layers over 128 chunks") {
  StepSpec spec = llama_405b();
  spec.layout.recompute = Recompute::Selective;
  spec.software.tensor_overlap = TensorOverlap::Full;
  const MegatronArgs args = megatron_args(spec);
  // 126 + embedding + loss = 16 x 8: chunks of one layer, and none in the first and the last.
  CHECK(behind_the_model(args) == Texts{"--tensor-model-parallel-size 8",
                                        "--pipeline-model-parallel-size 16",
                                        "--num-virtual-stages-per-pipeline-rank 8",
                                        "--account-for-embedding-in-pipeline-split",
                                        "--account-for-loss-in-pipeline-split",
                                        "--context-parallel-size 2",
                                        "--sequence-parallel",
                                        "--use-distributed-optimizer",
                                        "--recompute-granularity selective",
                                        "--recompute-modules layernorm",
                                        "--seq-length 8192",
                                        "--micro-batch-size 1",
                                        "--global-batch-size 2048",
                                        "--bf16",
                                        "--attention-backend fused",
                                        "--attention-dropout 0.0",
                                        "--hidden-dropout 0.0",
                                        "--accumulate-allreduce-grads-in-fp32",
                                        "--overlap-grad-reduce",
                                        "--overlap-param-gather",
                                        "--tp-comm-overlap"});
  REQUIRE(args.notes.size() == 1);
  CHECK(args.notes[0].starts_with("recomputing a dense MLP's activation alone"));
}

TEST_CASE("megatron arguments: hand-written, latent attention and experts, 61 layers over 16 stages") {
  StepSpec spec = llama_405b();
  Transformer& m = spec.model;
  m.layers = 61;
  m.hidden = 7168;
  m.attention.heads = m.attention.kv_heads = 128;
  m.attention.head_dim = 192;
  m.attention.latent = Attention::Latent{1536, 512, 128, 64, 128};
  m.experts = Experts{};
  m.experts->count = 256;
  m.experts->top_k = 8;
  m.experts->expert_ffn = 2048;
  Layout& l = spec.layout;
  l.tp = l.cp = l.vpp = 1;
  l.ep = 64;
  l.dp = 128;
  l.sequence_parallel = false;
  l.recompute = Recompute::Selective;
  spec.training.precision = Precision::Fp8Blockwise;
  spec.training.sequence = 4096;
  Software& s = spec.software;
  s.fused_dispatch = true;
  s.overlap_ep = ExpertOverlap::Full;
  s.graphs = Graphs::Static;
  s.gradients_fp32 = false;
  s.loss = LossKernel::Fused;
  const MegatronArgs args = megatron_args(spec);
  // 16 x 4 - 3: one layer less in the last stage, the first and the last but one.
  CHECK(behind_the_model(args) == Texts{"--tensor-model-parallel-size 1",
                                        "--pipeline-model-parallel-size 16",
                                        "--pipeline-model-parallel-layout \"Et*3|(t*4|)*13,t*3|t*3L\"",
                                        "--context-parallel-size 1",
                                        "--expert-model-parallel-size 64",
                                        "--expert-tensor-parallel-size 1",
                                        "--use-distributed-optimizer",
                                        "--recompute-granularity selective",
                                        "--recompute-modules layernorm moe_act mla_up_proj",
                                        "--seq-length 4096",
                                        "--micro-batch-size 1",
                                        "--global-batch-size 2048",
                                        "--bf16",
                                        "--fp8-format e4m3",
                                        "--fp8-recipe blockwise",
                                        "--attention-backend fused",
                                        "--attention-dropout 0.0",
                                        "--hidden-dropout 0.0",
                                        "--cross-entropy-loss-fusion",
                                        "--cross-entropy-fusion-impl te",
                                        "--grad-reduce-in-bf16",
                                        "--moe-grouped-gemm",
                                        "--moe-token-dispatcher-type flex",
                                        "--moe-enable-deepep",
                                        "--cuda-graph-impl transformer_engine",
                                        "--cuda-graph-scope attn moe_router moe_preprocess",
                                        "--overlap-grad-reduce",
                                        "--overlap-param-gather"});
  REQUIRE(args.notes.size() == 1);  // Without interleaving Megatron-LM does not overlap the exchange of experts.
  CHECK(args.notes[0].starts_with("expert exchange under another micro-batch"));

  l.vpp = 2;  // 61 + 3 = 32 x 2 again, in twice as many chunks.
  const MegatronArgs interleaved = megatron_args(spec);
  CHECK(writes(interleaved, "--pipeline-model-parallel-layout \"Et|(tt|)*29,t|tL\""));
  CHECK(writes(interleaved, "--overlap-moe-expert-parallel-comm"));
  CHECK_FALSE(writes(interleaved, "--num-virtual-stages-per-pipeline-rank 2"));
  CHECK(interleaved.notes.empty());
}

TEST_CASE("megatron arguments: hand-written, sharded parameters and an old stack") {
  StepSpec spec;
  spec.cluster = test::a100_cluster(64);
  spec.model = test::gpt(24, 2048, 16);
  spec.layout.dp = 64;
  spec.layout.zero = 3;
  spec.layout.recompute = Recompute::Full;
  spec.layout.recompute_layers = 6;
  spec.training.precision = Precision::Fp16;
  Software& s = spec.software;
  s.attention = AttentionKernel::Unfused;
  s.fused_elementwise = false;
  s.dropout = true;
  s.graphs = Graphs::Static;
  s.overlap_dp = false;
  s.fused_gradient_accumulation = false;
  s.gradient_placeholders = true;
  const MegatronArgs args = megatron_args(spec);
  CHECK(behind_the_model(args) == Texts{"--tensor-model-parallel-size 1",
                                        "--pipeline-model-parallel-size 1",
                                        "--context-parallel-size 1",
                                        "--use-distributed-optimizer",
                                        "--use-megatron-fsdp",
                                        "--data-parallel-sharding-strategy optim_grads_params",
                                        "--ckpt-format fsdp_dtensor",
                                        "--recompute-granularity full",
                                        "--recompute-method block",
                                        "--recompute-num-layers 6",
                                        "--seq-length 2048",
                                        "--micro-batch-size 1",
                                        "--global-batch-size 512",
                                        "--fp16",
                                        "--attention-backend unfused",
                                        "--attention-dropout 0.1",
                                        "--hidden-dropout 0.1",
                                        "--no-bias-gelu-fusion",
                                        "--no-bias-dropout-fusion",
                                        "--no-gradient-accumulation-fusion",
                                        "--accumulate-allreduce-grads-in-fp32"});
  CHECK(args.notes == Texts{"gradient placeholders (Transformer Engine 2.3 and later keeps them)",
                            "CUDA graphs beside full recomputation"});
}

TEST_CASE("megatron arguments: hand-written, pipelines that do not divide") {
  StepSpec spec = llama_405b();
  spec.layout.vpp = 1;
  spec.model.layers = 127;  // 127 + loss = 16 x 8
  MegatronArgs args = megatron_args(spec);
  CHECK(writes(args, "--account-for-loss-in-pipeline-split"));
  CHECK_FALSE(writes(args, "--account-for-embedding-in-pipeline-split"));

  spec.layout.pp = 2;
  spec.layout.vpp = 2;  // Two stages cannot interleave with exposed sends.
  spec.model.layers = 9;
  spec.software.overlap_pp = false;
  args = megatron_args(spec);
  CHECK(writes(args, "--pipeline-model-parallel-layout \"Ett|t*3|tt|ttL\""));  // 4 x 3 - 3
  CHECK_FALSE(writes(args, "--no-overlap-p2p-communication"));
  CHECK(args.notes == Texts{"interleaving over two stages with exposed sends"});

  spec.layout.pp = 4;
  spec.model.layers = 16;
  args = megatron_args(spec);
  CHECK(writes(args, "--num-virtual-stages-per-pipeline-rank 2"));
  CHECK(writes(args, "--no-overlap-p2p-communication"));
}
