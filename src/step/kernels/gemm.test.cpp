#include "step/kernels/gemm.hpp"

#include <doctest/doctest.h>

#include <cstdint>

#include "base/check.hpp"
#include "step/kernels/grouped_gemm.hpp"
#include "step/kernels/memory_bound.hpp"
#include "step/kernels/test_chip.hpp"

using namespace orrery;
using orrery::test::h100_like;
using orrery::test::plain_chip;

namespace {

/// A small generator of shapes, so that a failing case can be rerun: the seed is printed.
struct Shapes {
  std::uint64_t state;
  long long next(long long most) {
    state = state * 6364136223846793005ULL + 1442695040888963407ULL;
    return 1 + static_cast<long long>((state >> 33) % static_cast<std::uint64_t>(most));
  }
};

}  // namespace

TEST_CASE("product: hand-computed, whole tiles on two units") {
  // Four tiles of 64 x 64 on two units are two waves of 2 x 64 x 64 x 64 operations at 1 TFLOP/s: 2 x 0.524288 us.
  CHECK(gemm_time({128, 128, 64, 1}, NumberFormat::Bf16, plain_chip()).raw() == doctest::Approx(1.048576e-6));
  // 65 rows fill as many tiles as 128 do.
  CHECK(gemm_time({65, 128, 64, 1}, NumberFormat::Bf16, plain_chip()).raw() == doctest::Approx(1.048576e-6));
  // FP8 at twice the rate.
  CHECK(gemm_time({128, 128, 64, 1}, NumberFormat::Fp8, plain_chip()).raw() == doctest::Approx(0.524288e-6));
}

TEST_CASE("product: hand-computed, the last wave and the filling of the pipeline") {
  Chip chip = plain_chip();
  // Three tiles of 64 x 64: two whole waves, or one and a half where the last wave costs its share.
  CHECK(gemm_time({64, 192, 64, 1}, NumberFormat::Bf16, chip).raw() == doctest::Approx(1.048576e-6));
  chip.calibration.wave_weight = 0.0;
  CHECK(gemm_time({64, 192, 64, 1}, NumberFormat::Bf16, chip).raw() == doctest::Approx(0.786432e-6));
  // 64 more elements of K are spent on filling: twice the time. In FP8 the same bytes are 128 elements: three times
  // 0.262 us a wave.
  chip.calibration.k_loop_fill = 64.0;
  CHECK(gemm_time({64, 128, 64, 1}, NumberFormat::Bf16, chip).raw() == doctest::Approx(1.048576e-6));
  CHECK(gemm_time({64, 128, 64, 1}, NumberFormat::Fp8, chip).raw() == doctest::Approx(0.786432e-6));
}

TEST_CASE("product: hand-computed, K is split where units idle") {
  // One tile of 64 x 64, K = 1,024, on two units: each takes half of K, 2 x 64 x 64 x 512 / 1 TFLOP/s = 4.194304 us.
  CHECK(gemm_time({64, 64, 1024, 1}, NumberFormat::Bf16, plain_chip()).raw() == doctest::Approx(4.194304e-6));
  // A second kernel of 5 us does not pay: 8.388608 us + 5 us of the only one.
  Chip chip = plain_chip();
  chip.calibration.kernel_latency = 5_us;
  CHECK(gemm_time({64, 64, 1024, 1}, NumberFormat::Bf16, chip).raw() == doctest::Approx(13.388608e-6));
}

TEST_CASE("product: hand-computed, bound by memory") {
  Chip chip = plain_chip();
  chip.peak_bf16 = FlopsPerSecond(1e30);
  chip.memory_bandwidth = BytesPerSecond(1e9);
  chip.calibration.memory_efficiency = 0.5;
  // (1000 x 2000 + 2000 x 3000 + 1000 x 3000) x 2 bytes at 0.5 GB/s.
  CHECK(gemm_time({1000, 3000, 2000, 1}, NumberFormat::Bf16, chip).raw() == doctest::Approx(22e6 / 0.5e9));
}

TEST_CASE("product: law, never faster than the peak and the memory allow; k times faster parts, k times less time") {
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    CAPTURE(seed);
    Shapes shapes{seed};
    const GemmShape shape{shapes.next(9000), shapes.next(20000), shapes.next(20000), shapes.next(3)};
    Chip chip = h100_like();
    const Seconds time = gemm_time(shape, NumberFormat::Bf16, chip);
    CHECK(time >= gemm_flops(shape) / chip.peak_bf16);
    const double bytes = 2.0 * static_cast<double>(shape.batch) *
                         static_cast<double>(shape.m * shape.k + shape.k * shape.n + shape.m * shape.n);
    CHECK(time >= Bytes(bytes) / chip.memory_bandwidth);
    CHECK(gemm_time({shape.m, shape.n, 2 * shape.k, shape.batch}, NumberFormat::Bf16, chip) >= time);
    chip.peak_bf16 *= 3.0;
    chip.memory_bandwidth *= 3.0;
    chip.calibration.kernel_latency /= 3.0;
    CHECK(gemm_time(shape, NumberFormat::Bf16, chip).raw() == doctest::Approx(time.raw() / 3.0));
  }
}

TEST_CASE("grouped product: law, one group is a product whose K is not split") {
  const Chip chip = h100_like();
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    CAPTURE(seed);
    Shapes shapes{seed};
    // Enough tiles for every unit, so that splitting never pays.
    const GemmShape shape{4096 + shapes.next(4096), 8192 + shapes.next(8192), shapes.next(8192), 1};
    const Seconds one = gemm_time(shape, NumberFormat::Bf16, chip);
    CHECK(grouped_gemm_time(shape, 1, NumberFormat::Bf16, chip) >= one * (1.0 - 1e-12));
    CHECK(grouped_gemm_time(shape, 4, NumberFormat::Bf16, chip) > one);
    CHECK(grouped_gemm_time(shape, 4, NumberFormat::Bf16, chip) <=
          4.0 * grouped_gemm_time(shape, 1, NumberFormat::Bf16, chip));
  }
}

TEST_CASE("experts: hand-computed, how many get a token") {
  // Two of four experts, each token picks one of four: an expert is missed by two tokens with (3/4)^2 = 0.5625.
  ExpertShape shape;
  shape.tokens = 2;
  shape.top_k = 1;
  shape.experts = 4;
  shape.local = 2;
  CHECK(active_experts(shape) == doctest::Approx(2.0 * 0.4375));
}

TEST_CASE("stream: hand-computed") {
  Chip chip = plain_chip();
  chip.memory_bandwidth = 1_TB_per_s;
  chip.calibration.memory_efficiency = 0.8;
  chip.calibration.kernel_latency = 2_us;
  // 8 MB at 0.8 TB/s are 10 us, and 2 us of latency.
  CHECK(stream_time(8_MB, chip).raw() == doctest::Approx(12e-6));
  CHECK(stream_time(Bytes(0.0), chip) == Seconds(0.0));
}

TEST_CASE("product: a missing number format is our bug") {
  CHECK_THROWS_AS(gemm_time({1, 1, 1, 1}, NumberFormat::Fp4, plain_chip()), InternalError);
  CHECK_THROWS_AS(gemm_time({0, 1, 1, 1}, NumberFormat::Bf16, plain_chip()), InternalError);
}
