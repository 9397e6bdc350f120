#include <fmt/format.h>

#include <algorithm>
#include <sstream>
#include <vector>

#include "report/render.hpp"
#include "report/svg_axes.hpp"
#include "report/svg_marks.hpp"
#include "report/svg_text.hpp"

namespace orrery {
namespace {

constexpr double kPageWidth = 760, kMargin = 20;
constexpr double kPlotHeight = 280;
constexpr double kFont = 12, kTitleFont = 15;
constexpr double kLine = 18;             // From one line of text to the next.
constexpr double kWidestLabel = 150;     // Of a level, beside the plot.
constexpr std::size_t kMostLabels = 40;  // Of categories; with more, each second, third, ... has one.

/// Colours after Okabe and Ito (2008), darker on white and lighter on black than theirs where contrast asks for it.
constexpr const char* kStyle = R"(<style>
.orrery text{font:12px system-ui,-apple-system,"Segoe UI",Helvetica,Arial,sans-serif;fill:#24292f}
.orrery text.title{font-size:15px;font-weight:600}
.orrery text.quiet{fill:#57606a}
.orrery text.value{font-size:11px;fill:#57606a;paint-order:stroke;stroke:#ffffff;stroke-width:3px}
.orrery .page{fill:#ffffff}
.orrery .grid{stroke:#e3e6ea;fill:none}
.orrery .axis{stroke:#6e7781;fill:none}
.orrery .level{stroke:#57606a;fill:none;stroke-dasharray:6 4}
.orrery .line{fill:none;stroke-width:2;stroke-linejoin:round}
.orrery .again{stroke-dasharray:2 3}
.orrery .whisker{fill:none;stroke-width:1.2}
.orrery .band{fill-opacity:.16}
.orrery .area{fill-opacity:.35}
.orrery .dot{stroke:#ffffff;stroke-width:1}
.orrery .s0{stroke:#0072b2}.orrery .f0{fill:#0072b2}
.orrery .s1{stroke:#d55e00}.orrery .f1{fill:#d55e00}
.orrery .s2{stroke:#009e73}.orrery .f2{fill:#009e73}
.orrery .s3{stroke:#b8559a}.orrery .f3{fill:#b8559a}
.orrery .s4{stroke:#3ba3dc}.orrery .f4{fill:#3ba3dc}
.orrery .s5{stroke:#d19000}.orrery .f5{fill:#d19000}
.orrery .s6{stroke:#4d4d4d}.orrery .f6{fill:#4d4d4d}
@media (prefers-color-scheme:dark){
.orrery text{fill:#e6edf3}
.orrery text.quiet,.orrery text.value{fill:#9da7b3}
.orrery text.value{stroke:#0d1117}
.orrery .page{fill:#0d1117}
.orrery .grid{stroke:#262c36}
.orrery .axis{stroke:#8b949e}
.orrery .level{stroke:#9da7b3}
.orrery .band{fill-opacity:.24}
.orrery .dot{stroke:#0d1117}
.orrery .s0{stroke:#4aa3e0}.orrery .f0{fill:#4aa3e0}
.orrery .s1{stroke:#ff8a3d}.orrery .f1{fill:#ff8a3d}
.orrery .s2{stroke:#2fc698}.orrery .f2{fill:#2fc698}
.orrery .s3{stroke:#e08bc4}.orrery .f3{fill:#e08bc4}
.orrery .s4{stroke:#8fd0f5}.orrery .f4{fill:#8fd0f5}
.orrery .s5{stroke:#f0b840}.orrery .f5{fill:#f0b840}
.orrery .s6{stroke:#b8b8b8}.orrery .f6{fill:#b8b8b8}
}
</style>
)";

/// A text broken at blanks into lines of that width; a word that is wider is cut.
std::vector<std::string> lines_of(const std::string& text, double width, double font) {
  std::istringstream words(text);
  std::vector<std::string> lines;
  for (std::string word; words >> word;) {
    if (!lines.empty() && text_width(lines.back() + " " + word, font) <= width) {
      lines.back() += " " + word;
    } else {
      lines.push_back(fitting(word, width, font));
    }
  }
  return lines;
}

/// What the vertical axis must show: values, intervals, stacks and levels; on a linear one zero too.
AxisRange vertical_range(const Chart& chart) {
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
  return range;
}

/// One chart, drawn from a height of the page downwards.
class ChartDrawing {
 public:
  ChartDrawing(const Chart& chart, double top) : chart_(chart), plot_{chart, {}, {}}, y_(top) {}

  std::string draw() {
    plot_.y = plan_axis(chart_.y, vertical_range(chart_), 6, true);
    double labels = 0;
    for (const Tick& tick : plot_.y.ticks) labels = std::max(labels, text_width(tick.label, kFont));
    double beside = 0;
    for (const ChartLevel& level : chart_.levels) {
      if (is_drawable(level.y, chart_.y.scale))
        beside = std::max(beside, 8 + std::min(kWidestLabel, text_width(level.label, kFont)));
    }
    plot_.left = kMargin + labels + 8;
    plot_.width = kPageWidth - kMargin - beside - plot_.left;
    // Labels are centred below their ticks: the last one needs room on its right.
    if (chart_.categories.empty()) {
      plot_.x = plan_axis(chart_.x, horizontal_range(chart_), 8, false);
      if (!plot_.x.ticks.empty())
        plot_.width -= std::max(0.0, text_width(plot_.x.ticks.back().label, kFont) / 2 - kMargin - beside + 4);
    }
    titles();
    legend();
    text_ += svg_text(kMargin, y_ + kFont, fitting(plot_.y.title, kPageWidth - 2 * kMargin, kFont), TextAnchor::Start,
                      "quiet");
    y_ += kLine + (chart_.categories.empty() ? 6 : 16);  // Values stand above bars.
    plot_.top = y_;
    plot_.height = kPlotHeight;
    y_ += kPlotHeight;
    vertical_axis();
    chart_.categories.empty() ? horizontal_axis() : category_labels();
    text_ += series_marks(plot_);
    levels();
    text_ += bar_values(plot_);
    if (plot_.y.ticks.empty())
      text_ +=
          svg_text(plot_.left + plot_.width / 2, plot_.top + plot_.height / 2, "no data", TextAnchor::Middle, "quiet");
    return text_;
  }
  double bottom() const { return y_; }

 private:
  void titles() {
    for (const std::string& line : lines_of(chart_.title, kPageWidth - 2 * kMargin, kTitleFont * 1.05)) {
      text_ += svg_text(kMargin, y_ + kTitleFont, line, TextAnchor::Start, "title");
      y_ += kLine + 4;
    }
  }

  /// Between title and plot, so that it covers nothing; a lone series without a name has none.
  void legend() {
    double x = kMargin;
    bool any = false;
    for (std::size_t s = 0; s < chart_.series.size(); ++s) {
      if (chart_.series[s].name.empty()) continue;
      const std::string name = fitting(chart_.series[s].name, kPageWidth - 2 * kMargin - 30, kFont);
      const double width = 30 + text_width(name, kFont) + 18;
      if (any && x + width > kPageWidth - kMargin + 18) {
        x = kMargin;
        y_ += kLine;
      }
      text_ +=
          legend_mark(chart_, s, x, y_ + kLine / 2) + svg_text(x + 30, y_ + kLine / 2 + 4, name, TextAnchor::Start);
      x += width;
      any = true;
    }
    if (any) y_ += kLine + 4;
  }

  void vertical_axis() {
    for (const Tick& tick : plot_.y.ticks) {
      const double at = plot_.y_of(tick.value);
      text_ += path("grid", plot_.left, at, fmt::format("h{}", pixels(plot_.width)));
      text_ += svg_text(plot_.left - 8, at + 4, tick.label, TextAnchor::End, "quiet");
    }
    const double zero =
        plot_.y.scale == ChartAxis::Scale::Linear ? plot_.y_of(std::max(0.0, plot_.y.low)) : plot_.y_of(0);
    text_ += path("axis", plot_.left, zero, fmt::format("h{}", pixels(plot_.width)));
  }

  void horizontal_axis() {
    double free_from = 0;
    for (const Tick& tick : plot_.x.ticks) {
      const double at = plot_.x_of(tick.value);
      text_ += path("axis", at, plot_.top + plot_.height, "v5");
      const double half = text_width(tick.label, kFont) / 2;
      if (at - half < free_from) continue;
      free_from = at + half + 6;
      text_ += svg_text(at, y_ + 18, tick.label, TextAnchor::Middle, "quiet");
    }
    y_ += 24;
    axis_title();
  }

  void category_labels() {
    const double width = plot_.category_width() * static_cast<double>(label_every()) - 6;
    std::size_t most = 0;
    for (std::size_t i = 0; i < chart_.categories.size(); i += label_every()) {
      const std::vector<std::string> lines = lines_of(chart_.categories[i], std::max(30.0, width), kFont);
      most = std::max(most, std::min<std::size_t>(3, lines.size()));
      for (std::size_t k = 0; k < lines.size() && k < 3; ++k) {
        text_ += svg_text(plot_.left + plot_.category_width() * (static_cast<double>(i) + 0.5),
                          y_ + 18 + static_cast<double>(k) * 15, lines[k], TextAnchor::Middle, "quiet");
      }
    }
    y_ += 9 + 15 * static_cast<double>(most);
    axis_title();
  }
  std::size_t label_every() const { return (chart_.categories.size() + kMostLabels - 1) / kMostLabels; }

  void axis_title() {
    const std::string& title = chart_.categories.empty() ? plot_.x.title : chart_.x.title;
    if (title.empty()) return;
    text_ += svg_text(plot_.left + plot_.width / 2, y_ + 18, fitting(title, plot_.width, kFont), TextAnchor::Middle,
                      "quiet");
    y_ += 24;
  }

  /// Dashed lines, named on the right; names that would touch are moved apart.
  void levels() {
    struct Label {
      double at;
      std::vector<std::string> lines;
    };
    std::vector<Label> labels;
    for (const ChartLevel& level : chart_.levels) {
      if (!is_drawable(level.y, chart_.y.scale)) continue;
      const double at = plot_.y_of(level.y);
      text_ += path("level", plot_.left, at, fmt::format("h{}", pixels(plot_.width)));
      labels.push_back({at, lines_of(level.label, kWidestLabel, kFont)});
    }
    std::stable_sort(labels.begin(), labels.end(), [](const Label& a, const Label& b) { return a.at < b.at; });
    double free_from = 0;
    for (const Label& label : labels) {
      double at = std::max(label.at + 4, free_from);
      for (const std::string& line : label.lines) {
        text_ += svg_text(plot_.left + plot_.width + 8, at, line, TextAnchor::Start, "quiet");
        at += 15;
      }
      free_from = at + 2;
    }
  }

  static std::string path(const char* style, double x, double y, const std::string& rest) {
    return fmt::format("<path class=\"{}\" d=\"M{},{}{}\"/>\n", style, pixels(x), pixels(y), rest);
  }

  const Chart& chart_;
  Plot plot_;
  double y_;
  std::string text_;
};

}  // namespace

std::string render_svg(const Document& document) {
  check_document(document);
  std::string charts, names;
  double y = kMargin;
  for (const Chart& chart : document.charts) {
    ChartDrawing drawing(chart, y);
    charts += drawing.draw();
    y = drawing.bottom() + kMargin;
    names += (names.empty() ? "" : "; ") + xml_escaped(chart.title);
  }
  const std::string size =
      fmt::format(R"(width="{0}" height="{1}" viewBox="0 0 {0} {1}")", pixels(kPageWidth), pixels(y));
  return fmt::format("<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"orrery\" role=\"img\" {}>\n<title>{}</title>\n",
                     size, names) +
         kStyle + R"(<rect class="page" width="100%" height="100%"/>)" + "\n" + charts + "</svg>\n";
}

}  // namespace orrery
