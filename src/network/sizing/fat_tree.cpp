#include "network/sizing/fat_tree.hpp"

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

long long uplinks(long long down, double oversubscription) {
  return std::max(1LL, static_cast<long long>(std::ceil(static_cast<double>(down) / oversubscription - kRounding)));
}

/// A unit of some tier with everything below it.
struct Unit {
  std::vector<TierCount> tiers;
  long long switches = 0;  ///< Of its own tier.
  long long down = 0;      ///< Ports in use below, of each of them (the fullest).
  long long up = 0;        ///< Ports wanted above, of each of them.
};

/// The units below one of the next tier: `full` alike, and perhaps a last smaller one.
struct Children {
  const Unit& unit;
  long long full = 0;
  const Unit* rest = nullptr;
};

class Builder {
 public:
  Builder(const Fabric& fabric, const PortPlan& ports, int node_chips, std::size_t levels)
      : fabric_(fabric), ports_(ports), node_chips_(node_chips), levels_(levels) {}

  Expected<Unit, SizingProblem> unit(std::size_t tier, long long nodes) const {
    return tier == 0 ? leaf(nodes) : upper(tier, nodes);
  }

 private:
  bool is_top(std::size_t tier) const { return tier + 1 == levels_; }
  long long nodes_of(std::size_t tier) const { return fabric_.tiers[tier].chips / node_chips_; }
  double over(std::size_t tier) const { return fabric_.tiers[tier].oversubscription; }
  std::string name(std::size_t tier) const {
    const std::string& own = fabric_.tiers[tier].name;
    return own.empty() ? fmt::format("tier {}", tier + 1) : fmt::format("tier {} ({})", tier + 1, own);
  }
  /// Switches that the tier states, for a unit of `nodes` nodes: a part of the unit has its share, rounded up.
  long long stated(std::size_t tier, long long nodes) const {
    const long long all = fabric_.tiers[tier].switches / fabric_.planes;
    return ceil_div(all * std::min(nodes, nodes_of(tier)), nodes_of(tier));
  }

  Expected<Unit, SizingProblem> leaf(long long nodes) const {
    Unit unit;
    const long long below = nodes * ports_.leaves * ports_.leaf_ports;
    unit.switches = fabric_.tiers[0].switches > 0 ? std::max(stated(0, nodes), ports_.leaves) : ports_.leaves;
    unit.down = ceil_div(below, unit.switches);
    unit.up = is_top(0) ? 0 : uplinks(unit.down, over(0));
    if (unit.down + unit.up > ports_.radix && fabric_.tiers[0].switches == 0) {
      const long long most = (is_top(0) ? ports_.radix : most_down(ports_.radix, over(0))) / ports_.leaf_ports;
      return Unexpected<SizingProblem>(SizingProblem{
          SizingProblem::About::Tiers,
          fmt::format("a unit of {} holds {} nodes: {} ports of its leaf switch, of which {} has {}", name(0), nodes,
                      unit.down + unit.up, fabric_.switches.name.empty() ? "it" : fabric_.switches.name, ports_.radix),
          most > 0 ? fmt::format("at most {} nodes, {} chips, or state its `switches`", most, most * node_chips_)
                   : "a switch with more ports"});
    }
    unit.tiers.resize(levels_);
    unit.tiers[0] = {1, unit.switches, below, 0, unit.down};
    return unit;
  }

  Expected<Unit, SizingProblem> upper(std::size_t tier, long long nodes) const {
    const long long child_nodes = nodes_of(tier - 1);
    long long full = nodes / child_nodes;
    const long long left = nodes % child_nodes;
    auto child = this->unit(tier - 1, full > 0 ? child_nodes : left);
    if (!child) return child;
    Unit rest;
    const bool has_rest = full > 0 && left > 0;
    if (has_rest) {
      auto smaller = this->unit(tier - 1, left);
      if (!smaller) return smaller;
      rest = *std::move(smaller);
    }
    full = std::max(1LL, full);
    return join(tier, nodes, {*child, full, has_rest ? &rest : nullptr});
  }

  /// Ports that a switch of the unit has for uplinks; where its stated switches are of a larger kind, just those.
  long long spare_ports(const Unit& unit) const { return std::max(unit.up, ports_.radix - unit.down); }

  /// Cables from the last, smaller unit to each of `switches`, evenly where its switches have the ports.
  static long long rest_load(const Unit& rest, long long switches) {
    return ceil_div(rest.switches * rest.up, switches);
  }
  long long rest_cables(const Unit& rest, long long switches) const {
    const long long even = switches * rest_load(rest, switches);
    return even <= rest.switches * spare_ports(rest) ? even : rest.switches * rest.up;
  }

  /// What `switches` switches above the children would carry: ports below of each, and cables of each full child;
  /// nothing where the children's ports do not reach.
  struct Join {
    long long load = 0, cables = 0;
  };
  bool joins(std::size_t tier, const Children& children, long long switches, Join& join) const {
    const Unit& c = children.unit;
    const long long spare = spare_ports(c);
    if (tier == 1 || switches >= c.switches) {
      // A leaf reaches all switches; further up, a switch reaches those of its position.
      const long long reached = tier == 1 ? switches : switches / c.switches;
      if (tier > 1 && switches % c.switches != 0) return false;
      const long long each = ceil_div(c.up, reached);
      if (reached * each > spare) return false;
      join.cables = c.switches * reached * each;
      join.load = children.full * each * (tier == 1 ? c.switches : 1);
    } else {
      join.cables = c.switches * c.up;  // Several positions share a switch.
      join.load = children.full * ceil_div(c.switches, switches) * c.up;
    }
    if (children.rest != nullptr) join.load += rest_load(*children.rest, switches);
    return true;
  }

  Expected<Unit, SizingProblem> join(std::size_t tier, long long nodes, const Children& children) const {
    const Unit& c = children.unit;
    const long long wanted = children.full * c.switches * c.up +
                             (children.rest != nullptr ? children.rest->switches * children.rest->up : 0);
    const long long room = is_top(tier) ? ports_.radix : most_down(ports_.radix, over(tier));
    Unit unit;
    Join found;
    if (fabric_.tiers[tier].switches > 0) {
      unit.switches = stated(tier, nodes);
      found = {ceil_div(wanted, unit.switches), c.switches * c.up};
    } else {
      const long long last = (tier == 1 ? 1 : c.switches) * spare_ports(c);
      for (long long s = room > 0 ? std::max(1LL, ceil_div(wanted, room)) : last + 1; s <= last;) {
        if (joins(tier, children, s, found) && found.load <= room) {
          unit.switches = s;
          break;
        }
        s = tier > 1 && s >= c.switches ? (s / c.switches + 1) * c.switches : s + 1;
      }
      if (unit.switches == 0) {
        return Unexpected<SizingProblem>(SizingProblem{
            SizingProblem::About::Tiers,
            fmt::format(
                "a unit of {} has {} switches of {} uplinks below it: no layer of {}-port switches reaches them "
                "all evenly",
                name(tier), format_count(children.full * c.switches), c.up, ports_.radix),
            "smaller units, a tier between, a switch with more ports, or state the tier's `switches`"});
      }
    }
    unit.down = found.load;
    unit.up = is_top(tier) ? 0 : uplinks(unit.down, over(tier));
    unit.tiers.resize(levels_);
    for (std::size_t i = 0; i < tier; ++i) {
      add(unit.tiers[i], c.tiers[i], children.full);
      if (children.rest != nullptr) add(unit.tiers[i], children.rest->tiers[i], 1);
    }
    long long cables = children.full * found.cables;
    if (children.rest != nullptr) {
      cables += fabric_.tiers[tier].switches > 0 ? children.rest->switches * children.rest->up
                                                 : rest_cables(*children.rest, unit.switches);
    }
    unit.tiers[tier - 1].up = cables;
    unit.tiers[tier - 1].most_ports =
        std::max(unit.tiers[tier - 1].most_ports, c.down + ceil_div(found.cables, c.switches));
    unit.tiers[tier] = {1, unit.switches, cables, 0, unit.down};
    return unit;
  }

  static void add(TierCount& total, const TierCount& part, long long times) {
    total.units += part.units * times;
    total.switches += part.switches * times;
    total.down += part.down * times;
    total.up += part.up * times;
    total.most_ports = std::max(total.most_ports, part.most_ports);
  }

  const Fabric& fabric_;
  const PortPlan& ports_;
  int node_chips_;
  std::size_t levels_;
};

/// Tiers that `nodes` nodes need: up to the first whose unit holds them all, and the one that joins the rails.
std::size_t levels_for(const Fabric& fabric, const PortPlan& ports, long long nodes, int node_chips) {
  std::size_t levels = 1;
  while (levels < fabric.tiers.size() && fabric.tiers[levels - 1].chips / node_chips < nodes) ++levels;
  const bool split_rails = fabric.rails == Rails::Optimised && ports.leaves > 1 && nodes > 1;
  return split_rails ? std::min(std::max<std::size_t>(2, levels), fabric.tiers.size()) : levels;
}

Expected<std::size_t, SizingProblem> checked_levels(const Fabric& fabric, const PortPlan& ports, long long nodes,
                                                    int node_chips) {
  for (const Fabric::Tier& tier : fabric.tiers) {
    if (tier.chips % node_chips == 0) continue;
    return Unexpected<SizingProblem>(
        SizingProblem{SizingProblem::About::Node,
                      fmt::format("a unit of the fabric joins {} chips, which is no whole number of nodes of {}",
                                  format_count(tier.chips), node_chips),
                      "another node, or other tiers"});
  }
  if (ports.leaf_ports > ports.radix) {
    return Unexpected<SizingProblem>(SizingProblem{SizingProblem::About::Switches,
                                                   fmt::format("a node has {} ports on its leaf switch, which has {}",
                                                               format_count(ports.leaf_ports), ports.radix),
                                                   "a switch with more or faster ports"});
  }
  const long long most = fabric.tiers.back().chips;
  if (most / node_chips < nodes) {
    return Unexpected<SizingProblem>(SizingProblem{
        SizingProblem::About::Chips,
        fmt::format("the fabric joins {} chips, not {}", format_count(most), format_count(nodes * node_chips)),
        fmt::format("at most {}", format_count(most))});
  }
  return levels_for(fabric, ports, nodes, node_chips);
}

}  // namespace

long long most_down(long long radix, double oversubscription) {
  auto down = static_cast<long long>(static_cast<double>(radix) * oversubscription / (1 + oversubscription)) + 1;
  while (down > 0 && down + uplinks(down, oversubscription) > radix) --down;
  return down;
}

Expected<std::vector<TierCount>, SizingProblem> count_fat_tree(const Fabric& fabric, const PortPlan& ports,
                                                               long long nodes, int node_chips) {
  const auto levels = checked_levels(fabric, ports, nodes, node_chips);
  if (!levels) return Unexpected<SizingProblem>(levels.error());
  auto whole = Builder(fabric, ports, node_chips, *levels).unit(*levels - 1, nodes);
  if (!whole) return Unexpected<SizingProblem>(whole.error());
  return std::move(whole->tiers);
}

Expected<std::vector<long long>, SizingProblem> switches_by_unit(const Fabric& fabric, const PortPlan& ports,
                                                                 long long nodes, int node_chips) {
  const auto levels = checked_levels(fabric, ports, nodes, node_chips);
  if (!levels) return Unexpected<SizingProblem>(levels.error());
  const Builder builder(fabric, ports, node_chips, *levels);
  std::vector<long long> switches;
  for (std::size_t i = 0; i < *levels; ++i) {
    const auto unit = builder.unit(i, std::min(nodes, fabric.tiers[i].chips / node_chips));
    if (!unit) return Unexpected<SizingProblem>(unit.error());
    switches.push_back(unit->switches);
  }
  return switches;
}

}  // namespace orrery
