#include "network/traffic/folded_load.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <vector>

#include "base/check.hpp"
#include "network/traffic/pattern.hpp"

namespace orrery {
namespace {

/// Flows that leave each unit of one tier, a unit being `unit` consecutive chips.
class UnitLoads {
 public:
  UnitLoads(const GroupTiling& tiling, std::int64_t unit, std::int64_t chips)
      : t_(tiling), unit_(unit), loads_(static_cast<std::size_t>((chips + unit - 1) / unit)) {}

  /// All x in [from, from + length) send to x + shift.
  void add_shift(std::int64_t from, std::int64_t length, std::int64_t shift) {
    for (std::int64_t at = from; at < from + length;) {
      const std::int64_t u = at / unit_, begin = u * unit_, end = begin + unit_;
      const std::int64_t to = std::min(end, from + length);
      // Of [at, to), what lands inside [begin, end).
      const std::int64_t low = std::max(at, begin - shift), high = std::min(to, end - shift);
      loads_[static_cast<std::size_t>(u)] += static_cast<double>((to - at) - std::max<std::int64_t>(0, high - low));
      at = to;
    }
  }

  /// Each member of a group sends to all others, in all groups of the block that starts at `block`.
  void add_uniform(std::int64_t block) {
    for (std::int64_t at = block; at < block + t_.block();) {
      const std::int64_t u = at / unit_;
      const std::int64_t to = std::min<std::int64_t>((u + 1) * unit_, block + t_.block());
      // [at, to) holds `some` members of each group, and one more of `extra` of them.
      const std::int64_t each = (to - at) / t_.stride, more = (to - at) % t_.stride;
      const auto some = static_cast<double>(each), extra = static_cast<double>(more);
      loads_[static_cast<std::size_t>(u)] += extra * (some + 1) * (t_.ranks - some - 1) +
                                             (static_cast<double>(t_.stride) - extra) * some * (t_.ranks - some);
      at = to;
    }
  }

  double peak() const { return *std::max_element(loads_.begin(), loads_.end()); }

 private:
  const GroupTiling& t_;
  std::int64_t unit_;
  std::vector<double> loads_;
};

/// Chips [from, from + length) of a block that each send to the chip `by` further.
struct Shift {
  std::int64_t from, length, by;
};

/// Visits who sends to whom in a block; nothing of uniform traffic, which is counted otherwise.
template <class Visit>
void for_each_shift(const GroupTiling& t, Traffic traffic, const Visit& visit) {
  const std::int64_t range = std::int64_t{t.per_domain} * t.stride, last = t.block() - range;
  if (traffic == Traffic::Neighbour) {
    visit(Shift{0, last, range});
    visit(Shift{last, range, -last});
  }
  if (traffic != Traffic::Tree) return;
  const std::uint32_t domains = t.domains();
  for (std::uint32_t d = 0; d < domains; ++d) {
    for (const bool second : {false, true}) {
      const long long parent = double_tree_parent(d, domains, second);
      if (parent < 0) continue;
      visit(Shift{d * range, range, (parent - d) * range});
      visit(Shift{parent * range, range, (d - parent) * range});
    }
  }
}

/// Flows that leave the busiest chip.
double busiest_chip(const GroupTiling& t, Traffic traffic) {
  if (traffic == Traffic::Uniform) return t.ranks - t.per_domain;
  if (traffic == Traffic::Neighbour) return 1;
  const std::int64_t range = std::int64_t{t.per_domain} * t.stride;
  std::vector<std::uint8_t> sent(t.domains());  // At most two children and a parent in each tree.
  for_each_shift(t, traffic, [&](const Shift& shift) { ++sent[static_cast<std::size_t>(shift.from / range)]; });
  return *std::max_element(sent.begin(), sent.end());
}

}  // namespace

std::string FoldedLoad::obstacle(const Cluster& cluster) {
  const Fabric& fabric = cluster.fabric;
  if (fabric.topology == FabricTopology::FatTree && fabric.tiers.empty()) return "";  // ideal: nothing to count
  if (fabric.topology != FabricTopology::FatTree) return "the fabric is no fat tree";
  if (fabric.routing != Routing::Spray) return "its routing sends a flow over one path";
  if (cluster.placement.order != PlacementOrder::Packed) return "the job is not packed";
  for (const Fabric::Tier& tier : fabric.tiers) {
    if (tier.chips % cluster.node.scale_up_domain != 0) {
      return fmt::format("a {} of {} chips cuts scale-up domains", tier.name, tier.chips);
    }
  }
  return "";
}

bool FoldedLoad::folds(const Cluster& cluster, const Group& group) {
  if (cluster.fabric.tiers.empty()) return true;
  const GroupTiling t = group_tiling(cluster, group);
  const std::uint32_t range = t.per_domain * t.stride;
  const bool straddles = t.per_domain > 1 && static_cast<std::uint32_t>(cluster.node.scale_up_domain) % range != 0;
  return t.ranks % t.per_domain == 0 && !straddles;
}

FoldedLoad::FoldedLoad(const Cluster& cluster) : cluster_(cluster) {
  ORRERY_CHECK(obstacle(cluster).empty(), "the fold holds on this machine");
}

double FoldedLoad::stretch(const Group& group, Traffic traffic) const {
  const GroupTiling t = group_tiling(cluster_, group);
  if (t.domains() <= 1 || cluster_.fabric.tiers.empty()) return 1;
  ORRERY_CHECK(folds(cluster_, group), "a folded group fills its domains evenly");
  const double busiest = busiest_chip(t, traffic);
  const std::int64_t block = t.block();
  double factor = 1, cumulated = 1;
  for (const Fabric::Tier& tier : cluster_.fabric.tiers) {
    cumulated *= tier.oversubscription;
    if (tier.chips >= t.busy()) break;
    // Blocks that start at the same place of a unit load it alike.
    const std::int64_t period = std::min<std::int64_t>(std::lcm(block, tier.chips), t.busy());
    UnitLoads loads(t, tier.chips, period);
    for (std::int64_t start = 0; start + block <= period; start += block) {
      if (traffic == Traffic::Uniform) loads.add_uniform(start);
      for_each_shift(t, traffic,
                     [&](const Shift& shift) { loads.add_shift(start + shift.from, shift.length, shift.by); });
    }
    factor = std::max(factor, loads.peak() / static_cast<double>(tier.chips) * cumulated / busiest);
  }
  return factor;
}

Seconds FoldedLoad::extra_latency(const Group& group, Traffic traffic) const {
  return ClosedFormLoad(cluster_).extra_latency(group, traffic);
}

}  // namespace orrery
