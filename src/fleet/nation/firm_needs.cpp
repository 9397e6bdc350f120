#include "fleet/nation/firm_needs.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <numbers>

#include "base/check.hpp"
#include "base/law.hpp"

namespace orrery {
namespace {

double normal_cdf(double z) {
  return 0.5 * std::erfc(-z / std::numbers::sqrt2);
}

/// Quantile of the standard normal law, infinite at 0 and 1.
double rank_at(double share) {
  if (share <= 0) return -std::numeric_limits<double>::infinity();
  if (share >= 1) return std::numeric_limits<double>::infinity();
  return normal_quantile(share);
}

constexpr double kLargestGang = 1 << 20;

}  // namespace

double NeedLaw::mean() const {
  return median * std::exp(0.5 * sigma * sigma);
}

void set_gang(FirmNeed& need, double burst) {
  const double peak = std::clamp(burst * need.gpus, 1.0, kLargestGang);
  need.gang = static_cast<int>(std::bit_floor(static_cast<unsigned>(peak)));
  need.block = static_cast<int>(std::ceil(std::max(peak, std::min(need.gpus, kLargestGang))));
}

FirmNeeds::FirmNeeds(const NeedLaw& law, int groups) : law_(law) {
  ORRERY_CHECK(groups > 0, "firms are at least one group");
  const double n = groups;
  // E[exp(sigma z) | z between two ranks] = exp(sigma^2 / 2) (Phi(b - sigma) - Phi(a - sigma)) / (Phi(b) - Phi(a)).
  const double scale = std::exp(0.5 * law.sigma * law.sigma) * n;
  for (int i = 0; i < groups; ++i) {
    const double from = rank_at(i / n), to = rank_at((i + 1) / n);
    // Of the upper tail the difference of small numbers, so that nothing is lost to rounding.
    const double share = normal_cdf(law.sigma - from) - normal_cdf(law.sigma - to);
    over_median_.push_back(scale * share);
    FirmNeed need;
    need.firms = law.firms_with_need() / n;
    need.rank = normal_quantile((i + 0.5) / n);
    needs_.push_back(need);
  }
}

std::span<const FirmNeed> FirmNeeds::at_median(double median) {
  for (std::size_t i = 0; i < needs_.size(); ++i) {
    needs_[i].gpus = median * over_median_[i];
    set_gang(needs_[i], law_.burst);
  }
  return needs_;
}

std::vector<FirmNeed> firm_needs(const NeedLaw& law, int groups) {
  FirmNeeds needs(law, groups);
  const std::span<const FirmNeed> made = needs.at_median(law.median);
  return {made.begin(), made.end()};
}

double total_need(std::span<const FirmNeed> needs) {
  double sum = 0;
  for (const FirmNeed& need : needs) sum += need.firms * need.gpus;
  return sum;
}

std::vector<double> FirmSizes::classes_at(double rank) const {
  std::vector<double> shares;
  double before = 0;
  for (const double share : upto) {
    const double z = (rank_at(share) - correlation * rank) / std::sqrt(1 - correlation * correlation);
    const double below = normal_cdf(z);
    shares.push_back(below - before);
    before = below;
  }
  return shares;
}

}  // namespace orrery
