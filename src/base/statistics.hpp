#pragma once

#include <span>

namespace orrery {

// Every function throws `InternalError` on an empty sample, on pairs of unequal length and on a value that is NaN:
// callers know what they measure.

/// The value below which a share `q` (0 .. 1) of the sample lies: linear between order statistics at (n - 1) q, which
/// is type 7 of Hyndman and Fan, "Sample quantiles in statistical packages", 1996 (the default of R and NumPy).
double quantile(std::span<const double> x, double q);

/// quantile(x, 0.5).
double median(std::span<const double> x);

/// Rank agreement of two orderings, -1 .. 1, ties accounted for (Kendall's tau-b, 1945; counted in n log n steps after
/// Knight 1966). 0 when either side is all ties.
double kendall_tau_b(std::span<const double> x, std::span<const double> y);

/// Cost of an interval with nominal coverage `level` (such as 0.8): its width, plus 2 / (1 - level) times the distance
/// by which the measured value lies outside (Winkler 1972; Gneiting and Raftery 2007, eq. 43). Smaller is better;
/// honest quantiles minimise it.
double winkler_score(double low, double high, double measured, double level);

}  // namespace orrery
