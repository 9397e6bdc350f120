#pragma once

#include <string>

#include "report/document.hpp"
#include "report/svg_axes.hpp"

namespace orrery {

/// Colours of the style sheet: series beyond them begin again.
inline constexpr int kSeriesColours = 8;

/// A chart with its place on the page: where values are drawn.
struct Plot {
  const Chart& chart;
  AxisPlan x, y;  ///< `x` only where there are no categories.
  double left = 0, top = 0, width = 0, height = 0;

  double x_of(double value) const { return left + width * x.place(value); }
  double y_of(double value) const { return top + height * (1 - y.place(value)); }
  double category_width() const { return width / static_cast<double>(chart.categories.size()); }
  /// Of point `i` of a series.
  double x_of_point(const ChartSeries& series, std::size_t i) const;
  bool is_drawn(const ChartPoint& point) const;
};

/// Whether a point has an interval that can be drawn; on a logarithmic axis it may reach below.
bool has_interval(const ChartPoint& point);

/// What a bar or an area covers, from its foot to its top.
struct ChartExtent {
  double foot = 0, top = 0;
};
/// Extent of point `i` of a series: from zero, or on top of the series of its shape before it where the chart is
/// stacked; what is negative hangs below zero.
ChartExtent extent_of(const Chart& chart, std::size_t series, std::size_t i);

/// Number of a series' colour: those that differ by `kSeriesColours` look alike but for the form of the mark.
int colour_of(const Chart& chart, std::size_t series);

/// Class of the style sheet that fills with a colour number: "f2"; paler from `kSeriesColours` on.
std::string fill_class(int colour);

/// The marks of all series: areas and bars first, then bands, lines, and markers above all.
std::string series_marks(const Plot& plot);

/// The values of bars that are not stacked, where they fit: drawn last, above lines that would strike them through.
std::string bar_values(const Plot& plot);

/// A sample of the series for the legend, in a box of 24 x 12 pixels with its middle left at (x, y).
std::string legend_mark(const Chart& chart, std::size_t series, double x, double y);

}  // namespace orrery
