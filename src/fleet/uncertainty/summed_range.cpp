#include "fleet/uncertainty/summed_range.hpp"

#include <cmath>

#include "base/check.hpp"

namespace orrery {

Law summed_range(double p5, double p50, double p95, int parts, double rho) {
  ORRERY_CHECK(p5 > 0 && p5 <= p50 && p50 <= p95 && parts >= 1 && rho >= 0 && rho <= 1, "a range is in order");
  // From 5 and 95 % to 10 and 90 %, and from errors in step to errors that partly cancel.
  const double factor = normal_quantile(0.9) / normal_quantile(0.95) * std::sqrt((1 + (parts - 1) * rho) / parts);
  return Law::spread(p50 * std::pow(p5 / p50, factor), p50, p50 * std::pow(p95 / p50, factor));
}

}  // namespace orrery
