#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "report/svg_axes.hpp"

namespace orrery {

inline constexpr double kSvgMargin = 20;  ///< Around every chart.
inline constexpr double kSvgFont = 12;
inline constexpr double kSvgLine = 18;  ///< From one line of text to the next.

/// Colours and fonts of every mark, light and dark: the content of a `<style>` element. The colours of series are those
/// of Okabe and Ito (2008), darker on white and lighter on black than theirs where contrast asks for it; those of heat
/// maps are steps of one blue, the more the further from the page's own colour.
std::string_view svg_style_sheet();

/// Steps of the colours of heat maps: classes h0 to h8.
inline constexpr int kHeatColours = 9;

/// A text broken at blanks into lines of that width; a word that is wider is cut.
std::vector<std::string> svg_lines(const std::string& text, double width, double font);

/// A `<path>` element from (x, y) on.
std::string svg_path(std::string_view style, double x, double y, std::string_view rest);
std::string svg_rectangle(std::string_view style, double x, double y, double width, double height);

/// A place on the page.
struct SvgBox {
  double left = 0, top = 0, width = 0, height = 0;
};

/// Dashed vertical lines over a plot, their names above it; names that would touch are left out, but can be pointed at.
std::string mark_lines(const std::vector<ChartMark>& marks, const AxisPlan& plan, const SvgBox& plot);

struct LegendEntry {
  std::string name;
  /// Draws a sample in a box of 24 x 12 pixels with its middle left at (x, y).
  std::function<std::string(double x, double y)> mark;
};

/// The marks of one chart as they are drawn, from the top of a page of some width downwards.
struct ChartFrame {
  double width = 0;
  double y = 0;  ///< Where the next thing goes.
  std::string text;

  double right() const { return width - kSvgMargin; }
  /// Largest number of ticks for which an axis of that length has room.
  static int ticks_for(double length, double label);

  void title(const std::string& title);
  /// A line of quiet text, such as the title of the vertical axis.
  void subtitle(const std::string& line);
  void legend(const std::vector<LegendEntry>& entries);
  /// Ticks below a plot, their labels as many as fit, and the axis' title; `y` is the plot's bottom.
  void horizontal_axis(const AxisPlan& plan, double left, double length);
  /// "no data" amid a plot.
  void no_data(double left, double top, double length, double height);
};

}  // namespace orrery
