#include "step/kernels/grouped_gemm.hpp"

#include <algorithm>
#include <cmath>

#include "base/check.hpp"
#include "step/kernels/memory_bound.hpp"
#include "step/kernels/tiling.hpp"

namespace orrery {
namespace {

/// `groups` and `rows` (of each group) may be expected values, hence not whole.
Seconds grouped(double groups, double rows, double n, double k, NumberFormat format, const Chip& chip, double speed) {
  const Tiling tiling(format, chip, speed);
  const double row_tiles[] = {groups * std::ceil(rows / 64), groups * std::ceil(rows / 128),
                              groups * std::ceil(rows / 256)};
  const double traffic = groups * ((rows * k + n * k) * tiling.operand_size() + rows * n * 2.0);
  return chip.calibration.kernel_latency + Seconds(tiling.best_grouped(row_tiles, n, k, traffic));
}

}  // namespace

Seconds grouped_gemm_time(const GemmShape& shape, long long groups, NumberFormat format, const Chip& chip) {
  ORRERY_CHECK(shape.m > 0 && shape.n > 0 && shape.k > 0 && groups > 0, "a grouped product's sizes are at least 1");
  return grouped(static_cast<double>(groups * shape.batch), static_cast<double>(shape.m), static_cast<double>(shape.n),
                 static_cast<double>(shape.k), format, chip, 1.0);
}

double active_experts(const ExpertShape& s) {
  const double missed = 1.0 - static_cast<double>(s.top_k) / static_cast<double>(s.experts);
  return static_cast<double>(s.local) * (1.0 - std::pow(std::max(0.0, missed), s.tokens));
}

Seconds experts_forward(const ExpertShape& s, NumberFormat format, const Chip& chip) {
  ORRERY_CHECK(s.tokens > 0 && s.experts >= s.local && s.local > 0 && s.top_k > 0, "experts have sizes of at least 1");
  const double mean = s.tokens * static_cast<double>(s.top_k * s.local) / static_cast<double>(s.experts);
  const double arrived = mean * s.imbalance;
  const double groups = std::max(1.0, active_experts(s));
  const double rows = std::max(1.0, arrived / groups);
  const double width = static_cast<double>(s.gated ? 2 * s.ffn : s.ffn);
  const auto hidden = static_cast<double>(s.hidden), ffn = static_cast<double>(s.ffn);
  const double speed = chip.calibration.grouped_efficiency;
  Seconds time = grouped(groups, rows, width, hidden, format, chip, speed) +
                 grouped(groups, rows, hidden, ffn, format, chip, speed);
  // 16-bit activations: the activation reads `width` and writes `ffn`; results are read once a copy and summed.
  time += stream_time(Bytes(arrived * (width + ffn) * 2.0), chip);
  time += stream_time(Bytes((arrived + s.tokens * s.local / s.experts) * hidden * 2.0), chip);
  return time;
}

}  // namespace orrery
