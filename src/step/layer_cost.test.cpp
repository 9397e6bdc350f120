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

namespace {

/// 64 experts on 8 ranks, 2 of them for each of 2,048 tokens of 1,024 elements (4 MiB at one copy each), in BF16.
StepSpec expert_job() {
  Transformer moe = test::llama(1, 1024, 8, 8, 4096);
  moe.experts = Experts{.count = 64, .top_k = 2, .expert_ffn = 512};
  StepSpec spec = plain_job(moe);
  spec.layout.dp = spec.layout.ep = 8;
  spec.software.host_per_exchange = Seconds{};
  return spec;
}

/// Curves that cost a second a MiB within the domain and ten across.
LayoutCurves expert_curves(double domains) {
  LayoutCurves curves;
  curves.expert_inside.add({Seconds{}, BytesPerSecond(1048576.0), "inside"});
  curves.expert_all_to_all.add({Seconds{}, BytesPerSecond(1048576.0 / (domains > 1 ? 10 : 1)), "across"});
  curves.expert_domains = domains;
  return curves;
}

}  // namespace

TEST_CASE("layer cost: hand-computed, how often a token is sent to its experts") {
  StepSpec spec = expert_job();
  // Dispatch and combine of two copies a token: 2 x 8 MiB.
  CHECK(layer_cost(spec, expert_curves(1), {true, false}).forward.expert_comm.raw() == doctest::Approx(16.0));
  // Once to each rank with any of its experts: 8 (1 - (7/8)^2) = 1.875 of 8 ranks.
  spec.software.fused_dispatch = true;
  CHECK(layer_cost(spec, expert_curves(1), {true, false}).forward.expert_comm.raw() == doctest::Approx(2 * 4 * 1.875));
  // Two domains: 2 (1 - (1/2)^2) = 1.5 sends at ten seconds a MiB are longer than what is passed on inside.
  CHECK(layer_cost(spec, expert_curves(2), {true, false}).forward.expert_comm.raw() ==
        doctest::Approx(2 * 4 * 1.5 * 10));
}

TEST_CASE("layer cost: hand-computed, dispatch under another micro-batch where that pays") {
  StepSpec spec = expert_job();
  spec.cluster.chip.compute_units = 100;
  spec.software.communication_units = 20;
  spec.software.overlap_ep = ExpertOverlap::Interleaved;
  const auto seen = [&](double domains) {
    return layer_cost(spec, expert_curves(domains), {true, false}).forward.expert_comm.raw();
  };
  CHECK(seen(2) == doctest::Approx(160.0));  // no interleaved pipeline
  spec.layout.pp = spec.layout.vpp = 2;
  CHECK(seen(2) == doctest::Approx(0.2 * 160.0));
  CHECK(seen(1) == doctest::Approx(16.0));  // the domain's links are fast
  spec.software.overlap_ep = ExpertOverlap::Full;
  CHECK(seen(1) == doctest::Approx(0.2 * 16.0));
}

TEST_CASE("layer cost: hand-computed, the host waits for the router unless its experts are in a graph") {
  StepSpec spec = expert_job();
  spec.software.host_per_exchange = Seconds(1e-3);
  const auto waits = [&] {
    const LayerCost cost = layer_cost(spec, expert_curves(1), {true, false});
    return (cost.forward.host_wait + cost.backward.host_wait).raw();
  };
  CHECK(waits() == doctest::Approx(4e-3));  // dispatch and combine, forward and backward
  spec.software.graphs = Graphs::Static;
  CHECK(waits() == doctest::Approx(4e-3));
  spec.software.fused_experts = true;
  CHECK(waits() == doctest::Approx(4e-3));  // BF16 has no fused kernels
  spec.training.precision = Precision::Mxfp8;
  CHECK(waits() == 0.0);
  spec.software.fused_experts = false;
  spec.software.graphs = Graphs::Step;
  CHECK(waits() == 0.0);
}

TEST_CASE("layer cost: law, kernels of the experts are dynamic, and one a product and expert") {
  StepSpec spec = expert_job();
  const LayerCost few = layer_cost(spec, expert_curves(1), {true, false});
  CHECK(few.forward.dynamic_kernels > 2 * 8);  // two products for each of 8 local experts
  CHECK(few.backward.dynamic_kernels > 4 * 8);
  spec.model.experts->count = 128;  // 8 more a rank: as many products more
  const LayerCost more = layer_cost(spec, expert_curves(1), {true, false});
  CHECK(more.forward.dynamic_kernels == few.forward.dynamic_kernels + 2 * 8);
  CHECK(more.backward.dynamic_kernels == few.backward.dynamic_kernels + 4 * 8);
  CHECK(more.forward.kernels == few.forward.kernels);
  spec.software.graphs = Graphs::Step;
  CHECK(layer_cost(spec, expert_curves(1), {true, false}).forward.dynamic_kernels == 0.0);
}

}  // namespace orrery
