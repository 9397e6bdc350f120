#pragma once

#include <vector>

#include "base/random.hpp"
#include "run/spec.hpp"

namespace orrery {

/// The life of one unit under a fault class: its cumulative hazard H(x) = -ln P(no fault by age x), and the inverse.
/// Ages in seconds. A rate of zero has no faults: H is 0 and its inverse infinite.
class Hazard {
 public:
  explicit Hazard(const FaultClass& fault, double scale = 1);

  double cumulative(double age) const;
  double inverse(double hazard) const;

  /// Whether the past of a unit says nothing about its future, so that many of them are one Poisson process.
  bool memoryless() const { return law_ == IntervalLaw::Exponential; }
  bool periodic() const { return law_ == IntervalLaw::Periodic; }
  /// Faults of one unit a second in the long run (piecewise: where the factor is 1).
  double rate() const { return rate_; }

  /// From a renewal to the next fault.
  double draw(Rng& rng) const { return inverse(rng.exponential(1.0)); }

 private:
  struct Step {
    double age = 0, hazard = 0, rate = 0;  ///< H and its slope from `age` on.
  };
  IntervalLaw law_;
  double rate_ = 0;
  double scale_ = 0, shape_ = 1;  ///< Weibull: scale and shape; log-normal: median and deviation.
  std::vector<Step> steps_;
};

}  // namespace orrery
