#pragma once

#include "report/document.hpp"
#include "report/svg_frame.hpp"

namespace orrery {

/// Draws a chart of curves over x, or of upright bars and markers by category.
void draw_curves(const Chart& chart, ChartFrame& frame);

/// What the axis of the values must show: values, intervals, stacks and levels; on a linear one zero too.
AxisRange value_range(const Chart& chart);

/// What the horizontal axis of curves must show: the places of what is drawn, and of marks.
AxisRange horizontal_range(const Chart& chart);

/// Samples of the series that have names.
std::vector<LegendEntry> series_legend(const Chart& chart);

}  // namespace orrery
