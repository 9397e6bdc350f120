#include "report/svg_bars.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "report/svg_curves.hpp"
#include "report/svg_marks.hpp"
#include "report/svg_text.hpp"

namespace orrery {
namespace {

constexpr double kBar = 14;           // Thickness of a bar.
constexpr double kBetween = 10;       // From one category to the next.
constexpr double kWidestName = 0.34;  // Of the page, for names of categories.
constexpr double kValueFont = 11;
constexpr double kValueRoom = 0.06;  // Of the axis, beyond the longest bar.

class LyingBars {
 public:
  LyingBars(const Chart& chart, ChartFrame& frame) : chart_(chart), frame_(frame) {
    for (std::size_t s = 0; s < chart.series.size(); ++s) {
      if (chart.series[s].shape == ChartSeries::Shape::Bars) bars_.push_back(s);
    }
  }

  void draw() {
    plan_ = plan_axis(chart_.y, with_room(value_range(chart_)), 6, true);
    frame_.title(chart_.title);
    frame_.legend(series_legend(chart_));
    frame_.y += 4;
    const double widest = kWidestName * frame_.width;
    double names = 0;
    for (const std::string& name : chart_.categories) names = std::max(names, text_width(name, kSvgFont));
    left_ = kSvgMargin + std::min(widest, names) + 10;
    width_ = frame_.right() - left_;
    thin_out();
    const double top = frame_.y, height = static_cast<double>(chart_.categories.size()) * row_height();
    for (const Tick& tick : plan_.ticks) frame_.text += svg_path("grid", x(tick.value), top, "v" + pixels(height));
    for (std::size_t i = 0; i < chart_.categories.size(); ++i) {
      category(i, top + static_cast<double>(i) * row_height(), left_ - kSvgMargin - 10);
    }
    frame_.y += height;
    frame_.text += svg_path("axis", plan_.ticks.empty() ? left_ : x(0), top, "v" + pixels(height));
    if (plan_.ticks.empty()) frame_.no_data(left_, top, width_, height);
    frame_.horizontal_axis(plan_, left_, width_);
  }

 private:
  double x(double value) const { return left_ + width_ * std::clamp(plan_.place(value), 0.0, 1.0); }
  double bars_beside() const { return chart_.stacked ? 1 : std::max<double>(1, static_cast<double>(bars_.size())); }
  double row_height() const { return kBar * bars_beside() + kBetween; }

  /// Values stand beyond the ends of bars.
  AxisRange with_room(AxisRange range) const {
    if (range.empty() || chart_.stacked || chart_.y.scale != ChartAxis::Scale::Linear) return range;
    const double room = kValueRoom * (range.high() - range.low());
    if (range.low() < 0) range.add(range.low() - room);
    if (range.high() > 0) range.add(range.high() + room);
    return range;
  }

  /// Where a narrow page has no room for all ticks, every second stays.
  void thin_out() {
    const auto most = static_cast<std::size_t>(ChartFrame::ticks_for(width_, 70));
    while (plan_.ticks.size() > most && plan_.ticks.size() > 3) {
      std::vector<Tick> kept;
      for (std::size_t i = 0; i < plan_.ticks.size(); i += 2) kept.push_back(plan_.ticks[i]);
      plan_.ticks = kept;
    }
  }

  void category(std::size_t i, double top, double room) {
    const double middle = top + row_height() / 2;
    std::vector<std::string> lines = svg_lines(chart_.categories[i], room, kSvgFont);
    if (lines.size() > 2) lines = {lines[0], fitting(lines[1] + " ...", room, kSvgFont)};
    const double first = middle + 4 - 7 * static_cast<double>(lines.size() - 1);
    for (std::size_t k = 0; k < lines.size(); ++k) {
      frame_.text += svg_text(left_ - 10, first + 14 * static_cast<double>(k), lines[k], TextAnchor::End);
    }
    for (std::size_t b = 0; b < bars_.size(); ++b) {
      const ChartSeries& series = chart_.series[bars_[b]];
      if (i >= series.points.size() || !is_drawable(series.points[i].y, chart_.y.scale)) continue;
      bar(bars_[b], i, top + kBetween / 2 + (chart_.stacked ? 0 : kBar * static_cast<double>(b)));
    }
  }

  void bar(std::size_t s, std::size_t i, double top) {
    const ChartPoint& point = chart_.series[s].points[i];
    const ChartExtent extent = extent_of(chart_, s, i);
    const double a = x(extent.foot), b = x(extent.top), middle = top + kBar / 2;
    frame_.text +=
        svg_rectangle(fill_class(colour_of(chart_, s)) + " bar", std::min(a, b), top + 1, std::abs(a - b), kBar - 2);
    double left = std::min(a, b), right = std::max(a, b);
    if (has_interval(point)) {
      const double low = x(point.low), high = x(point.high);
      frame_.text += svg_path("axis whisker", low, middle,
                              fmt::format("H{}M{},{}v6M{},{}v6", pixels(high), pixels(low), pixels(middle - 3),
                                          pixels(high), pixels(middle - 3)));
      left = std::min({left, low, high});
      right = std::max({right, low, high});
    }
    if (!chart_.stacked) value(point.y, left, right, middle + 4);
  }

  /// Beyond the bar's end, or where there is no room behind its foot.
  void value(double y, double left, double right, double foot) {
    const bool is_share = chart_.y.kind == Figure::Kind::Fraction || chart_.y.kind == Figure::Kind::Signed;
    const int digits = !is_share ? 3 : std::abs(y) < 0.1 ? 1 : 0;
    const std::string text = cell_text(Figure{y, chart_.y.kind, chart_.y.dimension, digits});
    const double room = text_width(text, kValueFont) + 4;
    const bool fits_left = left - room >= left_, fits_right = right + room <= left_ + width_;
    if (fits_left && (y < 0 || !fits_right)) {
      frame_.text += svg_text(left - 4, foot, text, TextAnchor::End, "value");
    } else if (fits_right) {
      frame_.text += svg_text(right + 4, foot, text, TextAnchor::Start, "value");
    }
  }

  const Chart& chart_;
  ChartFrame& frame_;
  std::vector<std::size_t> bars_;
  AxisPlan plan_;
  double left_ = 0, width_ = 0;
};

}  // namespace

void draw_lying_bars(const Chart& chart, ChartFrame& frame) {
  LyingBars(chart, frame).draw();
}

}  // namespace orrery
