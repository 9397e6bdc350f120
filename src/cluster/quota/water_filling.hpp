#pragma once

#include <span>
#include <vector>

namespace orrery {

/// One claim on something that is divided.
struct WaterClaim {
  double most = 0;    ///< Asked for, or allowed: it gets no more.
  double weight = 1;  ///< At least 0; of a claim without weight only its floor is met.
  double floor = 0;   ///< It gets that first, if it asks for so much.
};

/// Divides `amount` max-min fairly by weights: each claim gets min(most, max(floor, weight x level)), with the one
/// level at which all is given away or everybody has his most (water-filling; Bertsekas and Gallager, "Data Networks",
/// 6.5.2). Exact: levels are found by sorting, not by iteration. Where floors alone are more than there is, they are
/// met in part, by the same rule with the floors as claims.
std::vector<double> water_fill(double amount, std::span<const WaterClaim> claims);

/// Shares in whole units: each is rounded down, and the units that are left go one each to those that lost the largest
/// part, ties to the first; nobody gets more than `most`, rounded up.
void whole_shares(std::span<double> shares, std::span<const WaterClaim> claims);

}  // namespace orrery
