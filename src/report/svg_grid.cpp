#include "report/svg_grid.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "base/unit_table.hpp"
#include "report/svg_text.hpp"

namespace orrery {
namespace {

constexpr double kRow = 28;           // Height of a cell.
constexpr double kWidestName = 0.28;  // Of the page, for names of rows.
constexpr double kWidestCell = 110;
constexpr double kCellFont = 11;
constexpr double kScaleWidth = 220;  // Of the strip that explains the colours.
constexpr double kHighestNames = 110;
constexpr double kSlope = 0.7071;        // Names of columns that do not fit rise by 45 degrees.
constexpr double kMostInOneUnit = 1000;  // "0.00208 years" and "20500 years" are no numbers to compare.
constexpr int kFirstOver = 5;            // From this colour on, values are written in the page's own colour.

class GridDrawing {
 public:
  GridDrawing(const ChartGrid& grid, const std::string& title, ChartFrame& frame)
      : grid_(grid), title_(title), frame_(frame) {}

  void draw() {
    AxisRange range(grid_.value.scale);
    for (const double v : grid_.values) {
      if (is_drawable(v, grid_.value.scale)) range.add(v);
    }
    plan_ = plan_axis(grid_.value, range, 4, false);
    frame_.title(title_);
    if (grid_.values.empty()) {
      frame_.no_data(kSvgMargin, frame_.y, frame_.width - 2 * kSvgMargin, kRow);
      frame_.y += kRow;
      return;
    }
    double names = text_width(grid_.row_title, kSvgFont);
    for (const std::string& name : grid_.rows) names = std::max(names, text_width(name, kSvgFont));
    left_ = kSvgMargin + std::min(kWidestName * frame_.width, names) + 8;
    cell_ = std::min(kWidestCell, (frame_.right() - left_) / static_cast<double>(grid_.columns.size()));
    if (!range.empty()) choose_texts(range);
    colour_scale();
    column_names();
    for (std::size_t r = 0; r < grid_.rows.size(); ++r) {
      frame_.text += svg_text(left_ - 8, frame_.y + kRow / 2 + 4,
                              fitting(grid_.rows[r], left_ - 8 - kSvgMargin, kSvgFont), TextAnchor::End);
      for (std::size_t c = 0; c < grid_.columns.size(); ++c) cell(r, c);
      frame_.y += kRow;
    }
    frame_.y += 4;
  }

 private:
  /// Where values with their units do not fit into the cells, those have short ones ("17 d"), or else numbers in one
  /// unit, which the title names, unless they differ too much for one.
  void choose_texts(const AxisRange& range) {
    const auto fit = [&] {
      return std::all_of(grid_.values.begin(), grid_.values.end(), [&](double v) {
        return !is_drawable(v, grid_.value.scale) || text_width(value_text(v, 2), kCellFont) <= cell_ - 4;
      });
    };
    if (fit()) return;
    is_short_ = grid_.value.kind == Figure::Kind::Quantity && grid_.value.dimension == Dimension::Time;
    if (is_short_ && fit()) return;
    const bool has_units = grid_.value.kind == Figure::Kind::Quantity && !plan_.ticks.empty() &&
                           std::any_of(all_units().begin(), all_units().end(),
                                       [&](const Unit& unit) { return unit.dimension == grid_.value.dimension; });
    const double low = std::abs(range.low()), high = std::abs(range.high());
    if (!has_units || high > kMostInOneUnit * low) return;
    is_short_ = false;
    unit_ = &fitting_unit(std::sqrt(low * high), grid_.value.dimension, 2);
    plan_.title = fmt::format("{}{}({})", grid_.value.title, grid_.value.title.empty() ? "" : " ", unit_->name);
  }

  std::string value_text(double value, int digits) const {
    if (unit_ != nullptr) return format_significant(value / unit_->size, digits);
    std::string text = cell_text(Figure{value, grid_.value.kind, grid_.value.dimension, is_share() ? 0 : digits});
    if (!is_short_) return text;
    const std::size_t unit = text.rfind(' ') + 1;
    const bool is_long = text.find("day", unit) == unit || text.find("year", unit) == unit;
    return is_long ? text.substr(0, unit + 1) : text;
  }
  bool is_share() const {
    return grid_.value.kind == Figure::Kind::Fraction || grid_.value.kind == Figure::Kind::Signed;
  }

  int colour(double value) const {
    return std::clamp(static_cast<int>(plan_.place(value) * kHeatColours), 0, kHeatColours - 1);
  }

  /// The strip of colours with the ticks of its values.
  void colour_scale() {
    if (plan_.ticks.empty()) return;
    const double wide = std::min(kScaleWidth, frame_.width - 2 * kSvgMargin) / kHeatColours;
    frame_.subtitle(plan_.title);
    frame_.y += 2;
    for (int h = 0; h < kHeatColours; ++h)
      frame_.text += svg_rectangle(fmt::format("h{}", h), kSvgMargin + h * wide, frame_.y, wide, 10);
    double free_from = 0;
    for (const Tick& tick : plan_.ticks) {
      const double at = kSvgMargin + kHeatColours * wide * plan_.place(tick.value);
      const double half = text_width(tick.label, kSvgFont) / 2;
      const double middle = std::max(at, kSvgMargin - 2 + half);
      if (middle - half < free_from) continue;
      free_from = middle + half + 6;
      frame_.text += svg_path("axis", at, frame_.y + 10, "v4");
      frame_.text += svg_text(middle, frame_.y + 26, tick.label, TextAnchor::Middle, "quiet");
    }
    frame_.y += 42;
  }

  void column_names() {
    double widest = 0;
    std::size_t most = 1;
    for (const std::string& name : grid_.columns) {
      const std::vector<std::string> lines = svg_lines(name, cell_ - 6, kSvgFont);
      most = std::max(most, lines.size());
      widest = std::max(widest, text_width(name, kSvgFont));
    }
    if (!grid_.column_title.empty()) {
      frame_.text += svg_text(left_, frame_.y + kSvgFont, fitting(grid_.column_title, frame_.right() - left_, kSvgFont),
                              TextAnchor::Start, "quiet");
      frame_.y += kSvgLine;
    }
    const bool upright = most <= 3 && std::none_of(grid_.columns.begin(), grid_.columns.end(),
                                                   [&](const std::string& n) { return words_are_cut(n); });
    const double high = upright ? 15 * static_cast<double>(most) + 4 : std::min(kHighestNames, widest) * kSlope + 14;
    const double foot = frame_.y + high - 6;
    for (std::size_t c = 0; c < grid_.columns.size(); ++c) {
      const double middle = left_ + cell_ * (static_cast<double>(c) + 0.5);
      if (upright) {
        const std::vector<std::string> lines = svg_lines(grid_.columns[c], cell_ - 6, kSvgFont);
        for (std::size_t k = 0; k < lines.size(); ++k) {
          frame_.text += svg_text(middle, foot - 15 * static_cast<double>(lines.size() - 1 - k), lines[k],
                                  TextAnchor::Middle, "quiet");
        }
        continue;
      }
      const double room = std::min(kHighestNames, (frame_.width - middle) / kSlope - 4);
      frame_.text +=
          fmt::format("<g transform=\"rotate(-45 {0} {1})\">{2}</g>\n", pixels(middle), pixels(foot),
                      svg_text(middle, foot, fitting(grid_.columns[c], room, kSvgFont), TextAnchor::Start, "quiet"));
    }
    if (!grid_.row_title.empty())
      frame_.text += svg_text(left_ - 8, foot, fitting(grid_.row_title, left_ - 8 - kSvgMargin, kSvgFont),
                              TextAnchor::End, "quiet");
    frame_.y += high;
  }
  bool words_are_cut(const std::string& name) const {
    std::string all;
    for (const std::string& line : svg_lines(name, cell_ - 6, kSvgFont)) all += (all.empty() ? "" : " ") + line;
    return all.size() < name.size() || all.find("...") != std::string::npos;
  }

  /// What stands in a cell says all of it to who points there; its text is as exact as it fits.
  void cell(std::size_t r, std::size_t c) {
    const double value = grid_.values[r * grid_.columns.size() + c];
    const bool is_shown = is_drawable(value, grid_.value.scale);
    const double x = left_ + cell_ * static_cast<double>(c), y = frame_.y;
    const int h = is_shown ? colour(value) : 0;
    const std::string style = is_shown ? fmt::format("h{}", h) : "none";
    const std::string whole =
        is_shown ? cell_text(Figure{value, grid_.value.kind, grid_.value.dimension, is_share() ? 0 : 3}) : "-";
    frame_.text += fmt::format(
        "<rect class=\"{}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"><title>{}, {}: {}</title></rect>\n", style,
        pixels(x + 1), pixels(y + 1), pixels(cell_ - 2), pixels(kRow - 2), xml_escaped(grid_.rows[r]),
        xml_escaped(grid_.columns[c]), xml_escaped(whole));
    for (const std::string& text : {is_shown ? value_text(value, 3) : "-", is_shown ? value_text(value, 2) : "-"}) {
      if (text_width(text, kCellFont) > cell_ - 4) continue;
      frame_.text += svg_text(x + cell_ / 2, y + kRow / 2 + 4, text, TextAnchor::Middle,
                              is_shown && h >= kFirstOver ? "over" : "cell");
      return;
    }
  }

  const ChartGrid& grid_;
  const std::string& title_;
  ChartFrame& frame_;
  AxisPlan plan_;
  double left_ = 0, cell_ = 0;
  bool is_short_ = false;       ///< Cells have "17 d" for 16.7 days.
  const Unit* unit_ = nullptr;  ///< Of the numbers in the cells, where those stand without.
};

}  // namespace

void draw_grid(const Chart& chart, ChartFrame& frame) {
  GridDrawing(*chart.grid, chart.title, frame).draw();
}

}  // namespace orrery
