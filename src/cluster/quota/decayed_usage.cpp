#include "cluster/quota/decayed_usage.hpp"

#include <cmath>

namespace orrery {

void DecayedUsage::add_rate(Millis now, double change, Seconds half_life) {
  usage_ = half_life > Seconds(0) ? at(now, half_life) : 0;
  time_ = now;
  rate_ += change;
}

double DecayedUsage::at(Millis now, Seconds half_life) const {
  if (half_life <= Seconds(0)) return rate_;
  const double passed = static_cast<double>(now - time_) / static_cast<double>(kSecond);
  const double decay = std::log(2.0) / half_life.raw();
  // -expm1 keeps its digits where little time has passed.
  return usage_ * std::exp(-decay * passed) + rate_ * -std::expm1(-decay * passed) / decay;
}

}  // namespace orrery
