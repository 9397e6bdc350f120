#include "step/layer_cost.hpp"

#include <doctest/doctest.h>

#include "network/hierarchical.hpp"
#include "step/kernels/test_chip.hpp"
#include "step/prices.hpp"
#include "step/test_specs.hpp"

namespace orrery {
namespace {

/// A chip whose products take their operations divided by its peak, and everything else nothing.
StepSpec plain_job(const Transformer& model) {
  StepSpec spec;
  spec.model = model;
  spec.cluster.chip = test::plain_chip();
  spec.cluster.chip.calibration.sustained_clock = 1.0;
  spec.cluster.chips = 1;
  spec.training.sequence = 2048;
  spec.training.global_batch = 1;
  return spec;
}

struct Priced {
  Seconds gemm, attention;
};
/// Products of the whole model for one sequence, without recomputation.
Priced priced(const StepSpec& spec) {
  const LayoutPrices prices = price_layout(spec, LayoutCurves{});
  const LayerIndex::Counts counts = LayerIndex(spec.model).between(0, spec.model.layers);
  Priced sum;
  for (std::size_t kind = 0; kind < counts.size(); ++kind) {
    const LayerCost& cost = prices.layers[kind].cost;
    sum.gemm += counts[kind] * (cost.forward.gemm + cost.backward.gemm);
    sum.attention += counts[kind] * (cost.forward.attention + cost.backward.attention);
  }
  sum.gemm += prices.head.forward.gemm + prices.head.backward.gemm;
  return sum;
}

}  // namespace

TEST_CASE("layer cost: law, the operations of the priced products are those of the model") {
  // Shapes are multiples of the tiles, so that nothing is lost. The full count is twice the causal one for attention.
  for (const Transformer& model : {test::gpt(4, 2048, 16), test::llama(4, 4096, 32, 8, 14336)}) {
    Transformer padded = model;
    padded.vocab = 51200;
    for (const int tp : {1, 2}) {
      StepSpec spec = plain_job(padded);
      spec.layout.tp = tp;
      const Flops full = training_flops(padded, 2048, 2048, AttentionFlops::Full);
      const Flops causal = training_flops(padded, 2048, 2048, AttentionFlops::Causal);
      const Flops products = 2.0 * causal - full;
      CAPTURE(model.hidden);
      CAPTURE(tp);
      CHECK((priced(spec).gemm * spec.cluster.chip.peak_bf16 * tp).raw() ==
            doctest::Approx(products.raw()).epsilon(1e-6));
    }
  }
}

TEST_CASE("layer cost: law, the operations of mixtures are those of the active experts") {
  Transformer moe = test::llama(4, 2048, 16, 4, 4096);
  moe.vocab = 51200;
  moe.experts = Experts{.count = 8, .top_k = 2, .expert_ffn = 1024};
  StepSpec spec = plain_job(moe);
  spec.cluster.chip.calibration.grouped_efficiency = 1.0;
  const Flops full = training_flops(moe, 2048, 2048, AttentionFlops::Full);
  const Flops causal = training_flops(moe, 2048, 2048, AttentionFlops::Causal);
  // The router's 8 columns fill a tile of 64 or more: it may cost up to sixteen times its operations.
  const double products = (2.0 * causal - full).raw();
  const double router = 6.0 * 2048 * 2048 * 8 * 4;
  const double measured = (priced(spec).gemm * spec.cluster.chip.peak_bf16).raw();
  CHECK(measured >= products * (1 - 1e-9));
  CHECK(measured <= products + 15 * router);
}

TEST_CASE("layer cost: hand-computed, exposed communication") {
  StepSpec spec = plain_job(test::gpt(2, 1024, 8));
  spec.cluster.chip.compute_units = 100;
  spec.software.communication_units = 20;
  // 3 of 5 seconds are hidden and slow the compute over them by 20 of 100 units: 2 + 0.2 x 3.
  CHECK(exposed(Seconds(5), Seconds(3), spec).raw() == doctest::Approx(2.6));
  CHECK(exposed(Seconds(2), Seconds(3), spec).raw() == doctest::Approx(0.4));
  CHECK(exposed(Seconds(0), Seconds(3), spec).raw() == 0.0);
}

TEST_CASE("layer cost: law, without a group there is no communication") {
  for (const Transformer& model : {test::gpt(2, 1024, 8), test::llama(2, 2048, 16, 4, 5632)}) {
    const LayoutPrices prices = price_layout(plain_job(model), LayoutCurves{});
    const LayerCost& cost = prices.layers[0].cost;
    CHECK(cost.forward.tensor_comm + cost.backward.tensor_comm == Seconds{});
    CHECK(cost.forward.context_comm + cost.backward.context_comm == Seconds{});
    CHECK(cost.forward.expert_comm + cost.backward.expert_comm == Seconds{});
  }
}

TEST_CASE("layer cost: hand-computed, full recomputation runs the forward pass again") {
  StepSpec spec = plain_job(test::gpt(4, 1024, 8));
  const LayerCost none = layer_cost(spec, LayoutCurves{}, {});
  CHECK(none.recompute.device() == Seconds{});
  spec.layout.recompute = Recompute::Full;
  const LayerCost full = layer_cost(spec, LayoutCurves{}, {});
  CHECK(full.recompute.device() == full.forward.device());
  CHECK(full.forward.device() == none.forward.device());
  spec.layout.recompute_layers = 1;  // of the 4 on the only stage
  CHECK(layer_cost(spec, LayoutCurves{}, {}).recompute.device().raw() ==
        doctest::Approx(full.forward.device().raw() / 4));
}

}  // namespace orrery
