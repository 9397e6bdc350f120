#include "step/memory.hpp"

#include <doctest/doctest.h>

#include "network/hierarchical.hpp"
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
  // 4096 x 4096 parameters a layer, 1/8 of them on a rank, 2 bytes each; and one more tensor as large as the output.
  CHECK((with.memory[0].weights - without.memory[0].weights).raw() == doctest::Approx(32.0 * 4096 * 4096 / 8 * 2));
  CHECK(saved(gated) - saved(plain) == doctest::Approx(2048.0 * 4096 / 8 * 2));
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
  spec.layout.zero = 2;
  CHECK(stage_memory(spec, stage, 1).gradients.raw() == doctest::Approx(4e9 / 16));
}

TEST_CASE("memory: law, stages hold all parameters of the model and of its prediction modules") {
  for (const Transformer& model : test::small_models()) {
    for (const int pp : {1, 2, 4, 7}) {
      StepSpec spec;
      spec.model = model;
      spec.cluster = test::h100_cluster(pp);
      spec.layout.pp = pp;
      const LayoutCurves none;
      const LayoutPrices prices = price_layout(spec, none);
      const LayerIndex layers(model);
      double held = 0;
      int first = 0;
      const std::vector<int> sizes = layers_by_chunk(model, pp);
      for (int stage = 0; stage < pp; ++stage) {
        const int last = first + sizes[static_cast<std::size_t>(stage)];
        const StageContent content =
            stage_content(spec, prices, {layers.between(first, last), stage == 0, stage == pp - 1});
        held += content.parameters.dense + content.parameters.experts;
        first = last;
      }
      const ParameterCount count = parameters(model);
      // Tied ends on different stages keep the table twice.
      const double twice = model.tied_embeddings && pp > 1 ? static_cast<double>(model.hidden) * model.vocab : 0.0;
      CAPTURE(model.layers);
      CAPTURE(pp);
      CHECK(held == doctest::Approx(count.total() + count.mtp + twice).epsilon(0.001));
    }
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
      if (slots >= 4) CHECK(full.memory[stage].activations <= none.memory[stage].activations);
    }
  }
}

}  // namespace orrery
