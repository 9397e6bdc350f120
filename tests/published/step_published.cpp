// Step times against measured ones: Korthikanti et al. 2022 (arXiv:2205.05198), Table 5, Megatron-LM on DGX A100. Typed
// facts; the chip, its server and the software of that time are the presets, with one set of constants for all rows.
#include <doctest/doctest.h>

#include <cmath>
#include <string>

#include "network/hierarchical.hpp"
#include "step/layout.hpp"
#include "step/step.hpp"
#include "validate/embedded_presets.hpp"

using namespace orrery;

namespace {

struct Row {
  const char* model;
  int layers, hidden, heads;
  Layout layout;
  long long global_batch;
  double full_seconds;       ///< Full recomputation, no sequence parallelism.
  double selective_seconds;  ///< Selective recomputation and sequence parallelism.
};

const Row kTable5[] = {
    {"22B", 48, 6144, 64, {.tp = 8, .micro_batch = 4}, 4, 1.42, 1.10},
    {"175B", 96, 12288, 96, {.tp = 8, .pp = 8, .vpp = 3}, 64, 18.13, 13.75},
    {"530B", 105, 20480, 128, {.tp = 8, .pp = 35, .vpp = 3}, 280, 49.05, 37.83},
    {"1T", 128, 25600, 160, {.tp = 8, .pp = 64}, 512, 94.42, 71.49},
};

StepSpec spec_of(const Row& row) {
  const RowPresets& presets = embedded_presets();
  const RowPresets::Machine* machine = presets.machine("A100-SXM4-80GB");
  const SoftwareProfile* software = software_profile(presets.software, "megatron-lm", "2022-05");
  REQUIRE(machine);
  REQUIRE(software);
  StepSpec spec;
  Transformer& m = spec.model;
  m.layers = row.layers;
  m.hidden = row.hidden;
  m.attention.heads = m.attention.kv_heads = row.heads;
  m.attention.head_dim = row.hidden / row.heads;
  m.ffn = 4 * row.hidden;
  m.vocab = 51200;
  m.tied_embeddings = m.biases = true;
  m.norm = Norm::LayerNorm;
  m.position = Position::Learned;
  m.max_positions = 2048;
  spec.cluster = {machine->chip, machine->node, machine->fabric, row.layout.chips(), {}};
  spec.layout = row.layout;
  spec.training.sequence = 2048;
  spec.training.global_batch = row.global_batch;
  spec.training.precision = Precision::Fp16;
  spec.software = software->software;
  return spec;
}

double predicted(StepSpec spec, Recompute recompute) {
  spec.layout.recompute = recompute;
  spec.layout.sequence_parallel = recompute == Recompute::Selective;
  const auto result = simulate_step(spec, HierarchicalModel(spec.cluster));
  REQUIRE(result);
  CHECK(result->fits());
  return result->step_time.raw();
}

}  // namespace

TEST_CASE("step: published, Korthikanti et al. 2022 Table 5 within 12 % each") {
  double sum = 0;
  for (const Row& row : kTable5) {
    const StepSpec spec = spec_of(row);
    const double full = predicted(spec, Recompute::Full) / row.full_seconds - 1;
    const double selective = predicted(spec, Recompute::Selective) / row.selective_seconds - 1;
    MESSAGE(std::string(row.model) << ": full recomputation " << 100 * full << " %, selective " << 100 * selective
                                   << " %");
    CHECK(std::abs(full) < 0.12);
    CHECK(std::abs(selective) < 0.12);
    sum += std::abs(full) + std::abs(selective);
  }
  MESSAGE("mean " << 100 * sum / 8 << " %");
}
