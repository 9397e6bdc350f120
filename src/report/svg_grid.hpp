#pragma once

#include "report/document.hpp"
#include "report/svg_frame.hpp"

namespace orrery {

/// Draws a chart's heat map: a cell for each row and column with its value where it fits, and what the colours mean.
void draw_grid(const Chart& chart, ChartFrame& frame);

}  // namespace orrery
