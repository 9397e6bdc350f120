#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "report/document.hpp"
#include "validate/score.hpp"

namespace orrery {

/// Points that one picture takes: more are neither told apart nor quickly drawn.
inline constexpr std::size_t kMostDrawnRows = 20'000;

/// Predicted against measured step times with the 80 % interval, by chip: collects rows while they are scored.
class ValidationChart {
 public:
  explicit ValidationChart(Side side) : side_(side) {}
  /// Takes in a row that is scored, is a time and is of the side that counts.
  void add(const RowScore& row);
  std::size_t rows() const { return rows_; }
  Chart chart() const;

 private:
  Side side_;
  std::size_t rows_ = 0;
  std::map<std::string, std::vector<ChartPoint>> points_;  ///< By chip; of at most `kMostDrawnRows` rows.
};

}  // namespace orrery
