#pragma once

#include "report/document.hpp"
#include "report/svg_frame.hpp"

namespace orrery {

/// Draws a chart's Gantt: a row for each name, headings over groups, whiskers where the end of a bar is uncertain.
void draw_spans(const Chart& chart, ChartFrame& frame);

}  // namespace orrery
