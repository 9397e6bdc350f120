// Networks whose chips or routers are joined in pairs.
#include "network/sizing/direct_networks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/unit_text.hpp"

namespace orrery {
namespace {

constexpr double kRounding = 1e-9;

long long ceil_div(long long a, long long b) {
  return (a + b - 1) / b;
}

/// Cables between two of `others + 1` parts that share `ports` ports' worth of bandwidth among themselves.
long long cables_a_pair(long long ports, double oversubscription, long long others) {
  if (others < 1) return 0;
  const double each = static_cast<double>(ports) / (oversubscription * static_cast<double>(others));
  return std::max(1LL, static_cast<long long>(std::ceil(each - kRounding)));
}

long long pairs(long long n) {
  return n * (n - 1) / 2;
}

/// A dragonfly's numbers in one plane.
struct Shape {
  long long router_ports = 0;  ///< To chips, of a router.
  long long routers = 0;       ///< In a group.
  long long groups = 0;
  long long local = 0;   ///< Cables between two routers of a group.
  long long global = 0;  ///< Cables between two groups.
  long long last = 0;    ///< Routers of the last group.
};

}  // namespace

Expected<FabricSize, SizingProblem> size_dragonfly(const Cluster& cluster, FabricSize size) {
  const Fabric& fabric = cluster.fabric;
  if (fabric.tiers.size() != 3) {
    return Unexpected<SizingProblem>(
        {SizingProblem::About::Tiers, "a dragonfly has three tiers", "router, group and whole"});
  }
  const Fabric::Tier &router = fabric.tiers[0], &group = fabric.tiers[1], &whole = fabric.tiers[2];
  const long long chips = size.nodes * cluster.node.chips;
  if (chips > whole.chips) {
    return Unexpected<SizingProblem>(
        {SizingProblem::About::Chips,
         fmt::format("the fabric joins {} chips, not {}", format_count(whole.chips), format_count(chips)),
         fmt::format("at most {}", format_count(whole.chips))});
  }
  if (size.ports.node_ports > size.ports.radix ||
      router.chips / cluster.node.chips > size.ports.radix / size.ports.node_ports) {
    return Unexpected<SizingProblem>(
        {SizingProblem::About::Switches,
         fmt::format("a router joins {} chips, a node of {} has {} ports: more than the {} of a switch",
                     format_count(router.chips), cluster.node.chips, format_count(size.ports.node_ports),
                     size.ports.radix),
         "fewer chips a router, or a switch with more or faster ports"});
  }
  Shape s;
  s.router_ports = ceil_div(router.chips * size.ports.node_ports, cluster.node.chips);
  s.routers = group.chips / router.chips;
  s.groups = ceil_div(chips, group.chips);
  s.local = cables_a_pair(s.router_ports, router.oversubscription, s.routers - 1);
  s.global = cables_a_pair(s.router_ports * s.routers, group.oversubscription, s.groups - 1);
  const long long inside = s.router_ports + (s.routers - 1) * s.local;
  const long long outside = (s.groups - 1) * s.global;
  const long long used = inside + ceil_div(outside, s.routers);
  if (used > size.ports.radix) {
    return Unexpected<SizingProblem>(
        {SizingProblem::About::Switches,
         fmt::format("a router has {} ports to chips, {} in its group and {} to other groups: {} of {}", s.router_ports,
                     (s.routers - 1) * s.local, ceil_div(outside, s.routers), used, size.ports.radix),
         "fewer chips a router, smaller groups, more oversubscription or a switch with more ports"});
  }
  // A group that is not full still needs the ports for its cables to the others.
  const long long left = chips - (s.groups - 1) * group.chips;
  const long long for_cables = size.ports.radix > inside ? ceil_div(outside, size.ports.radix - inside) : 0;
  s.last = std::min(s.routers, std::max(ceil_div(left, router.chips), for_cables));
  const long long planes = fabric.planes;
  const long long switches = (s.groups - 1) * s.routers + s.last;
  const long long host = size.nodes * size.ports.node_ports * planes;
  const long long local = ((s.groups - 1) * pairs(s.routers) + pairs(s.last)) * s.local * planes;
  const long long global = pairs(s.groups) * s.global * planes;
  const auto name = [](const Fabric::Tier& tier, const char* usual) { return tier.name.empty() ? usual : tier.name; };
  size.tiers.push_back({name(router, "router"), "node-router", switches, switches * planes,
                        switches * planes * size.ports.radix, host, 2 * (local + global), host});
  size.tiers.push_back({name(group, "group"), "router-router", s.groups, 0, 0, 0, 0, local});
  size.tiers.push_back({name(whole, "whole"), "group-group", 1, 0, 0, 0, 0, global});
  return size;
}

FabricSize size_torus(const Cluster& cluster, FabricSize size) {
  long long twice = 0;  // ends of cables
  for (const long long n : cluster.fabric.dimensions) {
    twice += cluster.chips * (n > 2 ? 2 : n == 2 ? 1 : 0);
  }
  twice *= cluster.fabric.planes;
  size.tiers.push_back({"torus", "chip-chip", 1, 0, 0, 0, 0, twice / 2});
  return size;
}

}  // namespace orrery
