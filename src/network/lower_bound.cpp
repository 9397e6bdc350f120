#include "network/lower_bound.hpp"

#include <algorithm>
#include <cstdint>
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

/// The longest of the times that the units of the tiers need. `crossing_bytes(unit)` sums, over the first units of so
/// many chips, what crosses the border of each per byte of payload, and returns the most.
template <class CrossingBytes>
Seconds longest_cut(const Cluster& cluster, Bytes payload, const CrossingBytes& crossing_bytes) {
  Seconds longest;
  double cumulated = 1;
  for (const Fabric::Tier& tier : cluster.fabric.tiers) {
    cumulated *= tier.oversubscription;
    if (tier.chips >= cluster.machine_chips()) break;              // a border that nothing lies beyond
    if (tier.chips % cluster.node.scale_up_domain != 0) continue;  // one that scale-up links cross too
    const BytesPerSecond out = cluster.node.scale_out_bandwidth * (static_cast<double>(tier.chips) / cumulated);
    longest = max(longest, crossing_bytes(static_cast<std::uint64_t>(tier.chips)) * payload / out);
  }
  return longest;
}

}  // namespace

// Switches that add up let one sum stand for all members of a group below them, yet each group's sum still crosses.
Seconds cut_time(const Cluster& cluster, const RankChips& chips, Collective collective, const Group& group,
                 Bytes payload) {
  const GroupTiling t = group_tiling(cluster, group);
  const auto ranks = static_cast<std::uint32_t>(std::min<std::size_t>(t.busy(), chips.size()));
  std::vector<std::uint64_t> members;  // Unit and group of each member of the first units.
  return longest_cut(cluster, payload, [&](std::uint64_t unit) {
    members.clear();
    for (std::uint32_t rank = 0; rank < ranks; ++rank) {
      const std::uint64_t u = chips[rank] / unit;
      if (u < kUnits) members.push_back(u << 32U | (rank / t.block() * t.stride + rank % t.stride));
    }
    std::sort(members.begin(), members.end());
    double most = 0, bytes = 0;
    for (std::size_t at = 0; at < members.size();) {
      const std::size_t first = at;
      while (at < members.size() && members[at] == members[first]) ++at;
      bytes += crossing(collective, t.ranks, static_cast<double>(at - first));
      most = std::max(most, bytes);
      if (at < members.size() && members[at] >> 32U != members[first] >> 32U) bytes = 0;
    }
    return most;
  });
}

Seconds packed_cut_time(const Cluster& cluster, Collective collective, const Group& group, Bytes payload) {
  const GroupTiling t = group_tiling(cluster, group);
  return longest_cut(cluster, payload, [&](std::uint64_t unit) {
    double most = 0;
    for (std::uint64_t from = 0, u = 0; u < kUnits && from < t.busy(); ++u, from += unit) {
      const std::uint64_t to = std::min<std::uint64_t>(from + unit, t.busy());
      // Of the blocks of groups that the unit holds whole nothing crosses: only the first and the last may be cut.
      const std::uint64_t first = from / t.block(), last = (to - 1) / t.block();
      double bytes = 0;
      for (std::uint64_t block = first; block <= last; block += std::max<std::uint64_t>(1, last - first)) {
        const std::uint64_t begin = block * t.block(), end = begin + t.block();
        const std::uint64_t chips = std::min(to, end) - std::max(from, begin);
        // Each group has `some` members here, and `extra` of them one more.
        const std::uint64_t each = chips / t.stride, more = chips % t.stride;
        const auto some = static_cast<double>(each), extra = static_cast<double>(more);
        bytes += extra * crossing(collective, t.ranks, some + 1) +
                 (static_cast<double>(t.stride) - extra) * crossing(collective, t.ranks, some);
      }
      most = std::max(most, bytes);
    }
    return most;
  });
}

}  // namespace orrery
