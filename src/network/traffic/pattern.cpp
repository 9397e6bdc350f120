#include "network/traffic/pattern.hpp"

#include <algorithm>

#include "base/check.hpp"

namespace orrery {
namespace {

/// Parent in the first tree: a node whose lowest set bit is b hangs below the node that has the next higher bit
/// instead.
long long tree_parent(long long node, long long nodes) {
  if (node == 0) return -1;
  const long long bit = node & -node;
  const long long parent = (node ^ bit) | (bit << 1);
  return parent < nodes ? parent : node ^ bit;
}

}  // namespace

long long double_tree_parent(long long node, long long nodes, bool second) {
  if (!second) return tree_parent(node, nodes);
  const bool mirrored = nodes % 2 == 0;
  const long long image = mirrored ? nodes - 1 - node : (node + nodes - 1) % nodes;
  const long long parent = tree_parent(image, nodes);
  if (parent < 0) return -1;
  return mirrored ? nodes - 1 - parent : (parent + 1) % nodes;
}

GroupTiling group_tiling(const Cluster& cluster, const Group& group) {
  ORRERY_CHECK(group.ranks >= 1 && group.ranks_per_domain >= 1, "a group has ranks");
  GroupTiling tiling;
  tiling.ranks = static_cast<std::uint32_t>(group.ranks);
  tiling.per_domain = static_cast<std::uint32_t>(std::min(group.ranks, group.ranks_per_domain));
  // Without an extent the domains of a group follow each other.
  const long long stride =
      group.extent_chips > 0 ? group.extent_chips / group.ranks : cluster.node.scale_up_domain / group.ranks_per_domain;
  tiling.stride = static_cast<std::uint32_t>(std::max(1LL, stride));
  tiling.job = static_cast<std::uint32_t>(std::max<long long>(cluster.chips, tiling.block()));
  return tiling;
}

void for_each_flow(const GroupTiling& t, Traffic traffic, const VisitFlow& visit) {
  if (t.ranks <= t.per_domain) return;
  const std::uint32_t domains = t.domains();
  const auto members = [&](std::uint32_t domain) { return std::min(t.per_domain, t.ranks - domain * t.per_domain); };
  const auto along = [&](std::uint32_t group, std::uint32_t from, std::uint32_t to) {
    // Where the last domain holds fewer members, those carry what more members send.
    for (std::uint32_t i = 0; i < members(from); ++i) {
      const std::uint32_t peer = i % members(to);
      visit(group + (from * t.per_domain + i) * t.stride, group + (to * t.per_domain + peer) * t.stride);
    }
  };
  for (std::uint32_t block = 0; block < t.busy(); block += t.block()) {
    for (std::uint32_t group = block; group < block + t.stride; ++group) {
      switch (traffic) {
        case Traffic::Neighbour:
          for (std::uint32_t d = 0; d < domains; ++d) along(group, d, (d + 1) % domains);
          break;
        case Traffic::Tree:
          for (std::uint32_t d = 0; d < domains; ++d) {
            for (const bool second : {false, true}) {
              const long long parent = double_tree_parent(d, domains, second);
              if (parent < 0) continue;
              along(group, d, static_cast<std::uint32_t>(parent));
              along(group, static_cast<std::uint32_t>(parent), d);
            }
          }
          break;
        case Traffic::Uniform:
          for (std::uint32_t i = 0; i < t.ranks; ++i) {
            for (std::uint32_t j = 0; j < t.ranks; ++j) {
              if (i / t.per_domain != j / t.per_domain) visit(group + i * t.stride, group + j * t.stride);
            }
          }
          break;
      }
    }
  }
}

double flow_count(const GroupTiling& t, Traffic traffic) {
  if (t.ranks <= t.per_domain) return 0;
  const double busy = t.busy();
  switch (traffic) {
    case Traffic::Neighbour:
      return busy;
    case Traffic::Tree:
      return 4 * busy;  // at most
    case Traffic::Uniform: {
      const std::uint32_t whole = t.ranks / t.per_domain;
      const double local = t.per_domain, rest = t.ranks % t.per_domain, full = whole;
      return busy / t.ranks * (1.0 * t.ranks * t.ranks - full * local * local - rest * rest);
    }
  }
  ORRERY_CHECK(false, "every traffic has flows");
}

}  // namespace orrery
