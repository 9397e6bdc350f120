#include "run/hazard.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

namespace orrery {
namespace {

constexpr double kNever = std::numeric_limits<double>::infinity();
constexpr double kLeastRate = 1e-30;  // A second: below, of any number of units none fails in the age of the universe.

/// -ln P(Z > z) of a standard normal; far out by the first terms of Mills' ratio, where the probability underflows.
double normal_hazard(double z) {
  if (z < 0) return -std::log1p(-0.5 * std::erfc(-z / std::numbers::sqrt2));
  if (z < 35) return -std::log(0.5 * std::erfc(z / std::numbers::sqrt2));
  return z * z / 2 + std::log(z * std::sqrt(2 * std::numbers::pi)) + 1 / (z * z);
}

double normal_hazard_inverse(double h) {
  if (h <= 0) return -kNever;
  if (h < 600) {
    // The smaller tail keeps its digits.
    const double below = -std::expm1(-h), above = std::exp(-h);
    return below < 0.5 ? normal_quantile(below) : -normal_quantile(above);
  }
  double z = std::sqrt(2 * h);
  for (int i = 0; i < 20; ++i) z = std::sqrt(2 * (h - std::log(z * std::sqrt(2 * std::numbers::pi))));
  return z;
}

}  // namespace

Hazard::Hazard(const FaultClass& fault, double scale) : law_(fault.law), rate_(fault.rate.raw() * scale) {
  if (rate_ < kLeastRate) rate_ = 0;
  if (rate_ == 0) return;
  switch (law_) {
    case IntervalLaw::Exponential:
    case IntervalLaw::Periodic:
      break;
    case IntervalLaw::Weibull:
      shape_ = fault.shape;
      scale_ = 1 / (rate_ * std::tgamma(1 + 1 / shape_));
      break;
    case IntervalLaw::LogNormal:
      shape_ = fault.shape;
      scale_ = std::exp(-shape_ * shape_ / 2) / rate_;
      break;
    case IntervalLaw::Piecewise: {
      double hazard = 0;
      for (const HazardStep& step : fault.hazard) {
        if (!steps_.empty()) hazard += steps_.back().rate * (step.age.raw() - steps_.back().age);
        steps_.push_back({step.age.raw(), hazard, rate_ * step.factor});
      }
      break;
    }
  }
}

double Hazard::cumulative(double age) const {
  if (rate_ <= 0 || age <= 0) return 0;
  switch (law_) {
    case IntervalLaw::Weibull:
      return std::pow(age / scale_, shape_);
    case IntervalLaw::LogNormal:
      return normal_hazard(std::log(age / scale_) / shape_);
    case IntervalLaw::Piecewise: {
      const auto after = std::upper_bound(steps_.begin(), steps_.end(), age,
                                          [](double at, const Step& step) { return at < step.age; });
      const Step& step = *(after - 1);
      return step.hazard + step.rate * (age - step.age);
    }
    case IntervalLaw::Exponential:
    case IntervalLaw::Periodic:
      break;
  }
  return rate_ * age;
}

double Hazard::inverse(double hazard) const {
  if (rate_ <= 0) return kNever;
  switch (law_) {
    case IntervalLaw::Weibull:
      return scale_ * std::pow(hazard, 1 / shape_);
    case IntervalLaw::LogNormal:
      return scale_ * std::exp(shape_ * normal_hazard_inverse(hazard));
    case IntervalLaw::Piecewise: {
      const auto after = std::upper_bound(steps_.begin(), steps_.end(), hazard,
                                          [](double h, const Step& step) { return h < step.hazard; });
      const Step& step = *(after - 1);
      return step.rate > 0 ? step.age + (hazard - step.hazard) / step.rate : kNever;
    }
    case IntervalLaw::Exponential:
    case IntervalLaw::Periodic:
      break;
  }
  return hazard / rate_;
}

}  // namespace orrery
