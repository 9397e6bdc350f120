#include "step/kernels/kernel_score.hpp"

#include <doctest/doctest.h>

#include "step/kernels/fit_kernels.hpp"
#include "step/kernels/test_chip.hpp"

using namespace orrery;
using orrery::test::h100_like;

TEST_CASE("split: hand-computed, bit 3 of the CRC-32") {
  // The CRC-32 of "123456789" is 0xCBF43926 (its check value): the last byte 0x26 = 0010 0110 has bit 3 clear.
  CHECK(in_fit_half({123456789}));
  // zlib gives crc32("4096x4096") = 0xAC7FEB77 and crc32("8192x1024") = 0x2754123E.
  CHECK(in_fit_half({4096, 4096}) == true);
  CHECK(in_fit_half({8192, 1024}) == false);
}

TEST_CASE("errors: hand-computed summary") {
  const ErrorSummary summary = summarize({0.1, -0.2, 0.3, -0.4, 0.0});
  CHECK(summary.rows == 5);
  CHECK(summary.mean == doctest::Approx(0.2));
  CHECK(summary.median == doctest::Approx(0.2));
  CHECK(summary.bias == doctest::Approx(0.0));
  CHECK(summary.p90 == doctest::Approx(0.36));  // Between the fourth, 0.3, and the fifth, 0.4: 0.9 x 4 = 3.6.
  CHECK(summarize({}).rows == 0);
}

TEST_CASE("fit: law, constants that made the rows are found again") {
  Chip truth = h100_like();
  truth.calibration.tensor_efficiency = 0.7;
  truth.calibration.memory_efficiency = 0.65;
  truth.calibration.kernel_latency = 4_us;
  truth.calibration.k_loop_fill = 300;
  truth.calibration.attention_efficiency = 0.6;
  truth.calibration.attention_block_latency = 2_us;
  KernelTable table;
  for (const long long m : {16, 64, 257, 1024, 4096, 16384}) {
    for (const long long n : {256, 1024, 4096, 12288}) {
      for (const long long k : {512, 2048, 8192}) {
        const GemmShape shape{m, n, k, 1};
        table.gemm.push_back({shape, NumberFormat::Bf16, gemm_time(shape, NumberFormat::Bf16, truth)});
      }
    }
  }
  for (const long long length : {128, 512, 2048, 8192}) {
    for (const long long heads : {1, 2, 3, 4, 6, 8, 10, 12, 16, 20, 24, 32, 40, 48}) {
      AttentionRow row;
      row.shape.heads = row.shape.kv_heads = heads;
      row.shape.q_len = row.shape.kv_len = length;
      row.measured = predict(row, truth, TableOverhead{5_us, {}, {}, false});
      table.attention.push_back(row);
    }
  }
  const KernelFit fit = fit_kernels(table, h100_like());
  CHECK(fit.loss < 0.01);
  CHECK(fit.calibration.tensor_efficiency == doctest::Approx(0.7).epsilon(0.03));
  CHECK(fit.calibration.memory_efficiency == doctest::Approx(0.65).epsilon(0.03));
  CHECK(fit.calibration.kernel_latency.raw() == doctest::Approx(4e-6).epsilon(0.05));
  CHECK(fit.calibration.attention_efficiency == doctest::Approx(0.6).epsilon(0.05));
  // The same rows give the same constants.
  CHECK(fit_kernels(table, h100_like()).calibration.k_loop_fill == fit.calibration.k_loop_fill);
}
