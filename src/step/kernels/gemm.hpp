#pragma once

#include "base/quantity.hpp"
#include "hardware/cluster.hpp"

namespace orrery {

/// `batch` independent products of an m x k and a k x n matrix. All at least 1.
struct GemmShape {
  long long m = 1, n = 1, k = 1;
  long long batch = 1;
};

/// Multiply-adds count twice: 2 m n k batch.
Flops gemm_flops(const GemmShape& shape);

/// Bytes that one element of an operand takes in memory, block scales included (a 16-element NVFP4 block has one byte
/// of scale).
double operand_bytes(NumberFormat format);

/// Device time of a matrix product by a tuned library (cuBLASLt, CUTLASS class) that picks the fastest tiling.
///
/// The output is cut into tiles of 64, 128 or 256 rows and columns, at most 128 x 256 elements. A tile's time is that
/// of its multiply-adds on one compute unit or of its operands' way from the L2 cache, whichever is longer, for K and
/// the filling of its pipeline. Tiles run in waves over the compute units; K may be split among units, at the price of
/// a second kernel that adds partial sums. Main memory moves each operand once and the 16-bit result once; it joins the
/// compute time in a 4-norm. See docs/kernels.md for the constants (`ChipCalibration`) and their errors.
///
/// Assumes a burst at full clock, as the measured kernels ran; the caller prices sustained clocks. Leaves out: skinny
/// kernels for fewer than about 16 rows (they come out right as they are bound by memory), operand casts to FP8 and
/// FP4, and the re-reading of operands larger than the L2 cache.
/// The chip must have a peak for `format`.
Seconds gemm_time(const GemmShape& shape, NumberFormat format, const Chip& chip);

}  // namespace orrery
