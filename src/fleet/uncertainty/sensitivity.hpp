#pragma once

#include <span>
#include <vector>

#include "fleet/uncertainty/latin_hypercube.hpp"

namespace orrery {

/// What one input of a sample means for an output: estimated from the sample itself, without further model runs.
struct Sensitivity {
  int input = 0;
  /// Share of the output's variance that goes when this input is known: Var(E(Y | X)) / Var(Y), a first-order index
  /// (Sobol' 1993). Of inputs correlated with others it holds what they share, so that a sum may exceed 1.
  double first_order = 0;
  double low = 0;   ///< Of the output, where the input lies in its lowest third,
  double high = 0;  ///< and in its highest: the ends of a tornado's bar.
  /// Share by which the output's 80 % interval would narrow on average, were this input known: what it is worth to
  /// find out. Negative where knowing it can also widen the interval.
  double narrows = 0;

  double swing() const { return high - low; }
};

/// Of each input, by falling size of the swing; equal ones in the order of the inputs.
///
/// First-order index: the variance of the means over bins of equal probability, less what chance puts there
/// (epsilon squared; Kelley 1935); clipped to 0 .. 1. Its standard error is about 0.02 for 1,000 draws and 0.005 for
/// 10,000. An output that hardly depends on a third of an input, or rises and falls again, has a swing near 0 and an
/// index above it: look at both.
///
/// `output`  one value a draw, all finite: of dates that may never come, the caller takes the horizon.
/// `level`   what `low` and `high` are: the quantile of the output at this level, or its mean where 0.
std::vector<Sensitivity> sensitivities(const QuantileMatrix& inputs, std::span<const double> output, double level = 0);

}  // namespace orrery
