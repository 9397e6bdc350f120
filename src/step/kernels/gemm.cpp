#include "step/kernels/gemm.hpp"

#include "base/check.hpp"
#include "step/kernels/tiling.hpp"

namespace orrery {

Flops gemm_flops(const GemmShape& shape) {
  return Flops(2.0 * static_cast<double>(shape.m) * static_cast<double>(shape.n) * static_cast<double>(shape.k) *
               static_cast<double>(shape.batch));
}

double operand_bytes(NumberFormat format) {
  switch (format) {
    case NumberFormat::Fp32:
    case NumberFormat::Tf32:
      return 4.0;
    case NumberFormat::Bf16:
      return 2.0;
    case NumberFormat::Fp8:
      return 1.0;
    case NumberFormat::Fp4:
      return 0.5625;
  }
  return 2.0;
}

Seconds gemm_time(const GemmShape& shape, NumberFormat format, const Chip& chip) {
  ORRERY_CHECK(shape.m > 0 && shape.n > 0 && shape.k > 0 && shape.batch > 0, "a product's sizes are at least 1");
  const auto m = static_cast<double>(shape.m), n = static_cast<double>(shape.n), k = static_cast<double>(shape.k);
  const auto copies = static_cast<double>(shape.batch);
  const Tiling tiling(format, chip);
  const double result_bytes = format == NumberFormat::Fp32 || format == NumberFormat::Tf32 ? 4.0 : 2.0;
  const double traffic = copies * ((m * k + n * k) * tiling.operand_size() + m * n * result_bytes);
  return chip.calibration.kernel_latency + Seconds(tiling.best(m, n, k, copies, traffic, true));
}

}  // namespace orrery
