#pragma once

#include <string>
#include <vector>

#include "report/document.hpp"

namespace orrery {

struct Tick {
  double value = 0;   ///< Base SI units.
  std::string label;  ///< With its unit on a logarithmic axis; on a linear one the axis title has the unit.
};

/// From where to where an axis goes, and what is written along it.
struct AxisPlan {
  ChartAxis::Scale scale = ChartAxis::Scale::Linear;
  double low = 0, high = 1;
  std::vector<Tick> ticks;  ///< Ascending, from `low` to `high`.
  std::string title;        ///< "bus bandwidth (GB/s)".

  /// Place of a value along the axis: 0 at `low`, 1 at `high`. What a logarithm does not take is at its low end.
  double place(double value) const;
};

/// "2025-03-14": the date that is so many days after 1970-01-01, of those that `is_drawable` takes.
std::string date_text(double day);

/// Whether an axis shows a value at all: finite, at most 1e100, on a logarithmic axis at least 1e-100, and of dates
/// from the year 1 to the year 9999.
bool is_drawable(double value, ChartAxis::Scale scale);

/// The values that an axis has to show.
class AxisRange {
 public:
  explicit AxisRange(ChartAxis::Scale scale) : scale_(scale) {}
  /// Takes in a value that is drawable, or a sum of such; on a logarithmic axis zero is passed over.
  void add(double value);
  bool empty() const { return low_ > high_; }
  double low() const { return low_; }
  double high() const { return high_; }

 private:
  ChartAxis::Scale scale_;
  double low_ = 1e308, high_ = -1e308;
};

/// Plans an axis of about `ticks` ticks. With `whole`, it begins and ends at a tick; otherwise at the range's ends,
/// unless fewer than two ticks lie between them. An empty range gives an axis without ticks; a single value gets room
/// on both sides.
AxisPlan plan_axis(const ChartAxis& axis, const AxisRange& range, int ticks, bool whole);

}  // namespace orrery
