#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/quantity.hpp"
#include "step/spec.hpp"
#include "validate/linear.hpp"

namespace orrery {

/// One configuration with its measured step time: what the yardstick learns from and is scored on.
struct BaselineRow {
  std::string family;
  bool fit_part = false;
  StepSpec spec;
  Seconds measured;
};

/// The yardstick: what statistics alone get from the same rows. Ridge regression of log(step time / time at the peak)
/// on logarithms of sizes and counts, corrected by the mean residual of the nearest fitted rows. It knows no physics
/// beyond the count of operations; a model of a step that does not beat it has learned nothing.
class Baseline {
 public:
  explicit Baseline(const std::vector<BaselineRow>& rows);
  Seconds operator()(const StepSpec& spec) const;

 private:
  std::vector<std::vector<double>> points_;  ///< Standardised features of the fitted rows.
  std::vector<double> residuals_;
  Ridge ridge_;
};

/// The features that `Baseline` sees.
std::vector<double> baseline_features(const StepSpec& spec);

/// Errors of the yardstick on one family's rows outside the fit part.
struct BaselineScore {
  std::string family;
  std::size_t configurations = 0;
  double mape = 0, median = 0, bias = 0;
  double left_out_mape = 0;  ///< The same rows, with the whole family left out of the fit.
};

/// Fits on the fit part and scores on the rest, by family (sorted) and over all ("all").
std::vector<BaselineScore> score_baseline(const std::vector<BaselineRow>& rows);

}  // namespace orrery
