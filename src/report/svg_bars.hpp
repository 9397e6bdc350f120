#pragma once

#include "report/document.hpp"
#include "report/svg_frame.hpp"

namespace orrery {

/// Draws bars by category that lie, first category on top, with names on the left and values at their ends: a tornado
/// where they go both ways from zero.
void draw_lying_bars(const Chart& chart, ChartFrame& frame);

}  // namespace orrery
