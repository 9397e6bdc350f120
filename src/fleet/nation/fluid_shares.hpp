#pragma once

#include <span>
#include <string>
#include <vector>

#include "fleet/nation/firm_needs.hpp"

namespace orrery {

/// How a nation hands out GPUs that are too few.
enum class NationPolicy {
  Fifo,       ///< One queue, first come, first served.
  Blocks,     ///< Whole blocks to those who come first, as GPUs that firms own: the others have none.
  Quotas,     ///< As many GPUs for each, and no more.
  FairShare,  ///< One pool; whoever has had least is next: max-min.
  Credits,    ///< As many GPU-hours for each; what is left over to whoever asks, until one with credits needs it.
  SmallFirst  ///< Jobs of firms that need least go first, and stop others.
};
inline constexpr int kNationPolicies = 6;
const char* nation_policy_name(NationPolicy policy);  ///< "fair-share"

/// GPUs that a firm has on the mean over months. Where luck decides, with probability `chance` it has `lucky`,
/// otherwise `unlucky`.
struct FirmShare {
  double chance = 1;
  double lucky = 0, unlucky = 0;

  double mean() const { return chance * lucky + (1 - chance) * unlucky; }
};

/// Shares of a firm's GPU-time in jobs of at most so many GPUs: what a quota refuses.
struct GangTimes {
  std::vector<double> at_power;  ///< GPU-time of jobs of 2^k GPUs, any unit; empty: all jobs take one GPU.
  /// Of a firm whose largest job has `gang` GPUs, the share in jobs of at most `limit`.
  double within(int gang, int limit) const;
};

/// Who gets what in the long run, as if work were a fluid: no job waits for another of its own firm, none is scattered,
/// demand comes evenly. In order of `needs`, which stand in order of need. With D the sum of needs and n the number of
/// firms with need:
///
/// - Fifo: all wait alike, so that each gets need x min(1, gpus / D).
/// - Blocks: a firm has its block with probability min(1, gpus / sum of blocks) and then all it needs.
/// - Quotas: gpus / n each in whole GPUs, the remainder by lot; jobs that are larger are refused.
/// - FairShare: min(need, w) with the level w at which all GPUs are given.
/// - Credits: min(need, gpus / n), then the same share of what is lacking to all, as far as GPUs are left.
/// - SmallFirst: all they need to the firms that need least, as far as GPUs are left.
///
/// More GPUs give nobody less under any of them, and what is given is at most `gpus`.
std::vector<FirmShare> fluid_shares(std::span<const FirmNeed> needs, double gpus, NationPolicy policy,
                                    const GangTimes& times);

/// The level w with sum of min(need, w) = gpus; infinite where nobody lacks anything.
double water_level(std::span<const FirmNeed> needs, double gpus);

/// Firms that get less than `served_below` of what they need.
double firms_short(std::span<const FirmNeed> needs, std::span<const FirmShare> shares, double served_below);

/// The fewest firms that any policy can leave short: the least needs first, each no more than it takes.
double least_firms_short(std::span<const FirmNeed> needs, double gpus, double served_below);

/// GPUs in use.
double gpus_used(std::span<const FirmNeed> needs, std::span<const FirmShare> shares);

/// How evenly GPU-time is spread over the firms with need.
struct LorenzCurve {
  std::vector<double> firms, gpu_time;  ///< Cumulated shares, least first, from 0 to 1.
  double gini = 0;                      ///< 0: all have the same; towards 1: one has all.
};
LorenzCurve lorenz_curve(std::span<const FirmNeed> needs, std::span<const FirmShare> shares);

}  // namespace orrery
