#include "cluster/quota/water_filling.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <utility>

namespace orrery {
namespace {

/// What a claim with floor and ceiling gets at a level.
double at_level(const WaterClaim& claim, double level) {
  return std::min(claim.most, std::max(std::min(claim.floor, claim.most), claim.weight * level));
}

/// Level at which all claims together get `amount`, which is at most what they ask for and at least their floors.
double find_level(double amount, std::span<const WaterClaim> claims) {
  // Between two levels at which a claim leaves its floor or meets its most, the sum is a line.
  std::vector<std::pair<double, double>> bends;  // Level, and how the slope changes there.
  double given = 0;
  for (const WaterClaim& claim : claims) {
    const double floor = std::min(claim.floor, claim.most);
    given += floor;
    if (claim.weight <= 0 || claim.most <= floor) continue;
    bends.emplace_back(floor / claim.weight, claim.weight);
    bends.emplace_back(claim.most / claim.weight, -claim.weight);
  }
  std::sort(bends.begin(), bends.end());
  double level = 0, slope = 0;
  for (const auto& [bend, change] : bends) {
    const double more = slope * (bend - level);
    if (slope > 0 && given + more >= amount) return level + (amount - given) / slope;
    given += more;
    level = bend;
    slope += change;
  }
  return level;
}

}  // namespace

std::vector<double> water_fill(double amount, std::span<const WaterClaim> claims) {
  std::vector<double> shares(claims.size());
  double floors = 0, most = 0;
  for (const WaterClaim& claim : claims) {
    floors += std::min(claim.floor, claim.most);
    most += claim.weight > 0 ? claim.most : std::min(claim.floor, claim.most);
  }
  if (floors >= amount) {
    std::vector<WaterClaim> first(claims.begin(), claims.end());
    for (WaterClaim& claim : first) {
      claim.most = std::min(claim.floor, claim.most);
      claim.floor = 0;
      claim.weight = claim.most;  // In proportion: nobody's guarantee counts for more than another's.
    }
    const double level = floors > 0 ? find_level(amount, first) : 0;
    for (std::size_t i = 0; i < claims.size(); ++i) shares[i] = at_level(first[i], level);
    return shares;
  }
  const double level = most <= amount ? 0 : find_level(amount, claims);
  for (std::size_t i = 0; i < claims.size(); ++i) {
    const WaterClaim& claim = claims[i];
    shares[i] = most <= amount && claim.weight > 0 ? claim.most : at_level(claim, level);
  }
  return shares;
}

void whole_shares(std::span<double> shares, std::span<const WaterClaim> claims) {
  // Rounding errors of the division are not parts that somebody lost.
  constexpr double kNothing = 1e-9;
  double left = 0;
  std::vector<double> lost(shares.size());
  for (std::size_t i = 0; i < shares.size(); ++i) {
    const double whole = std::floor(shares[i] + kNothing);
    lost[i] = std::max(0.0, shares[i] - whole);
    left += lost[i];
    shares[i] = whole;
  }
  std::vector<std::size_t> order(shares.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return lost[a] > lost[b]; });
  for (const std::size_t i : order) {
    if (left < 1 - kNothing) break;
    if (lost[i] <= kNothing || shares[i] + 1 > std::ceil(claims[i].most)) continue;
    shares[i] += 1;
    left -= 1;
  }
}

}  // namespace orrery
