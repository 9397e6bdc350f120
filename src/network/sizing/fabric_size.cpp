#include "network/sizing/fabric_size.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "network/sizing/complete_tiers.hpp"
#include "network/sizing/direct_networks.hpp"
#include "network/sizing/fat_tree.hpp"

namespace orrery {
namespace {

Expected<FabricSize, SizingProblem> size_tree(const Cluster& cluster, const SizingOptions& options, FabricSize size) {
  const auto fabric = with_tiers(cluster.fabric, cluster.chips, cluster.node.chips, cluster.node.scale_out_bandwidth,
                                 options.oversubscription);
  if (!fabric) return Unexpected<SizingProblem>(fabric.error());
  const auto counts = count_fat_tree(*fabric, size.ports, size.nodes, cluster.node.chips);
  if (!counts) return Unexpected<SizingProblem>(counts.error());
  std::string below = "node";
  const long long planes = fabric->planes;
  for (std::size_t i = 0; i < counts->size(); ++i) {
    const TierCount& count = (*counts)[i];
    FabricSize::Tier tier;
    tier.name = fabric->tiers[i].name.empty() ? fmt::format("tier {}", i + 1) : fabric->tiers[i].name;
    tier.cables_name = below + "-" + tier.name;
    tier.units = count.units;
    tier.switches = count.switches * planes;
    tier.down = count.down * planes;
    tier.up = count.up * planes;
    tier.cables = tier.down;
    tier.other_kind = count.most_ports > size.ports.radix;
    tier.ports = tier.other_kind ? tier.down + tier.up : tier.switches * size.ports.radix;
    below = tier.name;
    size.tiers.push_back(std::move(tier));
  }
  return size;
}

/// The kind whose cables have this rate.
const OpticsKind* optics_of(const std::vector<OpticsKind>& kinds, BytesPerSecond rate) {
  const auto found = std::find_if(kinds.begin(), kinds.end(),
                                  [&](const OpticsKind& kind) { return std::abs(kind.bandwidth / rate - 1) < 1e-6; });
  return found == kinds.end() ? nullptr : &*found;
}

/// So many of them; nothing where one is unknown, unless there are none.
template <class Q>
std::optional<Q> times(long long n, Q each) {
  if (n == 0) return Q{};
  if (each.raw() <= 0) return std::nullopt;
  return each * static_cast<double>(n);
}

template <class Q>
std::optional<Q> sum(const std::optional<Q>& a, const std::optional<Q>& b) {
  if (!a || !b) return std::nullopt;
  return *a + *b;
}

/// Ports of a node's card in all planes, and what it is rated for.
BytesPerSecond card_rate(const Cluster& cluster, const FabricSize& size) {
  return size.ports.rate * static_cast<double>(cluster.fabric.planes);
}

void add_bill(const Cluster& cluster, const SizingOptions& options, FabricSize& size) {
  const bool torus = cluster.fabric.topology == FabricTopology::Torus;  // Its links are the chip's own.
  const SwitchKind& kind = cluster.fabric.switches;
  const bool known = std::none_of(size.tiers.begin(), size.tiers.end(), [](const auto& t) { return t.other_kind; });
  size.switch_power = known ? times(size.switches(), kind.power) : std::nullopt;
  size.switch_price = known ? times(size.switches(), kind.price) : std::nullopt;
  size.copper_cables = options.copper_to_nodes ? size.tiers.front().cables : 0;
  size.optical_cables = size.cables() - size.copper_cables;
  size.transceivers = 2 * size.optical_cables;
  const OpticsKind unknown;
  const OpticsKind* found = torus ? nullptr : optics_of(options.optics, size.ports.rate);
  const OpticsKind& ends = found != nullptr ? *found : unknown;
  size.optics_power = times(size.transceivers, ends.transceiver_power);
  size.cable_price =
      sum(times(size.transceivers, ends.transceiver_price), times(size.copper_cables, ends.copper_price));
  found = torus ? nullptr : optics_of(options.optics, card_rate(cluster, size));
  const OpticsKind& card = found != nullptr ? *found : unknown;
  size.nic_power = times(size.nics, card.nic_power);
  size.nic_price = times(size.nics, card.nic_price);
}

}  // namespace

long long FabricSize::switches() const {
  long long n = 0;
  for (const Tier& tier : tiers) n += tier.switches;
  return n;
}

long long FabricSize::cables() const {
  long long n = 0;
  for (const Tier& tier : tiers) n += tier.cables;
  return n;
}

std::optional<Watts> FabricSize::power() const {
  return sum(sum(switch_power, optics_power), nic_power);
}

std::optional<Dollars> FabricSize::price() const {
  return sum(sum(switch_price, cable_price), nic_price);
}

Expected<FabricSize, SizingProblem> size_fabric(const Cluster& cluster, const SizingOptions& options) {
  FabricSize start;
  start.chips = cluster.chips;
  start.nodes = (cluster.chips + cluster.node.chips - 1) / cluster.node.chips;
  start.ports = port_plan(cluster.fabric, cluster.node.chips, cluster.node.scale_out_bandwidth);
  const FabricTopology topology = cluster.fabric.topology;
  if (topology != FabricTopology::Torus) start.nics = start.nodes * start.ports.node_ports;
  if (topology != FabricTopology::FatTree && !options.oversubscription.empty()) {
    return Unexpected<SizingProblem>({SizingProblem::About::Oversubscription,
                                      "ratios of oversubscription replace those of a fat tree alone",
                                      "state them in `tiers`"});
  }
  auto size = topology == FabricTopology::Torus       ? Expected<FabricSize, SizingProblem>(size_torus(cluster, start))
              : topology == FabricTopology::Dragonfly ? size_dragonfly(cluster, start)
                                                      : size_tree(cluster, options, start);
  if (size) add_bill(cluster, options, *size);
  return size;
}

}  // namespace orrery
