#include "step/layer_cost.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <utility>

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

/// Elements read and written by the streams of one layer, forward and backward, where only memory takes time.
std::pair<double, double> streamed(const StepSpec& spec) {
  StepSpec job = spec;
  job.cluster.chip.memory_bandwidth = BytesPerSecond(2.0);  // an activation a second
  const LayerCost cost = layer_cost(job, LayoutCurves{}, {});
  return {cost.forward.memory_bound.raw(), cost.backward.memory_bound.raw()};
}

/// 64 experts on 8 ranks, 2 of them for each of 2,048 tokens of 1,024 elements (4 MiB at one copy each), in BF16.
StepSpec expert_job() {
  Transformer moe = test::llama(1, 1024, 8, 8, 4096);
  moe.experts = Experts{.count = 64, .top_k = 2, .expert_ffn = 512};
  StepSpec spec = plain_job(moe);
  spec.layout.dp = spec.layout.ep = 8;
  spec.software.host_per_exchange = Seconds{};
  return spec;
}

/// A curve of one line without latency.
CostCurve plain_curve(const char* name, double bytes_per_second) {
  CostCandidate only{name, Seconds{}, 1 / bytes_per_second, {}, 1};
  only.pieces[0] = {Bytes{}, Seconds{}, 1 / bytes_per_second};
  return CostCurve({&only, 1});
}

/// Curves that cost a second a MiB within the domain and ten across.
LayoutCurves expert_curves(double domains) {
  LayoutCurves curves;
  curves.expert_inside = plain_curve("inside", 1048576.0);
  curves.expert_all_to_all = plain_curve("across", 1048576.0 / (domains > 1 ? 10 : 1));
  curves.expert_domains = domains;
  return curves;
}

}  // namespace

TEST_CASE("layer cost: hand-computed, what the switches of a block stream") {
  const StepSpec plain = plain_job(test::llama(1, 1024, 8, 8, 4096));
  const double w = 2048.0 * 1024;  // elements of the residual stream, and of all queries or keys
  const auto added = [&](StepSpec spec) {
    const auto [forward, backward] = streamed(spec);
    const auto [plain_forward, plain_backward] = streamed(plain);
    return std::pair(std::round((forward - plain_forward) / w * 1e6) / 1e6,
                     std::round((backward - plain_backward) / w * 1e6) / 1e6);
  };
  StepSpec spec = plain;
  spec.model.attention.qk_norm = true;  // two norms: read and write; backward also read the gradient
  CHECK(added(spec) == std::pair(4.0, 6.0));
  spec = plain;
  spec.model.post_norms = true;
  CHECK(added(spec) == std::pair(4.0, 6.0));
  spec = plain;
  spec.model.parallel_block = true;  // a norm (2, 3) and a residual (3, 2) less, a sum of two more (3, 3)
  CHECK(added(spec) == std::pair(-2.0, -2.0));
  spec = plain;
  spec.model.attention.output_gate = true;
  // The gate (3, 5); backward the FP32 gradient of its w / 2 weights is read and written, 4 activations each: 2 w.
  CHECK(added(spec) == std::pair(3.0, 7.0));
  spec = plain;
  spec.model.attention.qkv_bias = true;
  CHECK(added(spec) == std::pair(0.0, 0.0));  // a fused product sums its bias's gradient itself
}

TEST_CASE("layer cost: law, a parallel block enters and leaves the tensor-parallel region once") {
  for (const bool sequence_parallel : {false, true}) {
    StepSpec spec = plain_job(test::llama(1, 4096, 32, 8, 16384));
    spec.cluster = test::a100_cluster(8);
    spec.software.tensor_overlap = TensorOverlap::None;
    spec.layout.tp = 8;
    spec.layout.sequence_parallel = sequence_parallel;
    const LayoutCurves curves =
        layout_curves(layout_groups(spec.layout, spec.cluster.node), HierarchicalModel(spec.cluster));
    const LayerCost serial = layer_cost(spec, curves, {});
    spec.model.parallel_block = true;
    const LayerCost parallel = layer_cost(spec, curves, {});
    CHECK(serial.forward.tensor_comm.raw() == doctest::Approx(2 * parallel.forward.tensor_comm.raw()));
    CHECK(serial.backward.tensor_comm.raw() == doctest::Approx(2 * parallel.backward.tensor_comm.raw()));
    CHECK(parallel.forward.tensor_comm > Seconds{});
  }
}

TEST_CASE("layer cost: hand-computed, recomputation of every second product") {
  StepSpec spec = plain_job(test::llama(1, 1024, 8, 8, 4096));
  spec.layout.recompute = Recompute::Selective;
  spec.software.selective = SelectiveRecompute::EverySecondProduct;
  const LayerCost cost = layer_cost(spec, LayoutCurves{}, {});
  // In h^2: queries 1, keys 1, values 1, output 1, gate 4, up 4, down 4; keys, output and up run again: 6 of 16.
  CHECK(cost.recompute.gemm.raw() == doctest::Approx(cost.forward.gemm.raw() * 6 / 16));
  CHECK(cost.recompute.attention == Seconds{});
  spec.software.selective = SelectiveRecompute::CheapResults;
  CHECK(layer_cost(spec, LayoutCurves{}, {}).recompute.gemm == Seconds{});
}

TEST_CASE("layer cost: law, packed documents attend like as many short sequences") {
  StepSpec packed = plain_job(test::llama(1, 1024, 8, 8, 4096));
  packed.training.document_length = 512;
  StepSpec apart = packed;
  apart.training.document_length = 0;
  apart.training.sequence = 512;
  apart.layout.micro_batch = 4;
  const LayerCost a = layer_cost(packed, LayoutCurves{}, {}), b = layer_cost(apart, LayoutCurves{}, {});
  CHECK(a.forward.attention == b.forward.attention);
  CHECK(a.backward.attention == b.backward.attention);
  apart = packed;
  apart.training.document_length = 5000;  // longer than the sequence
  StepSpec whole = packed;
  whole.training.document_length = 0;
  CHECK(layer_cost(apart, LayoutCurves{}, {}).forward.attention ==
        layer_cost(whole, LayoutCurves{}, {}).forward.attention);
  CHECK(a.forward.attention < layer_cost(whole, LayoutCurves{}, {}).forward.attention);
}

TEST_CASE("layer cost: hand-computed, bytes of a cast") {
  CHECK(cast_bytes(Precision::Bf16) == 0.0);
  CHECK(cast_bytes(Precision::Fp8Tensorwise) == 4.0);  // 2 read, 1 + 1 written
  CHECK(cast_bytes(Precision::Nvfp4) == 5.125);        // 2 + 2 read, 9/16 twice written
}

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

TEST_CASE("layer cost: hand-computed, which dispatch may run under another micro-batch") {
  StepSpec spec = expert_job();
  spec.software.overlap_ep = ExpertOverlap::Interleaved;
  // Seconds that stay and seconds that may hide.
  const auto exchange = [&](double domains) {
    const PhaseCost forward = layer_cost(spec, expert_curves(domains), {true, false}).forward;
    return std::pair(forward.expert_comm.raw(), forward.hideable_exchange.raw());
  };
  CHECK(exchange(2) == std::pair(160.0, 0.0));  // no interleaved pipeline
  spec.layout.pp = spec.layout.vpp = 2;
  CHECK(exchange(2) == std::pair(0.0, 160.0));
  CHECK(exchange(1) == std::pair(16.0, 0.0));  // the domain's links are fast
  spec.software.overlap_ep = ExpertOverlap::Full;
  CHECK(exchange(1) == std::pair(0.0, 16.0));
  spec.training.expert_imbalance = 1.5;
  CHECK(exchange(1) == std::pair(0.0, 24.0));  // the busiest rank receives as many more
}

TEST_CASE("layer cost: law, a ring of context parallelism is never faster than attention in one place") {
  for (const int documents : {0, 1024}) {
    StepSpec spec = plain_job(test::llama(1, 4096, 32, 8, 14336));
    spec.cluster = test::h100_cluster(8);
    spec.training.sequence = 8192;
    spec.training.document_length = documents;
    Seconds last;
    for (const int cp : {1, 2, 4, 8}) {  // the same tokens a chip
      spec.layout.cp = spec.layout.micro_batch = cp;
      const LayerCost cost = layer_cost(spec, LayoutCurves{}, {});
      const Seconds attention = cost.forward.attention + cost.backward.attention;
      CHECK(attention >= last * (1 - 1e-9));
      last = attention;
    }
  }
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
