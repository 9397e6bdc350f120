#pragma once

#include "base/quantity.hpp"
#include "cluster/job_table.hpp"

namespace orrery {

/// Usage that counts the less the longer it is past: the integral of rate(s) 2^(-(t - s) / half-life) ds, in rate x
/// seconds. Exact between changes of the rate, so that no ticks are needed.
class DecayedUsage {
 public:
  /// Changes the rate by so much from `now` on.
  void add_rate(Millis now, double change, Seconds half_life);
  /// Half-life 0: nothing past counts, and the rate itself is the answer.
  double at(Millis now, Seconds half_life) const;

 private:
  Millis time_ = 0;
  double usage_ = 0, rate_ = 0;
};

}  // namespace orrery
