#include "step/kernels/attention.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "step/kernels/gemm.hpp"
#include "step/kernels/test_chip.hpp"

using namespace orrery;
using orrery::test::h100_like;
using orrery::test::plain_chip;

namespace {

AttentionShape shape_of(long long batch, long long heads, long long length, long long dim) {
  AttentionShape shape;
  shape.batch = batch;
  shape.heads = shape.kv_heads = heads;
  shape.q_len = shape.kv_len = length;
  shape.qk_dim = shape.v_dim = dim;
  return shape;
}

}  // namespace

TEST_CASE("attention: oracle, visible scores counted one by one") {
  for (const long long q : {1, 2, 5, 16}) {
    for (const long long kv : {q, q + 1, q + 7}) {
      for (const long long window : {0, 1, 2, 3, 8, 40}) {
        CAPTURE(q);
        CAPTURE(kv);
        CAPTURE(window);
        long long seen = 0;
        for (long long i = 0; i < q; ++i) {
          for (long long j = 0; j < kv; ++j) {
            const long long position = kv - q + i;
            seen += j <= position && (window == 0 || position - j < window);
          }
        }
        AttentionShape shape = shape_of(3, 2, q, 8);
        shape.kv_len = kv;
        shape.window = window;
        CHECK(attention_flops(shape).raw() == doctest::Approx(2.0 * (8 + 8) * 6.0 * static_cast<double>(seen)));
      }
    }
  }
}

TEST_CASE("attention: hand-computed, forward and backward of two equal blocks") {
  // Full attention of 128 queries and 256 keys, width 64 + 64: 2 x 128 x 128 x 256 = 8,388,608 operations a head, two
  // heads on two units of 1 TFLOP/s each: 8.388608 us, and half of the longest block again.
  AttentionShape shape = shape_of(1, 2, 128, 64);
  shape.kv_len = 256;
  shape.causal = false;
  const Seconds forward = attention_forward(shape, AttentionKernel::Tuned, NumberFormat::Bf16, plain_chip());
  CHECK(forward.raw() == doctest::Approx(1.5 * 8.388608e-6));
  // Backward is five products instead of two.
  CHECK(attention_backward(shape, AttentionKernel::Tuned, NumberFormat::Bf16, plain_chip()).raw() ==
        doctest::Approx(2.5 * forward.raw()));
  Chip chip = plain_chip();
  chip.calibration.attention_flash_share = 0.5;
  CHECK(attention_forward(shape, AttentionKernel::Flash, NumberFormat::Bf16, chip).raw() ==
        doctest::Approx(2.0 * forward.raw()));
}

TEST_CASE("attention: hand-computed, passes of the unfused kernels") {
  Chip chip = plain_chip();
  chip.peak_bf16 = FlopsPerSecond(1e30);
  chip.memory_bandwidth = BytesPerSecond(1e9);
  AttentionShape shape = shape_of(1, 1, 1000, 1);
  // Products move (2 x 1000 + 10^6) x 2 bytes each, softmax 4 bytes a score, dropout 5: 4.004 + 4 + 4.004 + ... MB.
  const double products = 2.0 * 2.0 * (1000 + 1000 + 1e6);
  const auto time = [&] { return attention_forward(shape, AttentionKernel::Unfused, NumberFormat::Bf16, chip).raw(); };
  CHECK(time() == doctest::Approx((products + 4e6) / 1e9));
  shape.dropout = true;
  CHECK(time() == doctest::Approx((products + 9e6) / 1e9));
  shape.fused_softmax = false;
  CHECK(time() == doctest::Approx((products + 17e6) / 1e9));
  // In FP32 a score is 4 bytes wide: three passes of 8, dropout 9. Products move 4 bytes an element.
  chip.peak_tf32 = chip.peak_bf16;
  const double wide = 4.0 * (2000 + 1e6 + 1000 + 1e6 + 1000);
  CHECK(attention_forward(shape, AttentionKernel::Unfused, NumberFormat::Tf32, chip).raw() ==
        doctest::Approx((wide + 33e6) / 1e9));
}

TEST_CASE("attention: law, masks and fewer key heads never cost time, length and the backward pass do") {
  const Chip chip = h100_like();
  for (const long long length : {128, 512, 2048, 4096, 8192, 32768}) {
    for (const AttentionKernel kind : {AttentionKernel::Flash, AttentionKernel::Tuned, AttentionKernel::Unfused}) {
      CAPTURE(length);
      const AttentionShape causal = shape_of(2, 16, length, 128);
      AttentionShape full = causal, windowed = causal, grouped = causal, twice = causal;
      full.causal = false;
      windowed.window = 1024;
      grouped.kv_heads = 2;
      twice.q_len = twice.kv_len = 2 * length;
      const auto forward = [&](const AttentionShape& s) {
        return attention_forward(s, kind, NumberFormat::Bf16, chip);
      };
      CHECK(forward(causal) <= forward(full));
      CHECK(forward(windowed) <= forward(causal));
      CHECK(forward(grouped) <= forward(causal));
      CHECK(forward(twice) > forward(causal));
      CHECK(attention_backward(causal, kind, NumberFormat::Bf16, chip) > forward(causal));
      CHECK(forward(causal) > attention_flops(causal) / chip.peak_bf16);
    }
  }
}

TEST_CASE("attention: published, FlashAttention 2 and 3 at 16,384 tokens, width 128") {
  // Shah et al. 2024 (arXiv:2407.08608): up to 740 TFLOP/s forward in FP16 on H100; FlashAttention 2 at 35 % of its
  // peak there. The tuned kernel must lie below that maximum and FlashAttention 2 near its share.
  Chip chip = h100_like();
  chip.calibration.attention_flash_share = 0.55;
  AttentionShape shape = shape_of(1, 16, 16384, 128);
  shape.causal = false;
  const double tuned = attention_flops(shape) /
                       attention_forward(shape, AttentionKernel::Tuned, NumberFormat::Bf16, chip) / 1_TFLOP_per_s;
  const double flash = attention_flops(shape) /
                       attention_forward(shape, AttentionKernel::Flash, NumberFormat::Bf16, chip) / chip.peak_bf16;
  CHECK(tuned > 500.0);
  CHECK(tuned < 740.0);
  CHECK(flash == doctest::Approx(0.35).epsilon(0.2));
}
