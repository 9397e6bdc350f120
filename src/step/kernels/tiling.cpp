#include "step/kernels/tiling.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/check.hpp"
#include "step/kernels/gemm.hpp"

namespace orrery {
namespace {

constexpr double kEdges[] = {64, 128, 256};
constexpr double kLargestTile = 128 * 256;  // Accumulators that fit the registers (tensor memory) of one unit.
constexpr double kSplits[] = {2, 3, 4, 6, 8, 16, 32};
constexpr double kShortestSplit = 128;  // Elements of K.
constexpr double kPartialSumBytes = 8;  // Each fp32 partial sum is written and read.

double four_norm(double a, double b) {
  const double a2 = a * a, b2 = b * b;
  return std::sqrt(std::sqrt(a2 * a2 + b2 * b2));
}

double efficiency(NumberFormat format, const ChipCalibration& c) {
  switch (format) {
    case NumberFormat::Fp8:
      return c.tensor_efficiency_fp8;
    case NumberFormat::Fp4:
      return c.tensor_efficiency_fp4;
    default:
      return c.tensor_efficiency;
  }
}

}  // namespace

Tiling::Tiling(NumberFormat format, const Chip& chip, double speed) {
  const ChipCalibration& c = chip.calibration;
  const double peak = chip.peak(format).raw();
  ORRERY_CHECK(peak > 0.0, "a product is priced in a number format that the chip lacks");
  operand_ = operand_bytes(format);
  fill_ = c.k_loop_fill * 2.0 / operand_;
  units_ = chip.compute_units;
  wave_weight_ = c.wave_weight;
  latency_ = c.kernel_latency.raw();
  memory_rate_ = chip.memory_bandwidth.raw() * c.memory_efficiency;
  operand_rate_ = c.operand_bytes_per_flop * chip.peak(NumberFormat::Bf16).raw();
  if (operand_rate_ <= 0.0) operand_rate_ = c.operand_bytes_per_flop * peak;  // A chip without 16-bit units.
  const double compute_rate = peak * efficiency(format, c) * speed;
  for (int i = 0; i < kSizes; ++i) {
    for (int j = 0; j < kSizes; ++j) {
      const double rows = kEdges[i], columns = kEdges[j];
      const double compute = 2.0 * rows * columns / compute_rate;
      // The limit that the tables show is one of elements: narrower formats are not supplied faster.
      const double supply = (rows + columns) * std::max(2.0, operand_) / operand_rate_;
      step_[i][j] = rows * columns > kLargestTile ? 0.0 : units_ * std::max(compute, supply);
    }
  }
}

double Tiling::waves(double tiles) const {
  const double share = tiles / units_;
  if (share <= 1.0) return 1.0;
  return wave_weight_ * std::ceil(share) + (1.0 - wave_weight_) * share;
}

double Tiling::with_memory(double compute, double traffic) const {
  return four_norm(compute, traffic / memory_rate_);
}

double Tiling::best(double m, double n, double k, double copies, double traffic, bool split_k) const {
  double best = std::numeric_limits<double>::infinity();
  for (int i = 0; i < kSizes; ++i) {
    const double row_tiles = std::ceil(m / kEdges[i]);
    for (int j = 0; j < kSizes; ++j) {
      if (step_[i][j] == 0.0) continue;
      const double tiles = copies * row_tiles * std::ceil(n / kEdges[j]);
      const double whole = waves(tiles) * (k + fill_) * step_[i][j];
      if (whole < best) best = std::min(best, with_memory(whole, traffic));
      // Splitting pays only while units idle.
      if (!split_k || tiles > 2.0 * units_) continue;
      for (const double split : kSplits) {
        if (k / split < kShortestSplit) break;
        const double part = waves(tiles * split) * (k / split + fill_) * step_[i][j];
        const double sum = split * copies * m * n * kPartialSumBytes / operand_rate_ + latency_;
        if (part + sum < best) best = std::min(best, with_memory(part, traffic) + sum);
      }
    }
  }
  return best;
}

double Tiling::best_grouped(const double (&row_tiles)[3], double n, double k, double traffic) const {
  double best = std::numeric_limits<double>::infinity();
  for (int i = 0; i < kSizes; ++i) {
    for (int j = 0; j < kSizes; ++j) {
      if (step_[i][j] == 0.0) continue;
      const double compute = waves(row_tiles[i] * std::ceil(n / kEdges[j])) * (k + fill_) * step_[i][j];
      if (compute < best) best = std::min(best, with_memory(compute, traffic));
    }
  }
  return best;
}

}  // namespace orrery
