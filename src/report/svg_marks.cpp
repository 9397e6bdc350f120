#include "report/svg_marks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "report/svg_frame.hpp"
#include "report/svg_text.hpp"

namespace orrery {
namespace {

using Shape = ChartSeries::Shape;

constexpr double kMarkerSize = 4;         // Half of its width.
constexpr double kBarsOfCategory = 0.72;  // Of a category's width.
constexpr double kValueFont = 11;
constexpr double kSmallShare = 0.1;  // Below it a whole percentage is too coarse.

/// Class of the style sheet for a colour number: s2 strokes.
std::string stroke(int colour) {
  return fmt::format("s{}{}", colour % kSeriesColours, colour < kSeriesColours ? "" : " again");
}

std::string point_text(double x, double y) {
  return pixels(x) + "," + pixels(y);
}

/// Circle, square, diamond, triangle: told apart without colours.
std::string marker(int colour, double x, double y) {
  const double r = kMarkerSize;
  const std::string style = fill_class(colour) + " dot";
  switch (colour % 4) {
    case 0:
      return fmt::format("<circle class=\"{}\" cx=\"{}\" cy=\"{}\" r=\"{}\"/>\n", style, pixels(x), pixels(y),
                         pixels(r));
    case 1:
      return fmt::format("<path class=\"{}\" d=\"M{}h{}v{}h{}z\"/>\n", style, point_text(x - r, y - r), pixels(2 * r),
                         pixels(2 * r), pixels(-2 * r));
    case 2:
      return fmt::format("<path class=\"{}\" d=\"M{}L{} {} {}z\"/>\n", style, point_text(x, y - 1.3 * r),
                         point_text(x + 1.3 * r, y), point_text(x, y + 1.3 * r), point_text(x - 1.3 * r, y));
    default:
      return fmt::format("<path class=\"{}\" d=\"M{}L{} {}z\"/>\n", style, point_text(x, y - 1.3 * r),
                         point_text(x + 1.2 * r, y + r), point_text(x - 1.2 * r, y + r));
  }
}

/// Calls `run(begin, end)` for each longest row of points that `good` accepts.
template <class Good, class Run>
void for_runs(std::size_t size, const Good& good, const Run& run) {
  for (std::size_t begin = 0; begin < size;) {
    std::size_t end = begin;
    while (end < size && good(end)) ++end;
    if (end > begin) run(begin, end);
    begin = end + 1;
  }
}

/// A drawing of one series.
class SeriesDrawing {
 public:
  SeriesDrawing(const Plot& plot, std::size_t index)
      : plot_(plot), index_(index), series_(plot.chart.series[index]), colour_(colour_of(plot.chart, index)) {}

  /// Line through the points; a point alone is a dot.
  std::string line() const {
    std::string marks;
    runs([&](std::size_t begin, std::size_t end) {
      std::string path = "M" + point_text(x(begin), y(series_.points[begin].y));
      if (end - begin == 1) {
        marks += fmt::format("<circle class=\"{}\" cx=\"{}\" cy=\"{}\" r=\"2.5\"/>\n", fill_class(colour_),
                             pixels(x(begin)), pixels(y(series_.points[begin].y)));
        return;
      }
      for (std::size_t i = begin + 1; i < end; ++i) {
        if (series_.shape == Shape::Step) path += "H" + pixels(x(i));
        path += series_.shape == Shape::Step ? "V" + pixels(y(series_.points[i].y))
                                             : "L" + point_text(x(i), y(series_.points[i].y));
      }
      marks += fmt::format("<path class=\"{} line\" d=\"{}\"/>\n", stroke(colour_), path);
    });
    return marks;
  }

  std::string band() const {
    const auto& points = series_.points;
    return ribbon([&](std::size_t i) { return has_interval(points[i]); },
                  [&](std::size_t i) {
                    return ChartExtent{points[i].low, points[i].high};
                  },
                  "band");
  }

  std::string area() const {
    return ribbon([](std::size_t) { return true; }, [&](std::size_t i) { return extent_of(plot_.chart, index_, i); },
                  plot_.chart.stacked ? "stack" : "area");
  }

  std::string whiskers() const {
    std::string marks;
    runs([&](std::size_t begin, std::size_t end) {
      for (std::size_t i = begin; i < end; ++i) {
        const ChartPoint& p = series_.points[i];
        if (!has_interval(p)) continue;
        const double at = series_.shape == Shape::Bars ? bar_left(i) + bar_width() / 2 : x(i);
        const double low = y(p.low), high = y(p.high);
        marks += fmt::format("<path class=\"{} whisker\" d=\"M{}V{}M{}h6M{}h6\"/>\n",
                             series_.shape == Shape::Bars ? "axis" : fmt::format("s{}", colour_ % kSeriesColours),
                             point_text(at, low), pixels(high), point_text(at - 3, low), point_text(at - 3, high));
      }
    });
    return marks;
  }

  std::string markers() const {
    std::string marks;
    runs([&](std::size_t begin, std::size_t end) {
      for (std::size_t i = begin; i < end; ++i) marks += marker(colour_, x(i), y(series_.points[i].y));
    });
    return marks;
  }

  std::string bars() const {
    std::string marks;
    runs([&](std::size_t begin, std::size_t end) {
      for (std::size_t i = begin; i < end; ++i) {
        const ChartExtent extent = extent_of(plot_.chart, index_, i);
        const double a = y(extent.foot), b = y(extent.top);
        marks += svg_rectangle(fill_class(colour_) + " bar", bar_left(i), std::min(a, b), bar_width(), std::abs(a - b));
      }
    });
    return marks;
  }

  /// Values over bars, where those fit.
  std::string values() const {
    std::string marks;
    const ChartAxis& axis = plot_.chart.y;
    if (plot_.chart.stacked) return marks;
    runs([&](std::size_t begin, std::size_t end) {
      for (std::size_t i = begin; i < end; ++i) {
        const ChartPoint& p = series_.points[i];
        const bool is_share = axis.kind == Figure::Kind::Fraction || axis.kind == Figure::Kind::Signed;
        const int digits = !is_share ? 3 : std::abs(p.y) < kSmallShare ? 1 : 0;
        const std::string value = cell_text(Figure{p.y, axis.kind, axis.dimension, digits});
        if (text_width(value, kValueFont) > bar_width() + 8) continue;
        const double above = y(has_interval(p) ? std::max(p.y, p.high) : std::max(p.y, 0.0)) - 4;
        marks += svg_text(bar_left(i) + bar_width() / 2, above, value, TextAnchor::Middle, "value");
      }
    });
    return marks;
  }

 private:
  double x(std::size_t i) const { return plot_.x_of_point(series_, i); }
  double y(double value) const { return plot_.y_of(value); }

  template <class Run>
  void runs(const Run& run) const {
    for_runs(
        series_.points.size(), [&](std::size_t i) { return plot_.is_drawn(series_.points[i]); }, run);
  }

  /// The surface between `extent(i).foot` and `.top` over each run of points.
  template <class Good, class Extent>
  std::string ribbon(const Good& good, const Extent& extent, const char* style) const {
    std::string marks;
    const auto drawn = [&](std::size_t i) { return plot_.is_drawn(series_.points[i]) && good(i); };
    for_runs(series_.points.size(), drawn, [&](std::size_t begin, std::size_t end) {
      std::string path;
      for (std::size_t i = begin; i < end; ++i) path += (path.empty() ? "M" : "L") + point_text(x(i), y(extent(i).top));
      for (std::size_t i = end; i > begin; --i) path += "L" + point_text(x(i - 1), y(extent(i - 1).foot));
      marks += fmt::format("<path class=\"{} {}\" d=\"{}z\"/>\n", fill_class(colour_), style, path);
    });
    return marks;
  }

  /// Bars of a category stand side by side, or on each other.
  double bar_width() const {
    const auto all = static_cast<double>(std::count_if(plot_.chart.series.begin(), plot_.chart.series.end(),
                                                       [](const ChartSeries& s) { return s.shape == Shape::Bars; }));
    const double room = kBarsOfCategory * plot_.category_width();
    return std::min(plot_.chart.stacked ? room : room / all, 96.0);
  }
  double bar_left(std::size_t i) const {
    double before = 0, all = 0;
    for (std::size_t s = 0; s < plot_.chart.series.size(); ++s) {
      if (plot_.chart.series[s].shape != Shape::Bars) continue;
      ++all;
      if (s < index_) ++before;
    }
    if (plot_.chart.stacked) before = 0, all = 1;
    return x(i) + (before - all / 2) * bar_width();
  }

  const Plot& plot_;
  std::size_t index_;
  const ChartSeries& series_;
  int colour_;
};

}  // namespace

bool has_interval(const ChartPoint& point) {
  return is_drawable(point.low, ChartAxis::Scale::Linear) && is_drawable(point.high, ChartAxis::Scale::Linear);
}

double Plot::x_of_point(const ChartSeries& series, std::size_t i) const {
  return chart.categories.empty() ? x_of(series.points[i].x) : left + category_width() * (static_cast<double>(i) + 0.5);
}

bool Plot::is_drawn(const ChartPoint& point) const {
  return is_drawable(point.y, y.scale) && (!chart.categories.empty() || is_drawable(point.x, x.scale));
}

ChartExtent extent_of(const Chart& chart, std::size_t series, std::size_t i) {
  const ChartSeries& s = chart.series[series];
  const double own = s.points[i].y;
  if (!chart.stacked) return {0, own};
  double foot = 0;
  for (std::size_t k = 0; k < series; ++k) {
    const ChartSeries& below = chart.series[k];
    if (below.shape != s.shape || i >= below.points.size()) continue;
    const double y = below.points[i].y;
    if (is_drawable(y, chart.y.scale) && std::signbit(y) == std::signbit(own)) foot += y;
  }
  return {foot, foot + own};
}

int colour_of(const Chart& chart, std::size_t series) {
  const int asked = chart.series[series].colour;
  return asked >= 0 ? asked : static_cast<int>(series);
}

std::string fill_class(int colour) {
  return fmt::format("f{}{}", colour % kSeriesColours, colour < kSeriesColours ? "" : " pale");
}

std::string series_marks(const Plot& plot) {
  std::string surfaces, bands, lines, dots;
  for (std::size_t i = 0; i < plot.chart.series.size(); ++i) {
    const SeriesDrawing drawing(plot, i);
    switch (plot.chart.series[i].shape) {
      case Shape::Line:
      case Shape::Step:
        bands += drawing.band();
        lines += drawing.line();
        break;
      case Shape::Area:
        surfaces += drawing.area();
        break;
      case Shape::Bars:
        surfaces += drawing.bars();
        lines += drawing.whiskers();
        break;
      case Shape::Markers:
        dots += drawing.whiskers() + drawing.markers();
        break;
    }
  }
  return surfaces + bands + lines + dots;
}

std::string bar_values(const Plot& plot) {
  std::string texts;
  for (std::size_t i = 0; i < plot.chart.series.size(); ++i) {
    if (plot.chart.series[i].shape == Shape::Bars) texts += SeriesDrawing(plot, i).values();
  }
  return texts;
}

std::string legend_mark(const Chart& chart, std::size_t series, double x, double y) {
  const ChartSeries& s = chart.series[series];
  const int colour = colour_of(chart, series);
  switch (s.shape) {
    case Shape::Markers:
      return marker(colour, x + 12, y);
    case Shape::Area:
      return svg_rectangle(fill_class(colour) + (chart.stacked ? " stack" : " area"), x + 6, y - 6, 12, 12);
    case Shape::Bars:
      return svg_rectangle(fill_class(colour) + " bar", x + 6, y - 6, 12, 12);
    default:
      break;
  }
  const bool has_band = std::any_of(s.points.begin(), s.points.end(), has_interval);
  return (has_band ? svg_rectangle(fill_class(colour) + " band", x, y - 6, 24, 12) : "") +
         fmt::format("<path class=\"{} line\" d=\"M{}h24\"/>\n", stroke(colour), point_text(x, y));
}

}  // namespace orrery
