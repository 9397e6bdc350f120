#include "network/lower_bound.hpp"

#include <algorithm>
#include <cstdint>
#include <unordered_map>
#include <vector>

#include "network/traffic/pattern.hpp"

namespace orrery {
namespace {

constexpr std::uint32_t kUnits = 16;

/// Bytes through the border of a unit that holds m of the ranks, per byte of payload.
double crossing(Collective collective, double ranks, double m) {
  if (m <= 0 || m >= ranks) return 0;
  switch (collective) {
    case Collective::AllReduce:
    case Collective::Broadcast:
      return 1;
    case Collective::AllGather:
    case Collective::ReduceScatter:
      return (ranks - m) / ranks;
    case Collective::AllToAll:
      return m * (ranks - m) / ranks;
    case Collective::SendReceive:
      return 0;
  }
  return 0;
}

}  // namespace

Seconds cut_time(const Cluster& cluster, const RankChips& chips, Collective collective, const Group& group,
                 Bytes payload) {
  const GroupTiling t = group_tiling(cluster, group);
  // Switches that add up let one sum stand for all groups' members below them, yet each group's sum still crosses.
  Seconds longest;
  double cumulated = 1;
  for (const Fabric::Tier& tier : cluster.fabric.tiers) {
    cumulated *= tier.oversubscription;
    const auto unit = static_cast<std::uint64_t>(tier.chips);
    // Members by unit and group.
    std::vector<std::unordered_map<std::uint32_t, std::uint32_t>> members(kUnits);
    for (std::uint32_t rank = 0; rank < std::min<std::size_t>(t.busy(), chips.size()); ++rank) {
      const std::uint64_t u = chips[rank] / unit;
      if (u < kUnits) ++members[u][rank / t.block() * t.stride + rank % t.stride];
    }
    for (const auto& groups : members) {
      double bytes = 0;
      for (const auto& entry : groups) bytes += crossing(collective, t.ranks, entry.second);
      const BytesPerSecond out = cluster.node.scale_out_bandwidth * (static_cast<double>(tier.chips) / cumulated);
      longest = max(longest, bytes * payload / out);
    }
  }
  return longest;
}

}  // namespace orrery
