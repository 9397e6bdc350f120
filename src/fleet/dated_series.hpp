#pragma once

#include <cstddef>
#include <vector>

#include "base/date.hpp"
#include "base/law.hpp"

namespace orrery {

/// What was, or will be, at a date.
struct DatedValue {
  Date date;
  Law value;
};

/// A quantity that changes with the years: a price, an output, a lead time. One level says how high all of its values
/// lie in their laws: a source that is too high is so in every year.
struct DatedSeries {
  enum class Shape {
    /// Between two dates its logarithm is linear (a value of 0 makes it linear), before the first it is the first
    /// value,
    /// and after the last it grows by `growth` a year.
    Curve,
    /// Each value is the mean from its date to the next: what was counted in a year. The last holds for a year, after
    /// which it grows as if it stood in the middle of that year. Nothing before the first.
    Steps,
  };
  Shape shape = Shape::Curve;
  std::vector<DatedValue> points;  ///< In order of their dates, which differ.
  Law growth = Law::fixed(1);      ///< Factor a year after the last point: 0.72 is a fall by 28 %.

  bool empty() const { return points.empty(); }
  /// The value at a date; `level` and `growth_level` from 0 to 1, 0.5 for medians. 0 where the series is empty.
  double at(Date date, double level = 0.5, double growth_level = 0.5) const;
  /// Mean from the first day to the one before `until`, in closed form; `until` after `from`.
  double mean(Date from, Date until, double level = 0.5, double growth_level = 0.5) const;
};

}  // namespace orrery
