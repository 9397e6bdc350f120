#include <fmt/format.h>

#include <string>

#include "report/render.hpp"
#include "report/svg_bars.hpp"
#include "report/svg_curves.hpp"
#include "report/svg_frame.hpp"
#include "report/svg_grid.hpp"
#include "report/svg_spans.hpp"
#include "report/svg_text.hpp"

namespace orrery {
namespace {

constexpr double kPageWidth = 760;

void draw(const Chart& chart, ChartFrame& frame) {
  if (chart.grid) {
    draw_grid(chart, frame);
  } else if (chart.spans) {
    draw_spans(chart, frame);
  } else if (chart.horizontal) {
    draw_lying_bars(chart, frame);
  } else {
    draw_curves(chart, frame);
  }
}

}  // namespace

std::string chart_svg(const Chart& chart, double width, const std::string& style) {
  Chart untitled = chart;
  untitled.title.clear();
  ChartFrame frame{width, 4, ""};
  draw(untitled, frame);
  // On a page its left margin is that of the text around it; the right one holds halves of tick labels.
  constexpr double kCut = kSvgMargin - 4;
  return fmt::format("<svg class=\"orrery {}\" role=\"img\" aria-label=\"{}\" viewBox=\"{} 0 {} {}\">\n{}</svg>\n",
                     style, xml_escaped(chart.title), pixels(kCut), pixels(width - kCut), pixels(frame.y + 4),
                     frame.text);
}

std::string render_svg(const Document& document) {
  check_document(document);
  std::string names;
  ChartFrame frame{kPageWidth, kSvgMargin, ""};
  for (const Chart* chart : all_charts(document)) {
    draw(*chart, frame);
    frame.y += kSvgMargin;
    names += (names.empty() ? "" : "; ") + xml_escaped(chart->title);
  }
  const std::string size =
      fmt::format(R"(width="{0}" height="{1}" viewBox="0 0 {0} {1}")", pixels(kPageWidth), pixels(frame.y));
  return fmt::format("<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"orrery\" role=\"img\" {}>\n<title>{}</title>\n",
                     size, names) +
         fmt::format("<style>\n{}</style>\n", svg_style_sheet()) +
         R"(<rect class="page" width="100%" height="100%"/>)" + "\n" + frame.text + "</svg>\n";
}

}  // namespace orrery
