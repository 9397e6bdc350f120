#pragma once

#include <cmath>

#include "cluster/job_table.hpp"

namespace orrery {

/// Resource-seconds used, of which half is forgotten in each half-life.
///
/// What runs is integrated exactly: with r units in use, dU/dt = r - U ln 2 / h, so U(t) = U0 2^-(t/h) + r h / ln 2
/// (1 - 2^-(t/h)). Slurm decays in steps of PriorityCalcPeriod, which tends to the same as the period gets shorter.
class DecayedUsage {
 public:
  /// Usage in unit-seconds; `half_life` in milliseconds, 0: nothing is forgotten.
  double at(Millis now, double half_life) const {
    const auto passed = static_cast<double>(now - time_);
    if (half_life <= 0) return value_ + rate_ * passed / kSecond;
    const double halvings = passed / half_life;
    // -expm1 keeps its digits where little time has passed.
    const double gone = -std::expm1(-halvings * std::log(2.0));
    return value_ * std::exp2(-halvings) + rate_ * half_life / kSecond / std::log(2.0) * gone;
  }
  /// From now on `more` units more are in use.
  void change_rate(Millis now, double half_life, double more) {
    value_ = at(now, half_life);
    time_ = now;
    rate_ += more;
  }
  double rate() const { return rate_; }
  void reset(Millis now) {
    value_ = 0;
    time_ = now;
  }

 private:
  double value_ = 0, rate_ = 0;
  Millis time_ = 0;
};

}  // namespace orrery
