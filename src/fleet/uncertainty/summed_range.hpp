#pragma once

#include "base/law.hpp"

namespace orrery {

/// The law of a sum of `parts` equal parts, of which somebody added up the 5, 50 and 95 % quantiles one by one: a year
/// from its quarters. That would be the sum's range only if all parts were off together; with a correlation `rho`
/// (0 .. 1) of their errors it is narrower by sqrt((1 + (parts - 1) rho) / parts), each half for itself.
///
/// Holds for ranges that are narrow beside the value: the sum of log-normal parts is taken for one, and its median for
/// the sum of the medians (up to a few per cent above it where the 95 % quantile is twice the median).
Law summed_range(double p5, double p50, double p95, int parts, double rho);

}  // namespace orrery
