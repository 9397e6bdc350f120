#include "network/sizing/complete_tiers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/unit_text.hpp"
#include "network/sizing/fat_tree.hpp"

namespace orrery {
namespace {

constexpr std::size_t kMostTiers = 6;
constexpr long long kMostNodes = 1'000'000'000;

long long ceil_div(long long a, long long b) {
  return (a + b - 1) / b;
}

std::string tier_name(std::size_t tier) {
  static const char* const names[] = {"leaf", "spine", "core"};
  return tier < 3 ? names[tier] : fmt::format("tier {}", tier + 1);
}

/// Nodes that one unit of each tier of a fat tree of `count` tiers holds; empty where a unit would hold nothing.
std::vector<long long> nodes_by_tier(const PortPlan& ports, std::size_t count, const std::vector<double>& over) {
  std::vector<long long> nodes;
  for (std::size_t i = 0; i < count; ++i) {
    const bool top = i + 1 == count;
    const long long down = top ? ports.radix : most_down(ports.radix, over[i]);
    // A leaf joins ports of nodes, the tier above it leaf switches, the others units whose switches have one cable
    // each.
    const long long children = i == 0 ? down / ports.leaf_ports : i == 1 ? down / ports.leaves : down;
    nodes.push_back(i == 0 ? children : std::min(kMostNodes, nodes.back() * children));
    if (nodes.back() < 1) return {};
  }
  return nodes;
}

Expected<std::vector<Fabric::Tier>, SizingProblem> derived_tiers(const Fabric& fabric, const PortPlan& ports,
                                                                 long long nodes, int node_chips,
                                                                 const std::vector<double>& over) {
  const bool split_rails = fabric.rails == Rails::Optimised && ports.leaves > 1 && nodes > 1;
  const std::size_t most = fabric.rails == Rails::Only ? 1 : kMostTiers;
  long long reached = 0;
  for (std::size_t count = split_rails ? 2 : 1; count <= most; ++count) {
    const std::vector<long long> sizes = nodes_by_tier(ports, count, over);
    if (sizes.empty()) continue;
    reached = std::max(reached, sizes.back());
    if (sizes.back() < nodes) continue;
    std::vector<Fabric::Tier> tiers;
    for (std::size_t i = 0; i < count; ++i) {
      const long long below = i > 0 ? sizes[i - 1] : 1;
      const long long whole = i + 1 == count ? ceil_div(nodes, below) * below : sizes[i];
      tiers.push_back({tier_name(i), whole * node_chips, i + 1 == count ? 1.0 : over[i]});
    }
    return tiers;
  }
  const std::string switches = fmt::format("{}-port switches", ports.radix);
  if (reached == 0) {
    return Unexpected<SizingProblem>({SizingProblem::About::Switches,
                                      fmt::format("no tree of {} joins two nodes: each has {} ports on {} of them",
                                                  switches, format_count(ports.leaf_ports), ports.leaves),
                                      "a switch with more ports"});
  }
  return Unexpected<SizingProblem>(
      {SizingProblem::About::Chips,
       fmt::format("{} of {} join {} chips at most, not {}",
                   most == 1 ? "rails without a tier above" : fmt::format("{} tiers", most), switches,
                   format_count(reached * node_chips), format_count(nodes * node_chips)),
       most == 1 ? "rails = \"optimised\", or a switch with more ports" : "a switch with more ports"});
}

Expected<std::vector<double>, SizingProblem> ratios(const Fabric& fabric, const std::vector<double>& wanted) {
  std::vector<double> over(kMostTiers, 1.0);
  for (std::size_t i = 0; i < fabric.tiers.size() && i < over.size(); ++i) over[i] = fabric.tiers[i].oversubscription;
  const std::size_t most = fabric.tiers.empty() ? kMostTiers - 1 : fabric.tiers.size() - 1;
  if (wanted.size() > most) {
    return Unexpected<SizingProblem>(
        {SizingProblem::About::Oversubscription,
         fmt::format("{} ratios of oversubscription, but only {} tiers have one above", wanted.size(), most),
         "from the leaf up, none for the top tier"});
  }
  std::copy(wanted.begin(), wanted.end(), over.begin());
  return over;
}

}  // namespace

Expected<Fabric, SizingProblem> with_tiers(const Fabric& fabric, long long chips, int node_chips, BytesPerSecond nic,
                                           const std::vector<double>& oversubscription) {
  Fabric whole = fabric;
  if (fabric.topology != FabricTopology::FatTree) return whole;
  const auto over = ratios(fabric, oversubscription);
  if (!over) return Unexpected<SizingProblem>(over.error());
  if (fabric.tiers.empty()) {
    const PortPlan ports = port_plan(fabric, node_chips, nic);
    auto tiers = derived_tiers(fabric, ports, ceil_div(chips, node_chips), node_chips, *over);
    if (!tiers) return Unexpected<SizingProblem>(tiers.error());
    whole.tiers = *std::move(tiers);
  }
  for (std::size_t i = 0; i < whole.tiers.size() && i < oversubscription.size(); ++i) {
    if (i + 1 < whole.tiers.size()) whole.tiers[i].oversubscription = oversubscription[i];
  }
  return whole;
}

Expected<Fabric, SizingProblem> complete_tiers(const Fabric& fabric, long long chips, int node_chips,
                                               BytesPerSecond nic, const std::vector<double>& oversubscription) {
  auto whole = with_tiers(fabric, chips, node_chips, nic, oversubscription);
  if (!whole || fabric.topology != FabricTopology::FatTree) return whole;
  const PortPlan ports = port_plan(fabric, node_chips, nic);
  const auto switches = switches_by_unit(*whole, ports, ceil_div(chips, node_chips), node_chips);
  if (!switches) return Unexpected<SizingProblem>(switches.error());
  for (std::size_t i = 0; i < switches->size(); ++i) {
    if (whole->tiers[i].switches == 0) whole->tiers[i].switches = (*switches)[i] * whole->planes;
  }
  return whole;
}

}  // namespace orrery
