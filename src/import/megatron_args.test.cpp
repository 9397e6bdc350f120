#include "import/megatron_args.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <string>

#include "import/layer_pattern.hpp"
#include "import/shell_words.hpp"
#include "import/stage_pattern.hpp"

using namespace orrery;

namespace {

Source source_of(std::string text) {
  return std::make_shared<SourceText>(SourceText{"launch.sh", std::move(text)});
}

std::vector<std::string> words_of(const std::string& text) {
  Diagnostics diagnostics;
  std::vector<std::string> words;
  for (const ShellWord& word : shell_words(source_of(text), diagnostics)) words.push_back(word.text);
  return words;
}

bool mentions(const Diagnostics& diagnostics, const std::string& part) {
  for (const Diagnostic& d : diagnostics.all()) {
    if (d.message.find(part) != std::string::npos) return true;
  }
  return false;
}

const std::string kSmall =
    "--num-layers 4 --hidden-size 64 --num-attention-heads 8 --vocab-size 1000 --max-position-embeddings 128 "
    "--seq-length 128 --micro-batch-size 2 --global-batch-size 16 --bf16 ";

}  // namespace

TEST_CASE("shell words: hand-computed") {
  CHECK(words_of("--a 1 \\\n  --b=2 # three\n--c 'x y' \"z\"") ==
        std::vector<std::string>{"--a", "1", "--b=2", "--c", "x y", "z"});
  CHECK(words_of("TP=8\nexport PP=4\n--tp $TP --pp ${PP} --cp $CP") ==
        std::vector<std::string>{"export", "--tp", "8", "--pp", "4", "--cp", "$CP"});
  CHECK(words_of("ARGS=(\n  --a 1\n  --b 2\n)\nMORE=\"\n --c 3 \\\n --d 4\n\"") ==
        std::vector<std::string>{"--a", "1", "--b", "2", "--c", "3", "--d", "4"});
}

TEST_CASE("shell words: law, a word stands where its place says") {
  Diagnostics diagnostics;
  const auto words = shell_words(source_of("first \\\n  --tp 8\n\t--pp 16"), diagnostics);
  REQUIRE(words.size() == 5);
  CHECK(words[2].span.line == 2);
  CHECK(words[2].span.column == 8);
  CHECK(words[4].span.line == 3);
  CHECK(words[4].span.column == 7);
  CHECK(words[4].span.length == 2);
}

TEST_CASE("layer pattern: hand-computed") {
  CHECK(layer_pattern("([1]*2+[0])*2", 100) == std::vector<int>{1, 1, 0, 1, 1, 0});
  CHECK(layer_pattern("[0]*1+[1]*3", 100) == std::vector<int>{0, 1, 1, 1});
  CHECK(layer_pattern("[0, 1]", 100) == std::vector<int>{0, 1});
  CHECK_FALSE(layer_pattern("[1]*1000000000", 100).has_value());
  CHECK_FALSE(layer_pattern("[2]", 100).has_value());
  CHECK_FALSE(layer_pattern("([1]", 100).has_value());
  CHECK_FALSE(layer_pattern("", 100).has_value());
}

TEST_CASE("stage pattern: hand-computed") {
  using Stages = std::vector<StagePattern>;
  // The example of Megatron-LM's own documentation, in short: DeepSeek-V3 over 16 stages of 2 chunks.
  const auto deepseek = stage_pattern("Et*3|(tt|)*29,m|L", 1000);
  REQUIRE(deepseek);
  REQUIRE(deepseek->size() == 32);
  CHECK(deepseek->front() == StagePattern{1, 3, 0, 0});
  CHECK((*deepseek)[29] == StagePattern{0, 2, 0, 0});
  CHECK((*deepseek)[30] == StagePattern{0, 0, 1, 0});
  CHECK(deepseek->back() == StagePattern{0, 0, 0, 1});
  CHECK(stage_pattern("E(t|)*2L", 100) == Stages{{1, 1, 0, 0}, {0, 1, 0, 0}, {0, 0, 0, 1}});
  CHECK(stage_pattern("E\\|\\(t*2\\|\\)*1tL", 100) == Stages{{1, 0, 0, 0}, {0, 2, 0, 0}, {0, 1, 0, 1}});
  CHECK(stage_pattern("Et*0|L", 100) == Stages{{1, 0, 0, 0}, {0, 0, 0, 1}});
  for (const char* bad :
       {"", "x", "E(t|L", "E(t)L", "E((t|)*2)*2L", "()*3", "t*", "*3", "Et*99999999999|L", "E)t", "E(t|)*200L"}) {
    CAPTURE(bad);
    CHECK_FALSE(stage_pattern(bad, 100).has_value());
  }
}

TEST_CASE("megatron arguments: hand-computed, GPT-3 175B as a launch script") {
  // Shape from arXiv:2005.14165, Table 2.1: 96 layers, width 12288, 96 heads.
  Diagnostics diagnostics;
  const MegatronJob job = read_megatron_args(source_of(R"(#!/bin/bash
GPUS_PER_NODE=8
DISTRIBUTED_ARGS="--nproc_per_node $GPUS_PER_NODE --nnodes 128 --node_rank 0"
OPTIONS=" \
  --tensor-model-parallel-size 8 \
  --pipeline-model-parallel-size 16 \
  --num-layers 96 --hidden-size 12288 --num-attention-heads 96 \
  --seq-length 2048 --max-position-embeddings 2048 \
  --micro-batch-size 1 --global-batch-size 1536 \
  --num-layers-per-virtual-pipeline-stage 3 \
  --recompute-granularity full --recompute-method uniform --recompute-num-layers 1 \
  --tokenizer-type GPT2BPETokenizer --vocab-file vocab.json --merge-file merges.txt --lr 6.0e-5 \
  --fp16"
python -m torch.distributed.run $DISTRIBUTED_ARGS pretrain_gpt.py $OPTIONS
)"),
                                             diagnostics);
  for (const Diagnostic& d : diagnostics.all()) INFO(d.message);
  REQUIRE(diagnostics.all().empty());
  CHECK(job.has_model);
  CHECK(job.model.layers == 96);
  CHECK(job.model.ffn == 4 * 12288);
  CHECK(job.model.vocab == 50257);
  CHECK(job.model.tied_embeddings);
  CHECK(job.model.biases);
  CHECK(job.model.position == Position::Learned);
  // Published: 175.0 B parameters (same table).
  CHECK(parameters(job.model).total() == doctest::Approx(175e9).epsilon(0.005));
  CHECK(job.chips == 1024);
  CHECK(job.layout.dp == 8);   // 1024 / (8 x 16)
  CHECK(job.layout.vpp == 2);  // 96 / 16 = 6 layers a stage, in chunks of 3
  CHECK(job.layout.recompute == Recompute::Full);
  CHECK(job.layout.recompute_layers == 0);
  CHECK(job.training.precision == Precision::Fp16);
  CHECK(job.training.global_batch == 1536);
  // Megatron-LM's defaults where nothing is said.
  CHECK(job.software.dropout);
  CHECK_FALSE(job.software.overlap_dp);
  CHECK(job.software.gradients_fp32 == false);  // of --fp16
  CHECK(job.software.overlap_pp == true);
  CHECK_FALSE(job.software.attention.has_value());
}

TEST_CASE("megatron arguments: hand-computed, DeepSeek-V3-like latent attention and experts") {
  Diagnostics diagnostics;
  const MegatronJob job = read_megatron_args(
      source_of(kSmall + "--multi-latent-attention --q-lora-rank 32 --kv-lora-rank 16 --qk-head-dim 8 "
                         "--qk-pos-emb-head-dim 4 --v-head-dim 8 --position-embedding-type rope --swiglu "
                         "--num-experts 8 --moe-router-topk 2 --moe-ffn-hidden-size 32 "
                         "--moe-shared-expert-intermediate-size 64 --moe-layer-freq '([0]*1+[1]*3)' "
                         "--expert-model-parallel-size 4 --tensor-model-parallel-size 2 --sequence-parallel "
                         "--fp8-format=e4m3 --fp8-recipe=blockwise --use-distributed-optimizer"),
      diagnostics);
  REQUIRE_FALSE(diagnostics.has_errors());
  REQUIRE(job.model.attention.latent.has_value());
  CHECK(job.model.attention.head_dim == 12);
  REQUIRE(job.model.experts.has_value());
  CHECK(job.model.experts->first_dense_layers == 1);
  CHECK(job.model.experts->every == 1);
  CHECK(job.model.experts->shared_ffn == 64);
  CHECK(job.model.ffn == 128);  // 64 x 8 / 3 = 170, down to a multiple of 64
  CHECK(job.layout.ep == 4);
  CHECK(job.layout.expert_tp == 2);  // Megatron-LM's default is tp
  CHECK(job.layout.sequence_parallel);
  CHECK(job.layout.zero == 1);
  CHECK(job.layout.dp == 0);
  CHECK(job.training.precision == Precision::Fp8Blockwise);
}

TEST_CASE("megatron arguments: hand-computed, what they say of the software") {
  const auto read = [](const std::string& text) {
    Diagnostics diagnostics;
    const MegatronJob job = read_megatron_args(source_of(kSmall + text), diagnostics);
    INFO(render_text(diagnostics.all(), false));
    CHECK(diagnostics.all().empty());
    return job;
  };
  const MegatronSoftware usual = read("").software;
  CHECK(usual.dropout);  // 0.1 and 0.1
  CHECK(usual.gradients_fp32 == true);
  CHECK(usual.fused_elementwise);
  CHECK(usual.tensor_overlap == TensorOverlap::Backward);
  CHECK_FALSE(usual.overlap_pp.has_value());

  const MegatronSoftware dense =
      read(
          "--attention-backend unfused --attention-dropout 0 --hidden-dropout 0.0 --no-bias-gelu-fusion "
          "--no-bias-dropout-fusion --no-gradient-accumulation-fusion --grad-reduce-in-bf16 --overlap-grad-reduce "
          "--cross-entropy-loss-fusion --cross-entropy-fusion-impl te --enable-cuda-graph "
          "--tensor-model-parallel-size 2 --sequence-parallel --tp-comm-overlap")
          .software;
  CHECK(dense.attention == AttentionKernel::Unfused);
  CHECK_FALSE(dense.dropout);
  CHECK_FALSE(dense.fused_elementwise);
  CHECK_FALSE(dense.fused_gradient_accumulation);
  CHECK(dense.gradients_fp32 == false);
  CHECK(dense.overlap_dp);
  CHECK(dense.loss == LossKernel::Fused);
  CHECK(dense.graphs == Graphs::Static);
  CHECK(dense.tensor_overlap == TensorOverlap::Full);

  const MegatronJob experts = read(
      "--num-experts 8 --moe-grouped-gemm --expert-model-parallel-size 4 --moe-token-dispatcher-type flex "
      "--moe-enable-deepep --overlap-moe-expert-parallel-comm --recompute-granularity selective "
      "--recompute-modules layernorm moe_act --cuda-graph-impl local --cuda-graph-scope full_iteration");
  CHECK(experts.software.fused_dispatch);
  CHECK(experts.software.overlap_ep == ExpertOverlap::Full);
  CHECK(experts.software.graphs == Graphs::Step);
  CHECK(experts.layout.recompute == Recompute::Selective);
}

TEST_CASE("megatron arguments: hand-computed, what Megatron-LM counts and fills in its own way") {
  const auto read = [](const std::string& text) {
    Diagnostics diagnostics;
    MegatronJob job = read_megatron_args(source_of(text), diagnostics);
    INFO(render_text(diagnostics.all(), false));
    CHECK_FALSE(diagnostics.has_errors());
    return job;
  };
  // Layers that recompute: of a chunk there, of a stage here.
  const MegatronJob block = read(kSmall +
                                 "--pipeline-model-parallel-size 2 --num-virtual-stages-per-pipeline-rank 2 "
                                 "--recompute-granularity full --recompute-method block --recompute-num-layers 1");
  CHECK(block.layout.recompute_layers == 2);
  // A width of the MLP that is not given: two thirds for SwiGLU alone.
  CHECK(read(kSmall + "--swiglu").model.ffn == 128);
  CHECK(read(kSmall + "--quick-geglu").model.ffn == 256);
  // A window of -1 is none.
  CHECK(read(kSmall + "--window-size 64,0").model.attention.window == 64);
  CHECK(read(kSmall + "--window-size (-1,0)").model.attention.window == 0);
  // Without a model among the arguments there may be experts, whose tensor parallelism is tp's.
  const std::string layout = "--seq-length 128 --micro-batch-size 2 --global-batch-size 16 --bf16 ";
  CHECK(read(layout + "--tensor-model-parallel-size 4 --sequence-parallel").layout.expert_tp == 4);
  CHECK(read(kSmall + "--tensor-model-parallel-size 4 --sequence-parallel").layout.expert_tp == 1);
}

TEST_CASE("megatron arguments: what is not modelled, or refused, is told") {
  const auto told = [](const std::string& text, const std::string& part, bool refused) {
    Diagnostics diagnostics;
    const MegatronJob job = read_megatron_args(source_of(kSmall + text), diagnostics);
    CAPTURE(text);
    INFO(render_text(diagnostics.all(), false));
    CHECK(mentions(diagnostics, part));
    CHECK(diagnostics.has_errors() == refused);
    return job;
  };
  told("--moe-expert-capacity-factor 1.0", "`--moe-expert-capacity-factor` is not modelled", false);
  told("--no-bias-dropout-fusion", "`--no-bias-dropout-fusion` alone is not modelled", false);
  told("--attention-dropout 0", "is not modelled: priced as both", false);
  told("--optimizer sgd", "`--optimizer sgd` is not modelled", false);
  told("--num-experts 8 --moe-grouped-gemm --expert-model-parallel-size 2", "dispatch by allgather", false);
  told("--use-distributed-optimizer --overlap-grad-reduce", "`--overlap-param-gather` is not modelled", false);
  told("--hidden-dropout 2", "is no probability", true);

  const std::string selective = "--recompute-granularity selective ";
  CHECK(told(selective, "only `core_attn` is recomputed", false).layout.recompute == Recompute::Selective);
  CHECK(told(selective + "--attention-backend flash", "is not modelled: priced as none", false).layout.recompute ==
        Recompute::None);
  CHECK(told(selective + "--recompute-modules moe_act", "moe_act without layernorm is not modelled", false)
            .layout.recompute == Recompute::None);
  CHECK(told(selective + "--recompute-modules layernorm mlp", "recomputing `mlp` whole is not modelled", false)
            .layout.recompute == Recompute::Selective);
  told(selective + "--recompute-modules layernorms", "unknown choice `layernorms`", true);

  // kSmall has 4 layers.
  told("--pipeline-model-parallel-size 3", "4 layers do not divide over 3 stages: Megatron-LM refuses", true);
  told("--pipeline-model-parallel-size 2 --num-virtual-stages-per-pipeline-rank 4", "do not divide", true);
  told("--pipeline-model-parallel-size 2 --pipeline-model-parallel-layout 'Et|ttL'", "holds 3 layers", true);
  told("--pipeline-model-parallel-size 2 --pipeline-model-parallel-layout 'Et|t|tL'", "no multiple of 2", true);
  told("--pipeline-model-parallel-size 2 --pipeline-model-parallel-layout 'Et*3|tL'", "chunk 1 of 2 holds 3", false);
  told("--pipeline-model-parallel-size 2 --decoder-last-pipeline-num-layers 1", "chunk 1 of 2 holds 3", false);
  told("--pipeline-model-parallel-size 3 --decoder-first-pipeline-num-layers 1", "Megatron-LM refuses", true);
  told("--pipeline-model-parallel-size 2 --num-virtual-stages-per-pipeline-rank 2 --no-overlap-p2p-communication",
       "Megatron-LM refuses", true);
  told("--pipeline-model-parallel-size 2 --num-experts 8 --overlap-moe-expert-parallel-comm",
       "needs an interleaved pipeline", true);
  told("--num-experts 8 --overlap-moe-expert-parallel-comm", "needs expert parallelism", true);
  told("--recompute-granularity full --recompute-num-layers 1", "needs `--recompute-method`", true);
  told("--moe-enable-deepep", "needs `--moe-token-dispatcher-type flex`", true);
  told("--tensor-model-parallel-size 2 --tp-comm-overlap", "needs `--sequence-parallel`", true);

  Diagnostics none;
  const MegatronJob uneven = read_megatron_args(
      source_of(kSmall + "--pipeline-model-parallel-size 3 --account-for-embedding-in-pipeline-split "
                         "--account-for-loss-in-pipeline-split"),
      none);
  CHECK(none.all().empty());  // 4 + 2 = 3 x 2: stages of 1, 2 and 1 layers, as they are priced
  CHECK(uneven.layout.pp == 3);
}

TEST_CASE("megatron arguments: mistakes are reported with their place") {
  const auto errors_of = [](const std::string& text) {
    Diagnostics diagnostics;
    read_megatron_args(source_of(text), diagnostics);
    return diagnostics;
  };
  const Diagnostics unknown = errors_of(kSmall + "--tensor-model-paralel-size 8");
  CHECK_FALSE(unknown.has_errors());
  REQUIRE(unknown.all().size() == 1);
  CHECK(unknown.all()[0].hint == "did you mean `--tensor-model-parallel-size`?");
  CHECK(unknown.all()[0].span.column == kSmall.size() + 1);

  // The layout's inputs keep the place of their flags, for what is checked later.
  Diagnostics none;
  const MegatronJob job = read_megatron_args(source_of("--bf16\n" + kSmall + "--tensor-model-parallel-size 2"), none);
  CHECK(job.places.at("layout.tp").line == 2);
  CHECK(job.places.count("layout.cp") == 0);

  CHECK(mentions(errors_of(kSmall + "--fp16"), "exclude each other"));
  CHECK(mentions(errors_of(kSmall + "--overlap-param-gather --overlap-grad-reduce"), "--use-distributed-optimizer"));
  CHECK(mentions(errors_of(kSmall + "--pipeline-model-parallel-size 3 --num-layers-per-virtual-pipeline-stage 1"),
                 "do not divide"));
  CHECK(mentions(errors_of(kSmall + "--nnodes 1 --nproc_per_node 6 --tensor-model-parallel-size 4"), "no multiple"));
  CHECK(mentions(errors_of(kSmall + "--expert-model-parallel-size 2"), "needs `--num-experts`"));
  CHECK(mentions(errors_of(kSmall + "--tensor-model-parallel-size $TP"), "no such number"));
  CHECK(mentions(errors_of(kSmall + "--kv-channels"), "takes a value"));
  CHECK(mentions(errors_of("--num-layers 4 --bf16"), "`--hidden-size` is missing"));
  CHECK(mentions(errors_of(kSmall + "'open"), "quote"));
  CHECK(mentions(errors_of("hello world"), "no Megatron-LM argument"));
}

TEST_CASE("megatron arguments: fuzz, parts of a head whose sum no int holds are one mistake") {
  const std::string huge = "2147483647";
  Diagnostics diagnostics;
  read_megatron_args(source_of(kSmall + "--multi-latent-attention --qk-pos-emb-head-dim " + huge), diagnostics);
  REQUIRE(diagnostics.all().size() == 1);
  CHECK(diagnostics.all()[0].message == "`--qk-pos-emb-head-dim` is " + huge);
  CHECK(diagnostics.all()[0].hint == "from 0 to 10000000");
}
