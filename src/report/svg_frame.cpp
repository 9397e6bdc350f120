#include "report/svg_frame.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>

#include "report/svg_text.hpp"

namespace orrery {
namespace {

constexpr double kTitleFont = 15;

constexpr std::string_view kStyle =
    R"(.orrery text{font:12px system-ui,-apple-system,"Segoe UI",Helvetica,Arial,sans-serif;fill:#24292f}
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
.orrery .axis.whisker{stroke:#24292f}
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
.orrery .s7{stroke:#8c5a2b}.orrery .f7{fill:#8c5a2b}
.orrery text.on{font-size:11px}
.orrery .span{fill-opacity:.45;stroke-width:1}
.orrery .pale{fill-opacity:.5}
.orrery text.name{font-weight:600}
.orrery text.cell{font-size:11px}
.orrery text.over{font-size:11px;fill:#ffffff}
.orrery .none{fill:#f0f2f4}
.orrery .h0{fill:#edf4fb}.orrery .h1{fill:#d9e8f6}.orrery .h2{fill:#bcd7ee}.orrery .h3{fill:#97c1e3}
.orrery .h4{fill:#6ba6d5}.orrery .h5{fill:#3a7ab8}.orrery .h6{fill:#2463a3}.orrery .h7{fill:#134d8a}.orrery .h8{fill:#0a366b}
@media (prefers-color-scheme:dark){
.orrery text{fill:#e6edf3}
.orrery text.quiet,.orrery text.value{fill:#9da7b3}
.orrery text.value{stroke:#0d1117}
.orrery .page{fill:#0d1117}
.orrery .grid{stroke:#262c36}
.orrery .axis{stroke:#8b949e}
.orrery .axis.whisker{stroke:#e6edf3}
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
.orrery .s7{stroke:#c8996b}.orrery .f7{fill:#c8996b}
.orrery text.cell{fill:#e6edf3}
.orrery text.over{fill:#0d1117}
.orrery .none{fill:#161b22}
.orrery .h0{fill:#11243a}.orrery .h1{fill:#15304e}.orrery .h2{fill:#193d63}.orrery .h3{fill:#1e4b7a}
.orrery .h4{fill:#245b93}.orrery .h5{fill:#4f97d6}.orrery .h6{fill:#74b2e6}.orrery .h7{fill:#9bcbf2}.orrery .h8{fill:#c4e2fa}
}
)";

}  // namespace

std::string_view svg_style_sheet() {
  return kStyle;
}

std::vector<std::string> svg_lines(const std::string& text, double width, double font) {
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

std::string svg_path(std::string_view style, double x, double y, std::string_view rest) {
  return fmt::format("<path class=\"{}\" d=\"M{},{}{}\"/>\n", style, pixels(x), pixels(y), rest);
}

std::string svg_rectangle(std::string_view style, double x, double y, double width, double height) {
  return fmt::format("<rect class=\"{}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"/>\n", style, pixels(x), pixels(y),
                     pixels(width), pixels(height));
}

std::string mark_lines(const std::vector<ChartMark>& marks, const AxisPlan& plan, const SvgBox& plot) {
  std::string text;
  double free_from = 0;
  std::vector<ChartMark> sorted = marks;
  std::stable_sort(sorted.begin(), sorted.end(), [](const ChartMark& a, const ChartMark& b) { return a.x < b.x; });
  for (const ChartMark& mark : sorted) {
    if (!is_drawable(mark.x, plan.scale)) continue;
    const double at = plot.left + plot.width * std::clamp(plan.place(mark.x), 0.0, 1.0);
    text += fmt::format("<path class=\"level\" d=\"M{},{}v{}\"><title>{}</title></path>\n", pixels(at),
                        pixels(plot.top), pixels(plot.height), xml_escaped(mark.label));
    const std::string label = fitting(mark.label, plot.width / 2, kSvgFont);
    const double half = text_width(label, kSvgFont) / 2;
    const double middle = std::clamp(at, plot.left + half, std::max(plot.left + half, plot.left + plot.width - half));
    if (middle - half < free_from) continue;
    free_from = middle + half + 8;
    text += svg_text(middle, plot.top - 5, label, TextAnchor::Middle, "quiet");
  }
  return text;
}

int ChartFrame::ticks_for(double length, double label) {
  return std::max(2, static_cast<int>(length / label));
}

void ChartFrame::title(const std::string& title) {
  for (const std::string& line : svg_lines(title, width - 2 * kSvgMargin, kTitleFont * 1.05)) {
    text += svg_text(kSvgMargin, y + kTitleFont, line, TextAnchor::Start, "title");
    y += kSvgLine + 4;
  }
}

void ChartFrame::subtitle(const std::string& line) {
  text +=
      svg_text(kSvgMargin, y + kSvgFont, fitting(line, width - 2 * kSvgMargin, kSvgFont), TextAnchor::Start, "quiet");
  y += kSvgLine;
}

void ChartFrame::legend(const std::vector<LegendEntry>& entries) {
  double x = kSvgMargin;
  bool any = false;
  for (const LegendEntry& entry : entries) {
    const std::string name = fitting(entry.name, width - 2 * kSvgMargin - 30, kSvgFont);
    const double wide = 30 + text_width(name, kSvgFont) + 18;
    if (any && x + wide > right() + 18) {
      x = kSvgMargin;
      y += kSvgLine;
    }
    text += entry.mark(x, y + kSvgLine / 2) + svg_text(x + 30, y + kSvgLine / 2 + 4, name, TextAnchor::Start);
    x += wide;
    any = true;
  }
  if (any) y += kSvgLine + 4;
}

void ChartFrame::horizontal_axis(const AxisPlan& plan, double left, double length) {
  double free_from = 0;
  for (const Tick& tick : plan.ticks) {
    const double at = left + length * plan.place(tick.value);
    text += svg_path("axis", at, y, "v5");
    const double half = text_width(tick.label, kSvgFont) / 2;
    if (at - half < free_from) continue;
    free_from = at + half + 6;
    text += svg_text(at, y + 18, tick.label, TextAnchor::Middle, "quiet");
  }
  y += 24;
  if (plan.title.empty()) return;
  text += svg_text(left + length / 2, y + 18, fitting(plan.title, length, kSvgFont), TextAnchor::Middle, "quiet");
  y += 24;
}

void ChartFrame::no_data(double left, double top, double length, double height) {
  text += svg_text(left + length / 2, top + height / 2, "no data", TextAnchor::Middle, "quiet");
}

}  // namespace orrery
