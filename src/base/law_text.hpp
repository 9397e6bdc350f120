#pragma once

#include <string>
#include <string_view>

#include "base/law.hpp"
#include "base/unit_text.hpp"

namespace orrery {

/// The law that a text means, of quantities of `dimension` (`None`: plain numbers):
///
///     "3 min"                                 always so
///     "uniform(1 h, 4 h)"
///     "exponential(mean 3 h)"
///     "weibull(mean 14 h, shape 0.58)"        or scale instead of mean
///     "lognormal(median 3.7 min, mean 38.9 min)"   or p90 or sigma instead of mean
///     "spread(8 h, 9 h, 12 h)"                10, 50 and 90 % quantiles
///     "empirical(0.1 h, 3 h, 33 h, 20 days)"  quantiles at evenly spaced levels from 0 to 1, 2 to 1,000 of them
///
/// Negative and infinite values, a shape outside 0.05 .. 20, a mean below the median, a sigma above 5 and quantiles
/// that fall are errors.
Expected<Law, UnitError> parse_law(std::string_view text, Dimension dimension);

/// The shortest such text that `parse_law` reads back to the same law.
std::string law_text(const Law& law, Dimension dimension);

/// The law for people: "log-normal, median 3.7 min, mean 38.9 min".
std::string describe_law(const Law& law, Dimension dimension);

}  // namespace orrery
