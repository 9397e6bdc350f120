#include "cluster/metrics/distribution.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "base/check.hpp"

namespace orrery {
namespace {

/// Order statistics of one sample, from high quantiles to low: each looks only at what lies below the last.
class Selection {
 public:
  explicit Selection(std::span<float> values) : values_(values), end_(values.size()) {}

  double quantile(double q) {
    const double place = q * static_cast<double>(values_.size() - 1);
    const auto low = static_cast<std::size_t>(place);
    const double share = place - static_cast<double>(low);
    if (share == 0) return nth(low);
    // The higher one first: below it lies the lower one.
    const double high_value = nth(low + 1);
    return high_value - (1 - share) * (high_value - nth(low));
  }

 private:
  double nth(std::size_t n) {
    const auto first = values_.begin();
    const auto place = first + static_cast<std::ptrdiff_t>(n);
    if (n >= end_) return *place;  // Was selected before.
    std::nth_element(first, place, first + static_cast<std::ptrdiff_t>(end_));
    end_ = n;
    return *place;
  }

  std::span<float> values_;
  std::size_t end_;  ///< From here on values are in their places or larger.
};

}  // namespace

double quantile_of(std::span<float> values, double q) {
  ORRERY_CHECK(!values.empty(), "a quantile of no values");
  return Selection(values).quantile(q);
}

std::vector<Distribution> distributions_by(std::span<const JobId> rows, std::size_t groups,
                                           const std::function<std::int32_t(JobId)>& group,
                                           const std::function<Censored(JobId)>& value) {
  std::vector<Distribution> made(groups);
  for (const JobId row : rows) {
    if (const std::int32_t its = group(row); its >= 0) ++made[static_cast<std::size_t>(its)].count;
  }
  std::vector<std::size_t> next(groups);
  std::size_t size = 0;
  for (std::size_t g = 0; g < groups; ++g) {
    next[g] = size;
    size += static_cast<std::size_t>(made[g].count);
  }
  // Values of a group side by side.
  std::vector<float> values(size);
  for (const JobId row : rows) {
    const std::int32_t number = group(row);
    if (number < 0) continue;
    const auto g = static_cast<std::size_t>(number);
    const Censored its = value(row);
    Distribution& all = made[g];
    all.mean += its.value;
    all.max = std::max(all.max, its.value);
    if (its.at_least) {
      ++all.censored;
      all.least_censored = std::min(all.least_censored, static_cast<double>(static_cast<float>(its.value)));
    }
    values[next[g]++] = static_cast<float>(its.value);
  }
  for (std::size_t g = 0; g < groups; ++g) {
    Distribution& all = made[g];
    if (all.count == 0) continue;
    const auto count = static_cast<std::size_t>(all.count);
    all.mean /= static_cast<double>(all.count);
    Selection selection(std::span<float>(values).subspan(next[g] - count, count));
    all.p99 = selection.quantile(0.99);
    all.p90 = selection.quantile(0.9);
    all.median = selection.quantile(0.5);
  }
  return made;
}

}  // namespace orrery
