#include "step/hardware_flops.hpp"

#include <doctest/doctest.h>

#include "step/test_specs.hpp"

using namespace orrery;

TEST_CASE("hardware flops: hand-computed, products that selective recomputation runs again") {
  StepSpec spec;
  spec.model = test::llama(2, 64, 8, 4, 256);
  spec.training.sequence = 128;
  spec.training.global_batch = 4;
  spec.software.attention = AttentionKernel::Flash;
  spec.layout.recompute = Recompute::Selective;
  CHECK(recomputed_flops(spec, AttentionFlops::Full).raw() == 0);  // cheap results alone

  // Keys 64 x 32, output projection 64 x 64, one of a gated MLP's wide products 64 x 256; 512 tokens, 2 layers.
  spec.software.selective = SelectiveRecompute::EverySecondProduct;
  CHECK(recomputed_flops(spec, AttentionFlops::Full).raw() == 2.0 * 512 * 2 * (2048 + 4096 + 16384));

  // The second layer has experts, which keep their products; the shared ones, 32 wide, do not.
  Experts experts;
  experts.count = 4;
  experts.top_k = 1;
  experts.expert_ffn = 256;
  experts.shared_ffn = 32;
  experts.first_dense_layers = 1;
  spec.model.experts = experts;
  CHECK(recomputed_flops(spec, AttentionFlops::Full).raw() == 2.0 * 512 * ((6144 + 16384) + (6144 + 2048)));
}
