#pragma once

#include <cstdint>

namespace orrery {

/// Flows that a hash spreads over equal paths, each flow onto one: balls into bins.
///
/// A flow alone wants `demand` of one path's capacity: 1 where a NIC is as fast as a path; 1/f where a NIC's traffic is
/// split over f flows. Flows on one path share it evenly. One stage of hashing with nothing else in the way; on a route
/// over several stages collisions add up (see docs/fabrics.md).
struct HashedFlows {
  std::uint64_t flows = 1;
  std::uint64_t paths = 1;
  double demand = 1;
};

/// P(no path has more than `load` flows). Levin, "A representation for multinomial cumulative distribution functions",
/// Ann. Statist. 9 (1981) 1123: independent Poisson loads, given their sum. Exact where that sum can be convolved
/// (about 200 flows); beyond, its density by Levin's Edgeworth expansion to fourth order.
double max_load_probability(const HashedFlows& hashed, std::uint64_t load);

/// The load of the fullest path: its mean, and the least m with P(load <= m) >= q, 0 < q < 1.
double mean_max_load(const HashedFlows& hashed);
std::uint64_t max_load_quantile(const HashedFlows& hashed, double q);

/// What one flow sees: its path carries 1 + Binomial(flows - 1, 1 / paths) flows. Slowdown: time over the time alone.
double mean_slowdown(const HashedFlows& hashed);
double slowdown_quantile(const HashedFlows& hashed, double q);

/// Mean rate of a flow over its demand: the "data throughput" of hashed paths. Spraying has min(1, paths / (flows
/// demand)). With as many flows as paths, each as fast as one, it tends to 1 - 1/e = 63 %.
double hashed_throughput(const HashedFlows& hashed);

}  // namespace orrery
