#include "report/svg_curves.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "report/svg_marks.hpp"
#include "report/svg_text.hpp"

namespace orrery {
namespace {

constexpr double kPlotHeight = 280, kLowPlotHeight = 240, kNarrow = 500;
constexpr double kWidestLabel = 150;  // Of a level, beside the plot.
constexpr double kTickRoom = 82;      // Of a tick along the horizontal axis.
// Names of categories: with up to so many, each has its own, if cut; none is closer to the next than this.
constexpr std::size_t kFewCategories = 12;
constexpr double kLeastLabel = 17, kWidestCategory = 90;

/// One chart as it is drawn.
class CurvesDrawing {
 public:
  CurvesDrawing(const Chart& chart, ChartFrame& frame) : chart_(chart), frame_(frame), plot_{chart, {}, {}} {}

  void draw() {
    plot_.y = plan_axis(chart_.y, value_range(chart_), 6, true);
    double labels = 0;
    for (const Tick& tick : plot_.y.ticks) labels = std::max(labels, text_width(tick.label, kSvgFont));
    const double widest = std::min(kWidestLabel, 0.25 * frame_.width);
    double beside = 0;
    for (const ChartLevel& level : chart_.levels) {
      if (is_drawable(level.y, chart_.y.scale))
        beside = std::max(beside, 8 + std::min(widest, text_width(level.label, kSvgFont)));
    }
    plot_.left = kSvgMargin + labels + 8;
    plot_.width = frame_.right() - beside - plot_.left;
    // Labels are centred below their ticks: the last one needs room on its right.
    if (chart_.categories.empty()) {
      plot_.x = plan_axis(chart_.x, horizontal_range(chart_),
                          std::min(8, ChartFrame::ticks_for(plot_.width, kTickRoom)), false);
      if (!plot_.x.ticks.empty())
        plot_.width -= std::max(0.0, text_width(plot_.x.ticks.back().label, kSvgFont) / 2 - kSvgMargin - beside + 4);
    }
    frame_.title(chart_.title);
    frame_.legend(series_legend(chart_));
    frame_.subtitle(plot_.y.title);
    frame_.y += chart_.categories.empty() ? 6 : 16;  // Values stand above bars.
    if (has_marks()) frame_.y += 12;                 // And names above marks.
    plot_.top = frame_.y;
    plot_.height = frame_.width < kNarrow ? kLowPlotHeight : kPlotHeight;
    frame_.y += plot_.height;
    vertical_axis();
    if (chart_.categories.empty()) {
      frame_.horizontal_axis(plot_.x, plot_.left, plot_.width);
    } else {
      category_labels();
    }
    frame_.text += series_marks(plot_);
    levels(widest);
    marks();
    frame_.text += bar_values(plot_);
    if (plot_.y.ticks.empty()) frame_.no_data(plot_.left, plot_.top, plot_.width, plot_.height);
  }

 private:
  void vertical_axis() {
    for (const Tick& tick : plot_.y.ticks) {
      const double at = plot_.y_of(tick.value);
      frame_.text += svg_path("grid", plot_.left, at, fmt::format("h{}", pixels(plot_.width)));
      frame_.text += svg_text(plot_.left - 8, at + 4, tick.label, TextAnchor::End, "quiet");
    }
    const double zero =
        plot_.y.scale == ChartAxis::Scale::Linear ? plot_.y_of(std::max(0.0, plot_.y.low)) : plot_.y_of(0);
    frame_.text += svg_path("axis", plot_.left, zero, fmt::format("h{}", pixels(plot_.width)));
  }

  void category_labels() {
    const std::size_t every = label_every();
    const double width = plot_.category_width() * static_cast<double>(every) - 6;
    std::size_t most = 0;
    for (std::size_t i = 0; i < chart_.categories.size(); i += every) {
      const std::vector<std::string> lines = svg_lines(chart_.categories[i], std::max(30.0, width), kSvgFont);
      most = std::max(most, std::min<std::size_t>(3, lines.size()));
      for (std::size_t k = 0; k < lines.size() && k < 3; ++k) {
        frame_.text += svg_text(plot_.left + plot_.category_width() * (static_cast<double>(i) + 0.5),
                                frame_.y + 18 + static_cast<double>(k) * 15, lines[k], TextAnchor::Middle, "quiet");
      }
    }
    frame_.y += 9 + 15 * static_cast<double>(most);
    if (chart_.x.title.empty()) return;
    frame_.text += svg_text(plot_.left + plot_.width / 2, frame_.y + 18, fitting(chart_.x.title, plot_.width, kSvgFont),
                            TextAnchor::Middle, "quiet");
    frame_.y += 24;
  }

  /// Each category has a label where there are few; each second, third, ... where there are many, or where many would
  /// be cut.
  std::size_t label_every() const {
    const std::size_t all = chart_.categories.size();
    const double room = plot_.category_width();
    std::size_t every = std::max<std::size_t>(1, static_cast<std::size_t>(std::ceil(kLeastLabel / room)));
    if (all <= kFewCategories) return every;
    double widest = 0;
    for (const std::string& name : chart_.categories) widest = std::max(widest, text_width(name, kSvgFont) + 6);
    return std::max(every, static_cast<std::size_t>(std::ceil(std::min(widest, kWidestCategory) / room)));
  }

  /// Dashed lines, named on the right; names that would touch are moved apart.
  void levels(double widest) {
    struct Label {
      double at;
      std::vector<std::string> lines;
    };
    std::vector<Label> labels;
    for (const ChartLevel& level : chart_.levels) {
      if (!is_drawable(level.y, chart_.y.scale)) continue;
      const double at = plot_.y_of(level.y);
      frame_.text += svg_path("level", plot_.left, at, fmt::format("h{}", pixels(plot_.width)));
      labels.push_back({at, svg_lines(level.label, widest, kSvgFont)});
    }
    std::stable_sort(labels.begin(), labels.end(), [](const Label& a, const Label& b) { return a.at < b.at; });
    double free_from = 0;
    for (const Label& label : labels) {
      double at = std::max(label.at + 4, free_from);
      for (const std::string& line : label.lines) {
        frame_.text += svg_text(plot_.left + plot_.width + 8, at, line, TextAnchor::Start, "quiet");
        at += 15;
      }
      free_from = at + 2;
    }
  }

  bool has_marks() const { return chart_.categories.empty() && !chart_.marks.empty() && !plot_.x.ticks.empty(); }
  void marks() {
    if (has_marks())
      frame_.text += mark_lines(chart_.marks, plot_.x, {plot_.left, plot_.top, plot_.width, plot_.height});
  }

  const Chart& chart_;
  ChartFrame& frame_;
  Plot plot_;
};

}  // namespace

AxisRange value_range(const Chart& chart) {
  AxisRange range(chart.y.scale);
  for (std::size_t s = 0; s < chart.series.size(); ++s) {
    const ChartSeries& series = chart.series[s];
    const bool is_filled = series.shape == ChartSeries::Shape::Bars || series.shape == ChartSeries::Shape::Area;
    for (std::size_t i = 0; i < series.points.size(); ++i) {
      const ChartPoint& p = series.points[i];
      if (!is_drawable(p.y, chart.y.scale)) continue;
      if (chart.categories.empty() && !is_drawable(p.x, chart.x.scale)) continue;
      range.add(is_filled ? extent_of(chart, s, i).top : p.y);
      if (!has_interval(p)) continue;
      range.add(p.low);
      range.add(p.high);
    }
  }
  for (const ChartLevel& level : chart.levels) {
    if (is_drawable(level.y, chart.y.scale)) range.add(level.y);
  }
  if (!range.empty()) range.add(0);
  return range;
}

AxisRange horizontal_range(const Chart& chart) {
  AxisRange range(chart.x.scale);
  for (const ChartSeries& series : chart.series) {
    for (const ChartPoint& p : series.points) {
      if (is_drawable(p.y, chart.y.scale) && is_drawable(p.x, chart.x.scale)) range.add(p.x);
    }
  }
  for (const ChartMark& mark : chart.marks) {
    if (!range.empty() && is_drawable(mark.x, chart.x.scale)) range.add(mark.x);
  }
  return range;
}

std::vector<LegendEntry> series_legend(const Chart& chart) {
  std::vector<LegendEntry> entries;
  for (std::size_t s = 0; s < chart.series.size(); ++s) {
    if (chart.series[s].name.empty()) continue;
    entries.push_back({chart.series[s].name, [&chart, s](double x, double y) { return legend_mark(chart, s, x, y); }});
  }
  return entries;
}

void draw_curves(const Chart& chart, ChartFrame& frame) {
  CurvesDrawing(chart, frame).draw();
}

}  // namespace orrery
