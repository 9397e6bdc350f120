#pragma once

#include <vector>

#include "base/quantity.hpp"
#include "base/random.hpp"

namespace orrery {

/// A law of a quantity that is not negative: how long a repair takes, how far a rate may be off. Numbers are in base
/// units of whatever is measured (seconds for times). A default law is the fixed value 0.
class Law {
 public:
  enum class Kind {
    Fixed,        ///< Always `a`.
    Uniform,      ///< Between `a` and `b`.
    Exponential,  ///< Of mean `a`.
    Weibull,      ///< P(X > x) = exp(-(x / a)^b): scale `a`, shape `b`.
    LogNormal,    ///< Of median `a` and standard deviation `b` of the logarithm.
    Spread,       ///< Two log-normal halves that meet at the median: 10, 50 and 90 % quantiles are `points`.
    Empirical     ///< Linear between `points`, its quantiles at evenly spaced levels from 0 to 1.
  };

  Law() = default;
  static Law fixed(double value);
  static Law fixed(Seconds value) { return fixed(value.raw()); }
  static Law uniform(double low, double high);
  static Law exponential(double mean);
  static Law weibull(double scale, double shape);
  static Law weibull_of_mean(double mean, double shape);
  static Law lognormal(double median, double deviation);
  /// Median and mean fix a log-normal: the deviation is sqrt(2 ln(mean / median)); `mean` at least `median`.
  static Law lognormal_of_mean(double median, double mean);
  /// By its 10, 50 and 90 % quantiles, as an expert states a value with its likely range: below the median the
  /// logarithm is normal with ln(p50 / p10) / 1.2816 as its deviation, above it with ln(p90 / p50) / 1.2816.
  static Law spread(double p10, double p50, double p90);
  /// At least two quantiles in ascending order.
  static Law empirical(std::vector<double> quantiles);

  Kind kind() const { return kind_; }
  double a() const { return a_; }
  double b() const { return b_; }
  const std::vector<double>& points() const { return points_; }
  bool is_fixed() const { return kind_ == Kind::Fixed; }
  bool is_zero() const { return is_fixed() && a_ == 0; }

  /// The law of `factor` times the quantity.
  Law scaled(double factor) const;

  double mean() const;
  double variance() const;
  /// The value below which a share `q` (0 .. 1) lies; infinite at 1 where the law has no upper end.
  double quantile(double q) const;
  /// One draw. A fixed law takes nothing from the stream.
  double draw(Rng& rng) const;

  friend bool operator==(const Law&, const Law&) = default;

 private:
  Kind kind_ = Kind::Fixed;
  double a_ = 0, b_ = 0;
  std::vector<double> points_;
};

/// Quantile of the standard normal law, q in (0, 1), to about 1e-15: Acklam's rational approximation (2003) with one
/// step of Halley's method on the error function.
double normal_quantile(double q);

}  // namespace orrery
