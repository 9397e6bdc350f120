#include "base/law.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <utility>

#include "base/check.hpp"

namespace orrery {
namespace {

/// E[exp(s z); z > 0] of a standard normal z where s > 0, E[exp(-s z); z < 0] where s < 0: both exp(s^2/2) P(z < s).
double half_moment(double s) {
  return std::exp(s * s / 2) * 0.5 * std::erfc(-s / std::numbers::sqrt2);
}

}  // namespace

Law Law::fixed(double value) {
  ORRERY_CHECK(value >= 0, "a law's values are not negative");
  Law law;
  law.a_ = value;
  return law;
}

Law Law::uniform(double low, double high) {
  ORRERY_CHECK(0 <= low && low <= high, "a uniform law runs upwards");
  Law law;
  law.kind_ = Kind::Uniform;
  law.a_ = low;
  law.b_ = high;
  return law;
}

Law Law::exponential(double mean) {
  ORRERY_CHECK(mean >= 0, "a mean is not negative");
  Law law;
  law.kind_ = Kind::Exponential;
  law.a_ = mean;
  return law;
}

Law Law::weibull(double scale, double shape) {
  ORRERY_CHECK(scale >= 0 && shape > 0, "a Weibull law has a scale and a shape");
  Law law;
  law.kind_ = Kind::Weibull;
  law.a_ = scale;
  law.b_ = shape;
  return law;
}

Law Law::weibull_of_mean(double mean, double shape) {
  return weibull(mean / std::tgamma(1 + 1 / shape), shape);
}

Law Law::lognormal(double median, double deviation) {
  ORRERY_CHECK(median >= 0 && deviation >= 0, "a log-normal law has a median and a deviation");
  Law law;
  law.kind_ = Kind::LogNormal;
  law.a_ = median;
  law.b_ = deviation;
  return law;
}

Law Law::lognormal_of_mean(double median, double mean) {
  ORRERY_CHECK(median > 0 && mean >= median, "the mean of a log-normal law is above its median");
  return lognormal(median, std::sqrt(2 * std::log(mean / median)));
}

Law Law::spread(double p10, double p50, double p90) {
  ORRERY_CHECK(0 < p10 && p10 <= p50 && p50 <= p90, "quantiles of a spread ascend from above zero");
  Law law;
  law.kind_ = Kind::Spread;
  law.points_ = {p10, p50, p90};
  // Deviations of the logarithm below and above the median.
  const double unit = normal_quantile(0.9);
  law.a_ = std::log(p50 / p10) / unit;
  law.b_ = std::log(p90 / p50) / unit;
  return law;
}

Law Law::empirical(std::vector<double> quantiles) {
  ORRERY_CHECK(quantiles.size() >= 2 && std::is_sorted(quantiles.begin(), quantiles.end()) && quantiles.front() >= 0,
               "quantiles ascend");
  Law law;
  law.kind_ = Kind::Empirical;
  law.points_ = std::move(quantiles);
  return law;
}

Law Law::scaled(double factor) const {
  ORRERY_CHECK(factor >= 0, "a law's values are not negative");
  Law law = *this;
  for (double& point : law.points_) point *= factor;
  // Shapes and deviations of a logarithm have no unit.
  if (kind_ != Kind::Spread) law.a_ *= factor;
  if (kind_ == Kind::Uniform) law.b_ *= factor;
  return law;
}

double Law::mean() const {
  switch (kind_) {
    case Kind::Fixed:
    case Kind::Exponential:
      return a_;
    case Kind::Uniform:
      return (a_ + b_) / 2;
    case Kind::Weibull:
      return a_ * std::tgamma(1 + 1 / b_);
    case Kind::LogNormal:
      return a_ * std::exp(b_ * b_ / 2);
    case Kind::Spread:
      return points_[1] * (half_moment(-a_) + half_moment(b_));
    case Kind::Empirical: {
      double sum = 0;
      for (std::size_t i = 1; i < points_.size(); ++i) sum += (points_[i - 1] + points_[i]) / 2;
      return sum / static_cast<double>(points_.size() - 1);
    }
  }
  ORRERY_CHECK(false, "every law has a mean");
}

double Law::variance() const {
  switch (kind_) {
    case Kind::Fixed:
      return 0;
    case Kind::Exponential:
      return a_ * a_;
    case Kind::Uniform:
      return (b_ - a_) * (b_ - a_) / 12;
    case Kind::Weibull: {
      const double first = std::tgamma(1 + 1 / b_);
      return a_ * a_ * (std::tgamma(1 + 2 / b_) - first * first);
    }
    case Kind::LogNormal:
      return std::expm1(b_ * b_) * mean() * mean();
    case Kind::Spread:
      return points_[1] * points_[1] * (half_moment(-2 * a_) + half_moment(2 * b_)) - mean() * mean();
    case Kind::Empirical: {
      double square = 0;
      for (std::size_t i = 1; i < points_.size(); ++i) {
        const double x = points_[i - 1], y = points_[i];
        square += (x * x + x * y + y * y) / 3;
      }
      return square / static_cast<double>(points_.size() - 1) - mean() * mean();
    }
  }
  ORRERY_CHECK(false, "every law has a variance");
}

double Law::quantile(double q) const {
  ORRERY_CHECK(q >= 0 && q <= 1, "levels are shares");
  const double endless = std::numeric_limits<double>::infinity();
  switch (kind_) {
    case Kind::Fixed:
      return a_;
    case Kind::Uniform:
      return a_ + q * (b_ - a_);
    case Kind::Exponential:
      return q == 1 ? endless : -a_ * std::log1p(-q);
    case Kind::Weibull:
      return q == 1 ? endless : a_ * std::pow(-std::log1p(-q), 1 / b_);
    case Kind::LogNormal:
      if (q == 0) return b_ == 0 ? a_ : 0;
      if (q == 1) return b_ == 0 ? a_ : endless;
      return a_ * std::exp(b_ * normal_quantile(q));
    case Kind::Spread: {
      const double deviation = q < 0.5 ? a_ : b_;
      if (deviation == 0) return points_[1];
      if (q == 0 || q == 1) return q == 0 ? 0 : endless;
      return points_[1] * std::exp(deviation * normal_quantile(q));
    }
    case Kind::Empirical: {
      const double place = q * static_cast<double>(points_.size() - 1);
      const auto i = std::min(static_cast<std::size_t>(place), points_.size() - 2);
      return points_[i] + (place - static_cast<double>(i)) * (points_[i + 1] - points_[i]);
    }
  }
  ORRERY_CHECK(false, "every law has quantiles");
}

double Law::draw(Rng& rng) const {
  switch (kind_) {
    case Kind::Fixed:
      return a_;
    case Kind::Uniform:
    case Kind::Empirical:
      return quantile(rng.uniform01());
    case Kind::Exponential:
      return rng.exponential(a_);
    case Kind::Weibull:
      return rng.weibull(b_, a_);
    case Kind::LogNormal:
      return a_ * std::exp(b_ * rng.normal());
    case Kind::Spread: {
      const double z = rng.normal();
      return points_[1] * std::exp((z < 0 ? a_ : b_) * z);
    }
  }
  ORRERY_CHECK(false, "every law can be drawn from");
}

double normal_quantile(double q) {
  ORRERY_CHECK(q > 0 && q < 1, "levels of a quantile lie between 0 and 1");
  static constexpr double kA[] = {-3.969683028665376e+01, 2.209460984245205e+02,  -2.759285104469687e+02,
                                  1.383577518672690e+02,  -3.066479806614716e+01, 2.506628277459239e+00};
  static constexpr double kB[] = {-5.447609879822406e+01, 1.615858368580409e+02, -1.556989798598866e+02,
                                  6.680131188771972e+01, -1.328068155288572e+01};
  static constexpr double kC[] = {-7.784894002430293e-03, -3.223964580411365e-01, -2.400758277161838e+00,
                                  -2.549732539343734e+00, 4.374664141464968e+00,  2.938163982698783e+00};
  static constexpr double kD[] = {7.784695709041462e-03, 3.224671290700398e-01, 2.445134137142996e+00,
                                  3.754408661907416e+00};
  static constexpr double kTail = 0.02425;
  double x = 0;
  if (q < kTail || q > 1 - kTail) {
    const double u = std::sqrt(-2 * std::log(std::min(q, 1 - q)));
    const double up = ((((kC[0] * u + kC[1]) * u + kC[2]) * u + kC[3]) * u + kC[4]) * u + kC[5];
    x = up / ((((kD[0] * u + kD[1]) * u + kD[2]) * u + kD[3]) * u + 1);
    if (q > 0.5) x = -x;
  } else {
    const double u = q - 0.5, r = u * u;
    const double up = (((((kA[0] * r + kA[1]) * r + kA[2]) * r + kA[3]) * r + kA[4]) * r + kA[5]) * u;
    x = up / (((((kB[0] * r + kB[1]) * r + kB[2]) * r + kB[3]) * r + kB[4]) * r + 1);
  }
  const double error = 0.5 * std::erfc(-x / std::numbers::sqrt2) - q;
  const double step = error * std::sqrt(2 * std::numbers::pi) * std::exp(x * x / 2);
  return x - step / (1 + x * step / 2);
}

}  // namespace orrery
