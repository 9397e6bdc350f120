#include "report/svg_spans.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "report/svg_marks.hpp"
#include "report/svg_text.hpp"

namespace orrery {
namespace {

constexpr double kBar = 16, kBetween = 8;  // Thickness of a bar, and from one row to the next.
constexpr double kHeading = 22;            // Of a group.
constexpr double kWidestName = 0.28;       // Of the page, for names of rows.
constexpr double kTickRoom = 76;
constexpr double kLabelFont = 11;
constexpr double kThinnest = 1.5;  // So that a bar of a day can be seen.

class SpansDrawing {
 public:
  SpansDrawing(const Chart& chart, ChartFrame& frame) : chart_(chart), spans_(*chart.spans), frame_(frame) {}

  void draw() {
    frame_.title(chart_.title);
    frame_.legend(legend());
    frame_.y += 4;
    double names = 0;
    for (const ChartSpanRow& row : spans_.rows) names = std::max(names, text_width(row.name, kSvgFont));
    left_ = kSvgMargin + std::min(kWidestName * frame_.width, names) + 10;
    width_ = frame_.right() - left_;
    plan_ = plan_axis(chart_.x, range(), ChartFrame::ticks_for(width_, kTickRoom), false);
    if (!chart_.marks.empty()) frame_.y += 14;
    const double top = frame_.y;
    std::string bars;
    std::swap(bars, frame_.text);  // The grid is drawn first, and needs their height.
    rows();
    std::swap(bars, frame_.text);
    const double height = std::max(kBar, frame_.y - top);
    frame_.y = top + height;
    for (const Tick& tick : plan_.ticks) frame_.text += svg_path("grid", x(tick.value), top, "v" + pixels(height));
    frame_.text += bars + svg_path("axis", left_, frame_.y, "h" + pixels(width_));
    if (plan_.ticks.empty()) frame_.no_data(left_, top, width_, height);
    if (!plan_.ticks.empty()) frame_.text += mark_lines(chart_.marks, plan_, {left_, top, width_, height});
    frame_.horizontal_axis(plan_, left_, width_);
  }

 private:
  double x(double value) const { return left_ + width_ * std::clamp(plan_.place(value), 0.0, 1.0); }
  bool is_drawn(const ChartSpan& span) const {
    return is_drawable(span.begin, chart_.x.scale) && is_drawable(span.end, chart_.x.scale);
  }
  bool has_whisker(const ChartSpan& span) const {
    return is_drawable(span.low, chart_.x.scale) && is_drawable(span.high, chart_.x.scale);
  }

  AxisRange range() const {
    AxisRange range(chart_.x.scale);
    for (const ChartSpanRow& row : spans_.rows) {
      for (const ChartSpan& span : row.spans) {
        if (!is_drawn(span)) continue;
        range.add(span.begin);
        range.add(span.end);
        if (!has_whisker(span)) continue;
        range.add(span.low);
        range.add(span.high);
      }
    }
    for (const ChartMark& mark : chart_.marks) {
      if (!range.empty() && is_drawable(mark.x, chart_.x.scale)) range.add(mark.x);
    }
    return range;
  }

  std::vector<LegendEntry> legend() const {
    std::vector<LegendEntry> entries;
    for (std::size_t k = 0; k < spans_.kinds.size(); ++k) {
      entries.push_back(
          {spans_.kinds[k], [k](double at_x, double at_y) { return svg_rectangle(style(k), at_x, at_y - 5, 24, 10); }});
    }
    return entries;
  }
  static std::string style(std::size_t kind) { return fmt::format("f{0} s{0} span", kind % kSeriesColours); }

  void rows() {
    std::string group;
    for (const ChartSpanRow& row : spans_.rows) {
      if (row.group != group && !row.group.empty()) {
        frame_.text += svg_text(kSvgMargin, frame_.y + kHeading - 6,
                                fitting(row.group, frame_.width - 2 * kSvgMargin, kSvgFont), TextAnchor::Start, "name");
        frame_.y += kHeading;
      }
      group = row.group;
      one(row);
    }
  }

  /// Each bar in the first lane that is free at its begin.
  void one(const ChartSpanRow& row) {
    std::vector<const ChartSpan*> spans;
    for (const ChartSpan& span : row.spans) {
      if (is_drawn(span)) spans.push_back(&span);
    }
    std::stable_sort(spans.begin(), spans.end(),
                     [](const ChartSpan* a, const ChartSpan* b) { return a->begin < b->begin; });
    std::vector<double> free_from;
    const double top = frame_.y + kBetween / 2;
    for (const ChartSpan* span : spans) {
      std::size_t lane = 0;
      while (lane < free_from.size() && free_from[lane] > span->begin) ++lane;
      if (lane == free_from.size()) free_from.push_back(0);
      free_from[lane] = span->end;
      bar(*span, row.name, top + kBar * static_cast<double>(lane));
    }
    const double height = kBar * std::max<double>(1, static_cast<double>(free_from.size()));
    frame_.text += svg_text(left_ - 10, top + height / 2 + 4, fitting(row.name, left_ - 10 - kSvgMargin, kSvgFont),
                            TextAnchor::End);
    frame_.y += height + kBetween;
  }

  std::string place_text(double value) const {
    if (chart_.x.scale == ChartAxis::Scale::Date) return date_text(value);
    return cell_text(Figure{value, chart_.x.kind, chart_.x.dimension, 3});
  }

  void bar(const ChartSpan& span, const std::string& name, double top) {
    const double a = x(span.begin), b = std::max(x(span.end), std::min(a + kThinnest, left_ + width_));
    std::string told =
        fmt::format("{}: {}, {} to {}", name, spans_.kinds[span.kind], place_text(span.begin), place_text(span.end));
    if (has_whisker(span)) told += fmt::format(" ({} to {})", place_text(span.low), place_text(span.high));
    frame_.text +=
        fmt::format("<rect class=\"{}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"><title>{}</title></rect>\n",
                    style(span.kind), pixels(a), pixels(top + 1), pixels(b - a), pixels(kBar - 2), xml_escaped(told));
    if (has_whisker(span)) {
      const double low = x(span.low), high = x(span.high), middle = top + kBar / 2;
      frame_.text += svg_path("axis whisker", low, middle,
                              fmt::format("H{}M{},{}v8M{},{}v8", pixels(high), pixels(low), pixels(middle - 4),
                                          pixels(high), pixels(middle - 4)));
    }
    // Clear of the whisker.
    const double end = has_whisker(span) ? std::clamp(x(span.low) - 2, a, b) : b;
    if (!span.label.empty() && text_width(span.label, kLabelFont) <= end - a - 6)
      frame_.text += svg_text((a + end) / 2, top + kBar / 2 + 4, span.label, TextAnchor::Middle, "on");
  }

  const Chart& chart_;
  const ChartSpans& spans_;
  ChartFrame& frame_;
  AxisPlan plan_;
  double left_ = 0, width_ = 0;
};

}  // namespace

void draw_spans(const Chart& chart, ChartFrame& frame) {
  SpansDrawing(chart, frame).draw();
}

}  // namespace orrery
