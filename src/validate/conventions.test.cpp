#include "validate/conventions.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "step/layer_cost.hpp"
#include "validate/evaluate.hpp"

namespace orrery {
namespace {

/// Round numbers, so that expectations can be worked out by hand.
RowPresets presets() {
  RowPresets p;
  RowPresets::Machine a100;
  a100.chip.name = "A100-SXM4-80GB";
  a100.chip.vendor = "NVIDIA";
  a100.chip.peak_bf16 = 312_TFLOP_per_s;
  a100.chip.peak_tf32 = 156_TFLOP_per_s;
  a100.chip.memory = 80_GiB;
  a100.chip.memory_bandwidth = 2_TB_per_s;
  a100.node.scale_up_bandwidth = 300_GB_per_s;
  a100.node.scale_out_bandwidth = 25_GB_per_s;
  RowPresets::Machine gb200 = a100, tpu = a100, neuron = a100;
  gb200.chip.name = "GB200-NVL72";
  gb200.node.scale_up_domain = 72;
  tpu.chip.name = "TPU-v5e";
  tpu.node.chips = 8;
  tpu.node.scale_up_domain = 256;
  neuron.chip.name = "Trainium1";
  neuron.node.chips = neuron.node.scale_up_domain = 16;
  p.machines = {a100, gb200, tpu, neuron};
  const auto profile = [](const char* name, std::vector<std::string> frameworks, const char* from) {
    SoftwareProfile result;
    result.software.name = name;
    result.software.graphs = Graphs::Static;
    result.frameworks = std::move(frameworks);
    result.from = from;
    return result;
  };
  p.software = {profile("megatron-2021", {"megatron-lm"}, "2020"), profile("megatron-2024", {"megatron-lm"}, "2024-01"),
                profile("torchtitan-2024", {"torchtitan"}, "2024-06")};
  Transformer deepseek;
  deepseek.name = "deepseek-v3";
  deepseek.layers = 61;
  deepseek.hidden = 7168;
  deepseek.attention.heads = deepseek.attention.kv_heads = 128;
  deepseek.attention.head_dim = 192;
  deepseek.attention.latent = Attention::Latent{1536, 512, 128, 64, 128};
  deepseek.ffn = 18432;
  deepseek.gated_mlp = true;
  deepseek.vocab = 129280;
  deepseek.mtp_layers = 1;
  deepseek.experts = Experts{256, 8, 2048, 2048, 3, 1};
  Transformer mpt;
  mpt.name = "mpt-7b";
  mpt.layers = 32;
  mpt.hidden = 4096;
  mpt.attention.heads = mpt.attention.kv_heads = 32;
  mpt.attention.head_dim = 128;
  mpt.ffn = 16384;
  mpt.vocab = 50432;
  mpt.position = Position::Alibi;
  mpt.norm = Norm::LayerNorm;
  mpt.tied_embeddings = true;
  p.models = {deepseek, mpt};
  return p;
}

MeasuredRow gpt_row() {
  MeasuredRow row;
  row.id = "gpt";
  row.family = "f";
  row.model = "GPT 7.5B";
  row.layers = 36;
  row.hidden = 4096;
  row.heads = 32;
  row.ffn = 16384;
  row.seq = 2048;
  row.chip = "A100-SXM4-80GB";
  row.gpus_per_node = 8;
  row.gpus = 64;
  row.tp = 4;
  row.pp = 2;
  row.micro_batch = 2;
  row.global_batch = 512;
  row.recompute = "full";
  row.precision = "fp16";
  row.metric = Metric::StepSeconds;
  row.value = 2;
  row.framework = "megatron-lm";
  row.framework_date = "2022";
  row.task = "pretrain";
  return row;
}

const FitsMemory kAlways = [](const StepSpec&) { return true; };
const FitsMemory kNever = [](const StepSpec&) { return false; };

bool took(const Interpretation& meaning, Fill fill) {
  return std::any_of(meaning.fills.begin(), meaning.fills.end(), [&](const AppliedFill& f) { return f.fill == fill; });
}

std::string why_skipped(const MeasuredRow& row) {
  const auto meaning = interpret(row, presets(), kAlways);
  return meaning ? "not skipped" : meaning.error();
}

TEST_CASE("conventions: law, the table is in the order of its names") {
  for (const Convention& c : conventions()) CHECK(&convention(c.fill) == &c);
  CHECK(conventions().back().fill == Fill::MemoryCounted);
}

TEST_CASE("conventions: transcript, docs/conventions.md shows the table") {
  std::ifstream in(std::filesystem::path(ORRERY_SOURCE_DIR) / "docs/conventions.md");
  const std::string page{std::istreambuf_iterator<char>(in), {}};
  INFO("the table as it should stand there:\n" << conventions_markdown());
  CHECK(page.find(conventions_markdown()) != std::string::npos);
}

TEST_CASE("conventions: hand-computed, fills of a 2022 Megatron row") {
  const auto meaning = interpret(gpt_row(), presets(), kAlways);
  REQUIRE(meaning);
  const StepSpec& s = meaning->spec;
  CHECK(s.layout.dp == 8);  // 64 / (4 x 2)
  CHECK(s.layout.cp == 1);
  CHECK(s.layout.vpp == 1);
  CHECK(s.layout.zero == 0);                // before 2023
  CHECK_FALSE(s.layout.sequence_parallel);  // before 2023
  CHECK(s.model.vocab == 50688);            // 50,257 up to a multiple of 512
  CHECK(s.model.attention.kv_heads == 32);
  CHECK(s.model.attention.head_dim == 128);
  CHECK(s.model.position == Position::Learned);
  CHECK(s.model.tied_embeddings);
  CHECK(s.software.name == "megatron-2021");
  CHECK(took(*meaning, Fill::DataParallel));
  CHECK(took(*meaning, Fill::GptStyle));
  CHECK_FALSE(took(*meaning, Fill::MicroBatch));
}

TEST_CASE("conventions: hand-computed, a 2024 row interleaves, shards and recomputes what it must") {
  MeasuredRow row = gpt_row();
  row.framework_date = "2024-08";
  row.recompute = "";
  row.global_batch = 128;  // 8 micro-batches a pipeline: bubble 1/8 = 12.5 %; 3 chunks of 6 layers bring 4.2 %
  auto meaning = interpret(row, presets(), kAlways);
  REQUIRE(meaning);
  CHECK(meaning->spec.layout.vpp == 3);
  CHECK(meaning->spec.layout.zero == 1);
  CHECK(meaning->spec.layout.sequence_parallel);
  CHECK(meaning->spec.layout.recompute == Recompute::None);
  CHECK(meaning->spec.software.name == "megatron-2024");
  meaning = interpret(row, presets(), kNever);
  CHECK(meaning->spec.layout.recompute == Recompute::Full);
  meaning = interpret(row, presets(), [](const StepSpec& s) { return s.layout.recompute != Recompute::None; });
  CHECK(meaning->spec.layout.recompute == Recompute::Selective);
}

TEST_CASE("conventions: hand-computed, micro-batch") {
  MeasuredRow row = gpt_row();
  row.micro_batch.reset();
  // 512 / 8 = 64 sequences a replica; 8,192 tokens allow 4, which leaves 16 micro-batches over 2 stages.
  CHECK(interpret(row, presets(), kAlways)->spec.layout.micro_batch == 4);
  row.global_batch = 64;  // 8 a replica: 4 x 2 stages ask for 8 micro-batches
  CHECK(interpret(row, presets(), kAlways)->spec.layout.micro_batch == 1);
  row.framework_date = "2020-06";
  CHECK(interpret(row, presets(), kAlways)->spec.layout.micro_batch == 8);
}

TEST_CASE("conventions: hand-computed, what a preset carries and what columns say") {
  MeasuredRow row = gpt_row();
  row.model = "DeepSeek-V3 truncated";
  row.layers = 4;
  row.hidden = 7168;
  row.heads = row.kv_heads = 128;
  row.ffn = 2048;
  row.experts = 256;
  row.topk = 8;
  row.gated_mlp = true;
  row.ep = 8;
  row.sequence_parallel = true;  // experts under tensor parallelism cannot run without
  row.moe_routing = "balanced";
  auto meaning = interpret(row, presets(), kAlways);
  REQUIRE(meaning);
  const Transformer& m = meaning->spec.model;
  CHECK(m.layers == 4);
  CHECK(m.attention.latent.has_value());
  CHECK(m.ffn == 18432);
  CHECK(m.experts->expert_ffn == 2048);
  CHECK(m.experts->first_dense_layers == 1);
  CHECK(m.mtp_layers == 0);
  CHECK(meaning->spec.training.expert_imbalance == 1.0);
  row.moe_routing = "";
  CHECK(interpret(row, presets(), kAlways)->spec.training.expert_imbalance == 1.15);

  // Without a degree of expert parallelism: the chips of a domain, or those that FSDP shards over. 64 chips of 8.
  row.framework = "torchtitan";
  row.framework_date = "2026";
  row.tp = row.pp = 1;
  row.gpus = row.dp = 64;
  row.global_batch = 4096;
  row.ep.reset();
  row.sequence_parallel = false;
  meaning = interpret(row, presets(), kAlways);
  REQUIRE(meaning);
  CHECK(meaning->spec.layout.ep == 8);
  row.zero = 3;
  row.notes = "PyTorch FSDP2 (shard size 64); kernels TE + DeepEP";
  meaning = interpret(row, presets(), kAlways);
  REQUIRE_MESSAGE(meaning, meaning.error());
  CHECK(meaning->spec.layout.ep == 64);
  CHECK(meaning->spec.software.attention == AttentionKernel::Tuned);
  row.notes += " + FlexAttn";
  meaning = interpret(row, presets(), kAlways);
  REQUIRE(meaning);
  CHECK(meaning->spec.software.attention == AttentionKernel::Flash);
  row.precision = "fp32";
  meaning = interpret(row, presets(), kAlways);
  REQUIRE(meaning);
  CHECK(attention_kernel(meaning->spec) == AttentionKernel::Unfused);

  row = gpt_row();
  row.model = "MPT-1b";
  row.hidden = 2048;
  row.heads = 16;
  row.ffn = 8192;
  meaning = interpret(row, presets(), kAlways);
  CHECK(meaning->spec.model.position == Position::Alibi);
  CHECK(took(*meaning, Fill::ModelSeries));
}

TEST_CASE("conventions: hand-computed, machines") {
  MeasuredRow row = gpt_row();
  row.chip = "GB200-NVL72";
  row.gpus_per_node = 4;
  auto meaning = interpret(row, presets(), kAlways);
  CHECK(meaning->spec.cluster.node.chips == 4);
  CHECK(meaning->spec.cluster.node.scale_up_domain == 72);
  row.chip = "A100-SXM4-80GB";
  CHECK(interpret(row, presets(), kAlways)->spec.cluster.node.scale_up_domain == 4);
  row.chip = "TPU-v5e";
  row.notes = "seq 2048; 2 slices of v5e-32 over DCN";
  CHECK(interpret(row, presets(), kAlways)->spec.cluster.node.scale_up_domain == 32);
  row.zero = 3;
  row.tp = row.pp = 1;
  CHECK(interpret(row, presets(), kAlways)->spec.layout.shard_group == 32);
  row.chip = "Trainium1";
  row.gpu = "Trainium1-NeuronCore";
  row.gpus_per_node = 32;
  row.notes = "";
  meaning = interpret(row, presets(), kAlways);
  CHECK(meaning->spec.cluster.node.scale_up_domain == 32);
  CHECK(meaning->spec.cluster.chip.peak_bf16 == 156_TFLOP_per_s);
  CHECK(meaning->spec.cluster.node.scale_out_bandwidth == 12.5_GB_per_s);
}

TEST_CASE("conventions: hand-computed, skipped by name") {
  MeasuredRow row = gpt_row();
  row.task = "lora";
  CHECK(why_skipped(row) == "fine-tuning task lora: not modelled");
  row = gpt_row();
  row.notes = "pipeline schedule zbv-formatted; batch not published";
  CHECK(why_skipped(row) == "zero-bubble pipeline schedule: not modelled");
  row = gpt_row();
  row.hidden.reset();
  CHECK(why_skipped(row) == "architecture blank");
  row = gpt_row();
  row.tp.reset();
  CHECK(why_skipped(row) == "layout blank");
  row = gpt_row();
  row.chip = "Abacus";
  CHECK(why_skipped(row) == "chip unknown: Abacus");
  row = gpt_row();
  row.global_batch.reset();
  CHECK(why_skipped(row) == "global_batch blank");
  row = gpt_row();
  row.heads = 30;
  CHECK(why_skipped(row) == "head_dim blank and hidden / heads is not whole");
  row.head_dim = 128;
  CHECK(why_skipped(row).starts_with("layout cannot run"));
  row = gpt_row();
  row.unit = "ms";
  CHECK(why_skipped(row) == "unit ms of metric step_seconds: unknown");
}

TEST_CASE("software profile: hand-computed, by framework and date") {
  const auto profiles = presets().software;
  const auto name = [&](const char* framework, const char* date) {
    const SoftwareProfile* profile = software_profile(profiles, framework, date);
    return profile == nullptr ? "" : profile->software.name;
  };
  CHECK(name("megatron-lm", "2023-12") == "megatron-2021");
  CHECK(name("megatron-lm", "2024-01") == "megatron-2024");
  CHECK(name("megatron-lm", "2019") == "megatron-2021");
  CHECK(name("megatron-lm", "") == "megatron-2024");
  CHECK(name("abacus", "2024") == "");
}

TEST_CASE("conventions: hand-computed, what a source says of its memory") {
  MeasuredRow row = gpt_row();
  row.metric = Metric::PeakMemoryGib;
  row.unit = "GiB";
  CHECK(interpret(row, presets(), kAlways)->memory == MemoryCount::Allocated);
  CHECK(interpret(row, presets(), kAlways)->spec.software.loss == LossKernel::InPlace);
  row.source = "github:a/b case llama_tp1_cef";
  CHECK(interpret(row, presets(), kAlways)->spec.software.loss == LossKernel::Fused);
  row.source = "github:a/b case llama_tp1_cef_2";
  CHECK(interpret(row, presets(), kAlways)->spec.software.loss == LossKernel::InPlace);
  row.precision = "bf16-eager";
  CHECK(interpret(row, presets(), kAlways)->spec.software.loss == LossKernel::Unfused);
  row.framework = "megatron-deepspeed";
  CHECK(interpret(row, presets(), kAlways)->memory == MemoryCount::Device);
  row.framework = "torchtitan";
  CHECK(interpret(row, presets(), kAlways)->memory == MemoryCount::Reserved);
}

TEST_CASE("conventions: hand-computed, Megatron-LM on a newer Transformer Engine") {
  MeasuredRow row = gpt_row();
  const auto software = [&](const char* date) {
    row.framework_date = date;
    return interpret(row, presets(), kAlways)->spec.software;
  };
  CHECK_FALSE(software("2025-05").gradient_placeholders);
  CHECK_FALSE(software("").gradient_placeholders);
  CHECK(software("2025-06").gradient_placeholders);
  CHECK(software("2026").weights_in_experts);
  row.framework = "torchtitan";
  CHECK_FALSE(software("2026").gradient_placeholders);
}

TEST_CASE("conventions: hand-computed, the month in the name of the source's file dates the software") {
  MeasuredRow row = gpt_row();
  const auto name = [&](const char* source) {
    row.source = source;
    return interpret(row, presets(), kAlways)->spec.software.name;
  };
  row.framework_date = "2022-01";
  CHECK(name("page.md") == "megatron-2021");
  CHECK(name("page_h100_202506_site.md") == "megatron-2024");
  CHECK(name("page_h100_202513_site.md") == "megatron-2021");  // no month
  CHECK(name("page_h100_20250601.md") == "megatron-2021");     // no month
  CHECK(name("page_20") == "megatron-2021");
}

TEST_CASE("model names: hand-computed series") {
  CHECK(model_series("GPT-OSS 120B") == "gptoss");
  CHECK(model_series("LLAMA3.1_405B") == "llama");
  CHECK(model_series("175B (GPT-3)") == "");
  CHECK(plain_name("Qwen3_30B_a3B") == "qwen330ba3b");
}

TEST_CASE("metrics: law, a figure stands for the time that it was made from") {
  for (int m = 0; m <= static_cast<int>(Metric::Hfu); ++m) {
    MeasuredRow row = gpt_row();
    row.metric = static_cast<Metric>(m);
    row.peak_tflops = 312;
    const auto meaning = interpret(row, presets(), kAlways);
    REQUIRE(meaning);
    row.value = figure_of(Seconds(3.25), row, *meaning);
    CHECK(implied_step_time(row, *meaning).raw() == doctest::Approx(3.25));
  }
}

TEST_CASE("metrics: published, TFLOP/s with recomputation (arXiv:2104.04473, equation 3)") {
  MeasuredRow row = gpt_row();
  row.metric = Metric::TflopsPerGpu;
  row.framework_date = "2021-04";
  row.vocab = 51200;
  const auto meaning = interpret(row, presets(), kAlways);
  REQUIRE(meaning);
  const double b = 512, s = 2048, l = 36, h = 4096, v = 51200;
  const double flops = 96 * b * s * l * h * h * (1 + s / (6 * h) + v / (16 * l * h));
  CHECK(counted_flops(*meaning, true).raw() == doctest::Approx(flops).epsilon(1e-6));
  row.value = 100;
  CHECK(implied_step_time(row, *meaning).raw() == doctest::Approx(flops / (64 * 100e12)).epsilon(1e-6));
}

TEST_CASE("evaluate: hand-computed, an error is on time whatever the metric") {
  const PredictStep two_seconds = [](const StepSpec&) -> Expected<StepResult, std::string> {
    StepResult result;
    result.step_time = Seconds(2);
    result.memory.resize(1);
    result.memory[0].weights = 40_GiB;
    result.memory_budget = 80_GiB;
    return result;
  };
  MeasuredRow row = gpt_row();
  row.value = 1.6;
  RowScore score = evaluate_row(row, presets(), two_seconds, {}).score;
  CHECK(score.relative_error == doctest::Approx(0.25));
  CHECK(score.predicted == doctest::Approx(2));
  row.metric = Metric::TokensPerGpu;
  row.value = 512 * 2048.0 / 64 / 1.6;
  score = evaluate_row(row, presets(), two_seconds, {}).score;
  CHECK(score.relative_error == doctest::Approx(0.25));
  CHECK(score.predicted == doctest::Approx(8192));
  row.metric = Metric::PeakMemoryGib;
  row.value = 50;
  score = evaluate_row(row, presets(), two_seconds, {}).score;
  CHECK(score.relative_error == doctest::Approx(-0.2));
  const PredictStep refuses = [](const StepSpec&) { return Unexpected<std::string>("not modelled"); };
  CHECK(evaluate_row(row, presets(), refuses, {}).score.skipped == "not modelled");
}

}  // namespace
}  // namespace orrery
