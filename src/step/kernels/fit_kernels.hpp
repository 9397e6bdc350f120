#pragma once

#include <vector>

#include "step/kernels/kernel_score.hpp"

namespace orrery {

/// Measured kernels of one chip. A format's overhead is fitted together with its rows.
struct KernelTable {
  std::vector<GemmRow> gemm;
  std::vector<AttentionRow> attention;
  std::vector<ExpertRow> experts;  ///< Evenly routed where measured so.
};

/// Result of a fit: the calibration, and what belongs to the tables only.
struct KernelFit {
  ChipCalibration calibration;
  TableOverhead gemm_bf16, gemm_fp8, gemm_fp4, attention, experts;
  double loss = 0.0;  ///< Mean over tables of the mean |ln(predicted / measured)|, each row's cut at 0.7.
};

/// Fits the kernel constants of `chip` (those of ChipCalibration that kernels use; sustained clocks, backward and flash
/// shares stay) on the fit half of the rows, starting from the chip's present calibration.
///
/// Nelder and Mead's simplex search (1965) on the logarithms of the constants within their bounds, restarted twice;
/// products first, then attention with the memory and launch constants that products gave. Rows are thinned evenly to
/// `rows_per_table`, 65 % of the weight on products above 20 GFLOP. The loss is robust: a row counts at most 0.7.
/// Deterministic.
KernelFit fit_kernels(const KernelTable& table, const Chip& chip, std::size_t rows_per_table = 2000);

}  // namespace orrery
