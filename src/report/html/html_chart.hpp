#pragma once

#include <cstddef>
#include <string>

#include "report/document.hpp"

namespace orrery {

/// Points of a curve on a page: with more, those between that change nothing that can be seen are left out.
inline constexpr std::size_t kMostHtmlPoints = 800;

/// A chart as a `<figure>`: drawn for large and for small screens, so that it needs no script, and, where it has
/// curves, with its numbers, of which the page's script makes a chart that can be read point by point. `is_wide` gives
/// it the page's whole width.
std::string html_chart(const Chart& chart, const std::string& id, bool is_wide, int heading);

/// Whether a chart needs the page's whole width: rows with names, or many categories.
bool needs_width(const Chart& chart);

/// The chart with at most about that many points a series: of each stretch of a curve the first, the lowest, the
/// highest and the last; of areas that stand on each other the same ones of each.
Chart thinned(const Chart& chart, std::size_t most);

}  // namespace orrery
