#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <span>
#include <vector>

#include "cluster/job_table.hpp"

namespace orrery {

/// A value of a job, of which perhaps only is known that it is no less.
struct Censored {
  double value = 0;
  bool at_least = false;  ///< The replay ended first.
};

/// Values of many jobs. Those that are censored count with what is known of them, so that a quantile is exact as long
/// as it lies below the least of these, and otherwise, like the mean, a lower bound.
///
/// Quantiles are linear between order statistics at (n - 1) q, as `quantile` of base/statistics; they carry the seven
/// digits of a `float`, mean and maximum all of a `double`.
struct Distribution {
  std::int64_t count = 0, censored = 0;
  double mean = 0, median = 0, p90 = 0, p99 = 0, max = 0;
  /// Rounded as quantiles are.
  double least_censored = std::numeric_limits<double>::infinity();

  /// Whether a quantile of this size is known, rather than a lower bound.
  bool exact(double quantile) const { return quantile < least_censored; }
};

/// Quantile of values that it puts in another order; the sample is not empty.
double quantile_of(std::span<float> values, double q);

/// Distributions of `value` over the rows of each group. `group` gives a number below `groups`, or -1 for a row that
/// does not count; `value` is asked once a row that counts, in order. Takes 4 bytes a row, and n log n steps at worst.
std::vector<Distribution> distributions_by(std::span<const JobId> rows, std::size_t groups,
                                           const std::function<std::int32_t(JobId)>& group,
                                           const std::function<Censored(JobId)>& value);

}  // namespace orrery
