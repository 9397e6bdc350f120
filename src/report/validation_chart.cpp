#include "report/validation_chart.hpp"

#include <algorithm>

namespace orrery {

void ValidationChart::add(const RowScore& row) {
  if (!row.skipped.empty() || row.memory) return;
  if (side_ != Side::Both && row.fit_part != (side_ == Side::Fit)) return;
  if (++rows_ > kMostDrawnRows) return;
  points_[row.chip].push_back({row.measured_base, row.predicted_base, row.low_base, row.high_base});
}

Chart ValidationChart::chart() const {
  Chart chart;
  chart.key = "predicted_against_measured";
  chart.title = "Step time: predicted, with the 80 % interval, against measured";
  chart.x = {"measured", Figure::Kind::Quantity, Dimension::Time, ChartAxis::Scale::Log};
  chart.y = {"predicted", Figure::Kind::Quantity, Dimension::Time, ChartAxis::Scale::Log};
  double least = 1e100, most = 0;
  int colour = 0;
  for (const auto& [chip, points] : points_) {
    chart.series.push_back({chip, ChartSeries::Shape::Markers, points, colour++});
    for (const ChartPoint& p : points) {
      least = std::min(least, p.x);
      most = std::max(most, p.x);
    }
  }
  if (most > 0) chart.series.push_back({"equal", ChartSeries::Shape::Line, {{least, least}, {most, most}}, 6});
  return chart;
}

}  // namespace orrery
