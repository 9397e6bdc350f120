#include "step/activations.hpp"

#include <doctest/doctest.h>

#include "step/test_specs.hpp"

namespace orrery {
namespace {

/// Llama 3 8B, two sequences of 8,192 tokens a chip.
StepSpec llama_8b() {
  StepSpec spec;
  spec.model = test::llama(32, 4096, 32, 8, 14336);
  spec.cluster = test::h100_cluster(8);
  spec.layout = {.dp = 8, .micro_batch = 2};
  spec.training.sequence = 8192;
  return spec;
}

constexpr double kTokens = 16384;

}  // namespace

TEST_CASE("activations: hand-computed, every second product of a gated layer") {
  // Products in order: queries, keys, values, output; gate, up, down. Kept beside the layer's input: queries 4096,
  // values 1024, attention's output 4096 and its 32 log-sums (4 bytes), gate 14336. Uncompiled also down, 4096.
  StepSpec spec = llama_8b();
  spec.layout.recompute = Recompute::Selective;
  spec.software.selective = SelectiveRecompute::EverySecondProduct;
  const double kept = kTokens * (2 * (4096 + 4096 + 1024 + 4096 + 14336) + 32 * 4);
  CHECK(saved_activations(spec, {}).raw() == doctest::Approx(kept).epsilon(1e-12));
  spec.software.fused_elementwise = false;
  CHECK(saved_activations(spec, {}).raw() == doctest::Approx(kept + kTokens * 2 * 4096).epsilon(1e-12));
  // Two ranks split all but the layer's input, kept with the reduced output of attention: sequence parallel, both
  // halve.
  spec.software.fused_elementwise = true;
  spec.layout.tp = 2;
  spec.layout.sequence_parallel = true;
  CHECK(saved_activations(spec, {}).raw() == doctest::Approx(kept / 2 + kTokens * 4096).epsilon(1e-12));
  // An ungated layer: queries, values and the first product of the MLP; its second is the sixth.
  spec = llama_8b();
  spec.model.gated_mlp = false;
  spec.layout.recompute = Recompute::Selective;
  spec.software.selective = SelectiveRecompute::EverySecondProduct;
  CHECK(saved_activations(spec, {}).raw() == doctest::Approx(kept).epsilon(1e-12));
  spec.software.fused_elementwise = false;
  CHECK(saved_activations(spec, {}).raw() == doctest::Approx(kept).epsilon(1e-12));
}

TEST_CASE("activations: hand-computed, operands of a product") {
  CHECK(operand_bytes(Precision::Bf16) == 2);
  CHECK(operand_bytes(Precision::Fp8Tensorwise) == 1);
  CHECK(operand_bytes(Precision::Fp8Blockwise) == 1.03125);
  CHECK(operand_bytes(Precision::Mxfp8) == 1.03125);
  CHECK(operand_bytes(Precision::Nvfp4) == 0.5625);
  // From BF16 to NVFP4: operands of queries, gate (4096 each) and down (14336) shrink by 1.4375 bytes; the output
  // projection's is kept beside attention's output, 0.5625 more.
  StepSpec spec = llama_8b();
  const double bf16 = saved_activations(spec, {}).raw();
  spec.training.precision = Precision::Nvfp4;
  const double difference = kTokens * (-1.4375 * (4096 + 4096 + 14336) + 0.5625 * 4096);
  CHECK(saved_activations(spec, {}).raw() == doctest::Approx(bf16 + difference).epsilon(1e-12));
}

TEST_CASE("activations: hand-computed, outputs of experts where routing weights come last") {
  // 16,384 tokens x 2 experts x 2,048 wide in BF16.
  StepSpec spec = llama_8b();
  spec.model.hidden = 2048;
  spec.model.experts = Experts{.count = 8, .top_k = 2, .expert_ffn = 1024};
  const Bytes outside = saved_activations(spec, {.experts = true});
  spec.software.weights_in_experts = true;
  CHECK((outside - saved_activations(spec, {.experts = true})).raw() == doctest::Approx(kTokens * 2 * 2048 * 2));
}

TEST_CASE("activations: hand-computed, FP32 runs no flash attention") {
  // Of 32 heads each 16,384 x 8,192 probabilities in FP32, instead of the output's second copy and the log-sums.
  StepSpec spec = llama_8b();
  CHECK(attention_kernel(spec) == AttentionKernel::Flash);
  spec.training.precision = Precision::Fp32;
  CHECK(attention_kernel(spec) == AttentionKernel::Unfused);
  const double elements = 2 * 4096 + 4096 + 6144 + 4096 + 4096 + 3 * 14336;
  CHECK(saved_activations(spec, {}).raw() == doctest::Approx(4 * kTokens * (elements + 32.0 * 8192)).epsilon(1e-12));
}

TEST_CASE("activations: hand-computed, gradients beside the layer that runs backward") {
  StepSpec spec = llama_8b();
  CHECK(backward_workspace(spec, {}).raw() == 2 * kTokens * (2 * 14336 + 4096));
  spec.model.gated_mlp = false;
  CHECK(backward_workspace(spec, {}).raw() == 2 * kTokens * (14336 + 4096));
}

TEST_CASE("activations: hand-computed, the loss over 128,256 logits a token") {
  const double logits = kTokens * 128256, ends = 2 * kTokens * 4096 * 2, gradient = 2.0 * 4096 * 128256;
  StepSpec spec = llama_8b();
  spec.software.loss = LossKernel::Fused;
  CHECK(head_bytes(spec).raw() == doctest::Approx(4 * logits + ends));
  spec.software.gradient_placeholders = true;
  CHECK(head_bytes(spec).raw() == doctest::Approx(4 * logits + gradient + ends));
  spec.software.gradient_placeholders = false;
  spec.software.fused_gradient_accumulation = false;
  CHECK(head_bytes(spec).raw() == doctest::Approx(4 * logits + gradient + ends));
  CHECK(stranded_logits(spec).raw() == 0);
  spec.software.loss = LossKernel::InPlace;
  CHECK(head_bytes(spec).raw() == doctest::Approx(6 * logits + ends));
  spec.software.loss = LossKernel::Unfused;
  CHECK(head_bytes(spec).raw() == doctest::Approx(12 * logits + ends));
  CHECK(stranded_logits(spec).raw() == doctest::Approx(2 * logits));
  // A prediction module's loss has run, and keeps its log-probabilities.
  spec.model.mtp_layers = 1;
  CHECK(head_bytes(spec).raw() == doctest::Approx(16 * logits + ends));
  spec.model.mtp_layers = 0;
  // Few tokens: the head's weight gradient beside the logits' is more than the loss ever was.
  spec.training.sequence = 128;
  const double few = 256.0 * 128256;
  CHECK(head_bytes(spec).raw() == doctest::Approx(2 * few + gradient + 2 * 256.0 * 4096 * 2));
  // A vocabulary that tp does not divide is padded: 128,256 over 7 ranks is 18,323 each.
  spec.layout.tp = 7;
  CHECK(stranded_logits(spec).raw() == doctest::Approx(2 * 256.0 * 18323));
}

}  // namespace orrery
