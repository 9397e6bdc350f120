#include "step/memory.hpp"

#include <doctest/doctest.h>
#include <algorithm>

#include "network/hierarchical.hpp"
#include "step/activations.hpp"
#include "step/layout.hpp"
#include "step/stage_cost.hpp"
#include "step/step.hpp"
#include "step/test_random.hpp"

namespace orrery {
namespace {

/// Megatron-LM of 2022: unfused attention, dropout.
StepSpec korthikanti(int tp, bool sequence_parallel, Recompute recompute) {
  StepSpec spec = test::gpt3_on_512_a100();
  spec.layout = {.tp = tp, .pp = 8, .dp = 64 / tp, .sequence_parallel = sequence_parallel, .recompute = recompute};
  spec.software.attention = AttentionKernel::Unfused;
  spec.software.dropout = true;
  return spec;
}

double saved(const StepSpec& spec) {
  return saved_activations(spec, {}).raw();
}

}  // namespace

TEST_CASE("memory: published, activations of a layer after Korthikanti et al. 2022, Table 2") {
  // arXiv:2205.05198, bytes of a layer: s b h (34 + 5 a s / h) without parallelism, and so on; GPT-3: s = 2048,
  // h = 12288, a = 96, b = 1, so 5 a s / h = 80.
  const double sbh = 2048.0 * 12288;
  const double scores = 80;
  const double t = 8;
  CHECK(saved(korthikanti(1, false, Recompute::None)) == doctest::Approx(sbh * (34 + scores)).epsilon(0.02));
  CHECK(saved(korthikanti(8, false, Recompute::None)) ==
        doctest::Approx(sbh * (10 + 24 / t + scores / t)).epsilon(0.02));
  CHECK(saved(korthikanti(8, true, Recompute::None)) == doctest::Approx(sbh * (34 + scores) / t).epsilon(0.02));
  CHECK(saved(korthikanti(8, true, Recompute::Selective)) == doctest::Approx(sbh * 34 / t).epsilon(0.02));
  CHECK(saved(korthikanti(8, false, Recompute::Selective)) == doctest::Approx(sbh * (10 + 24 / t)).epsilon(0.02));
  CHECK(checkpoint_bytes(korthikanti(8, false, Recompute::Full)).raw() == doctest::Approx(2 * sbh));
  CHECK(checkpoint_bytes(korthikanti(8, true, Recompute::Full)).raw() == doctest::Approx(2 * sbh / t));
}

TEST_CASE("memory: hand-computed, the gate on attention's output has weights, an activation and a price") {
  StepSpec plain;
  plain.model = test::llama(32, 4096, 32, 8, 14336);
  plain.cluster = test::h100_cluster(8);
  plain.layout = {.tp = 8, .sequence_parallel = true};
  StepSpec gated = plain;
  gated.model.attention.output_gate = true;
  const auto step = [](const StepSpec& spec) { return simulate_step(spec, HierarchicalModel(spec.cluster)).value(); };
  const StepResult without = step(plain), with = step(gated);
  // 4096 x 4096 parameters a layer, 1/8 of them on a rank, 2 bytes each; and two more tensors as large as the output:
  // the gate, and what it let through, which the projection takes.
  CHECK((with.memory[0].weights - without.memory[0].weights).raw() == doctest::Approx(32.0 * 4096 * 4096 / 8 * 2));
  CHECK(saved(gated) - saved(plain) == doctest::Approx(2 * 2048.0 * 4096 / 8 * 2));
  CHECK(with.step_time > without.step_time);
}

TEST_CASE("memory: hand-computed, what Adam keeps of a parameter") {
  // Megatron-LM's mixed precision: 2 B weight, 4 B gradient, 12 B master weight and moments; the latter shared by 16.
  StepSpec spec = test::gpt3_on_512_a100();
  spec.layout = {.tp = 8, .pp = 4, .dp = 16};
  StageContent stage;
  stage.parameters.dense = 1e9;
  StageMemory memory = stage_memory(spec, stage, 1);
  CHECK(memory.weights.raw() == doctest::Approx(2e9));
  CHECK(memory.gradients.raw() == doctest::Approx(4e9));
  CHECK(memory.optimizer.raw() == doctest::Approx(12e9));
  spec.layout.zero = 1;
  CHECK(stage_memory(spec, stage, 1).optimizer.raw() == doctest::Approx(12e9 / 16));
  spec.layout.zero = 2;  // a pipeline accumulates gradients whole
  CHECK(stage_memory(spec, stage, 1).gradients.raw() == doctest::Approx(4e9));
  spec.layout.pp = 1;
  CHECK(stage_memory(spec, stage, 1).gradients.raw() == doctest::Approx(4e9 / 16));
}

namespace {

/// Llama 3 8B on one server, data parallel, 16,384 tokens a chip.
StepSpec one_stage(int zero) {
  StepSpec spec;
  spec.model = test::llama(32, 4096, 32, 8, 14336);
  spec.cluster = test::h100_cluster(8);
  spec.layout = {.dp = 8, .zero = zero, .micro_batch = 2};
  spec.training.sequence = 8192;
  spec.training.global_batch = 16;
  return spec;
}

}  // namespace

TEST_CASE("memory: hand-computed, the larger of the loss and the first layer's backward pass") {
  // 16,384 tokens; logits 128,256 wide: 6 bytes each are 12.61 GB, beside a norm's input and output of 134 MB each.
  const double logits = 16384.0 * 128256, width = 16384.0 * 4096 * 2;
  const StepSpec spec = one_stage(0);
  StageContent stage;
  stage.layers = 2;
  stage.activations = Bytes(5e9);
  stage.backward = Bytes(9e9);
  StageMemory memory = stage_memory(spec, stage, 3);
  CHECK(memory.activations.raw() == doctest::Approx(15e9 + 9e9));
  CHECK(memory.head.raw() == 0);
  stage.has_head = true;
  memory = stage_memory(spec, stage, 3);
  CHECK(memory.activations.raw() == doctest::Approx(15e9));
  CHECK(memory.head.raw() == doctest::Approx(6 * logits + 2 * width));
  stage.backward = Bytes(20e9);
  memory = stage_memory(spec, stage, 3);
  CHECK(memory.activations.raw() == doctest::Approx(15e9 + 20e9));
  CHECK(memory.head.raw() == 0);
}

TEST_CASE("memory: hand-computed, what FSDP gathers") {
  // Ends of 1e9 parameters, layers of 2e8, in BF16: the ends and two layers stand gathered. While a layer runs backward
  // its gradient stands whole in BF16 and in FP32; at last that of the ends does.
  StepSpec spec = one_stage(3);
  StageContent stage;
  stage.parameters.dense = 8e9;
  stage.end_parameters = 1e9;
  stage.layer_parameters = 2e8;
  stage.activations = Bytes(30e9);
  stage.backward = Bytes(1e9);
  StageMemory memory = stage_memory(spec, stage, 1);
  CHECK(memory.weights.raw() == doctest::Approx(4e9));  // FP32, of 8
  CHECK(memory.gradients.raw() == doctest::Approx(4e9));
  CHECK(memory.optimizer.raw() == doctest::Approx(8e9));
  CHECK(memory.buffers.raw() == doctest::Approx(2 * (1e9 + 4e8)));
  CHECK(memory.activations.raw() == doctest::Approx(31e9 + 6 * 2e8));
  // The gathering stream's own blocks are as large as the largest that it ever received.
  CHECK(memory.reserve.raw() == doctest::Approx(0.03 * memory.allocated().raw() + 2e9));
  stage.activations = Bytes(1e9);
  memory = stage_memory(spec, stage, 1);
  CHECK(memory.activations.raw() == 0);
  CHECK(memory.buffers.raw() == doctest::Approx(2 * (1e9 + 4e8) + 6e9));
}

TEST_CASE("memory: hand-computed, gradient placeholders of a Llama 3 70B layer") {
  // Queries, keys, values 8192 x 10240; output 8192 x 8192; MLP 3 x 8192 x 28672: 855,638,016 elements, kept once.
  StepSpec spec;
  spec.model = test::llama(12, 8192, 64, 8, 28672);
  spec.cluster = test::h100_cluster(2);
  spec.layout = {.pp = 2};
  const LayoutCurves none;
  const auto first = [&] {
    return stage_content(spec, price_layout(spec, none), {LayerIndex(spec.model).between(0, 6), true, false});
  };
  CHECK(first().placeholders == 855638016);
  CHECK(stage_memory(spec, first(), 1).buffers.raw() == 0);
  spec.software.gradient_placeholders = true;
  CHECK(stage_memory(spec, first(), 1).buffers.raw() == 2 * 855638016.0);
}

TEST_CASE("memory: published, Llama 3 70B of 12 layers on 8 B200 (SimuMax v1.2, max_memory_allocated)") {
  // github.com/MooreThreads/SimuMax, docs/b200: Megatron-LM, Transformer Engine 2.11, fused loss. GiB.
  struct Run {
    int tp, pp, cp, sequence;
    double measured;
  };
  for (const Run& run : {Run{1, 2, 1, 4096, 66.55}, Run{2, 1, 1, 4096, 60.68}, Run{4, 1, 1, 4096, 39.07},
                         Run{8, 1, 1, 4096, 28.29}, Run{2, 1, 4, 32768, 68.43}, Run{1, 1, 8, 32768, 104.51},
                         Run{2, 1, 4, 131072, 112.67}, Run{1, 1, 8, 131072, 147.99}}) {
    StepSpec spec;
    spec.model = test::llama(12, 8192, 64, 8, 28672);
    spec.cluster = test::h100_cluster(8);
    spec.layout = {.tp = run.tp, .pp = run.pp, .cp = run.cp, .dp = 8 / (run.tp * run.pp * run.cp), .zero = 1};
    spec.layout.sequence_parallel = run.tp > 1;
    spec.training.sequence = run.sequence;
    spec.training.global_batch = 4LL * spec.layout.dp;
    spec.software.gradient_placeholders = true;
    spec.software.loss = LossKernel::Fused;
    const auto result = simulate_step(spec, HierarchicalModel(spec.cluster));
    REQUIRE(result);
    Bytes peak;
    for (const StageMemory& stage : result->memory) peak = std::max(peak, stage.allocated());
    CAPTURE(describe(spec.layout));
    CHECK(peak / 1_GiB == doctest::Approx(run.measured).epsilon(0.01));
  }
}

TEST_CASE("memory: law, GPipe holds no less than 1F1B, and recomputation saves") {
  test::RandomSpecs specs(17);
  for (int trial = 0; trial < 500; ++trial) {
    StepSpec spec = specs.next();
    if (spec.layout.vpp > 1) continue;
    CAPTURE(trial);
    CAPTURE(describe(spec.layout));
    const HierarchicalModel network(spec.cluster);
    const auto run = [&] { return *simulate_step(spec, network); };
    spec.layout.schedule = Schedule::OneForwardOneBackward;
    const StepResult usual = run();
    spec.layout.schedule = Schedule::GPipe;
    CHECK(run().peak_memory() >= usual.peak_memory());
    spec.layout.schedule = Schedule::OneForwardOneBackward;
    spec.layout.recompute_layers = 0;
    spec.layout.recompute = Recompute::None;
    const StepResult none = run();
    spec.layout.recompute = Recompute::Selective;
    const StepResult selective = run();
    spec.layout.recompute = Recompute::Full;
    const StepResult full = run();
    CHECK(selective.peak_memory() <= none.peak_memory());
    CHECK(none.step_time <= selective.step_time * (1 + 1e-12));
    CHECK(none.step_time <= full.step_time * (1 + 1e-12));
    for (std::size_t stage = 0; stage < none.memory.size(); ++stage) {
      // A fully recomputed layer is held whole while it runs backward: where no more than a layer and its input are in
      // flight there is nothing to save.
      const double slots = static_cast<double>(spec.model.layers) / spec.layout.pp;
      if (slots >= 4) CHECK(full.memory[stage].allocated() <= none.memory[stage].allocated());
    }
  }
}

}  // namespace orrery
