#include "network/hierarchical.hpp"

#include <algorithm>
#include <cmath>

namespace orrery {
namespace {

/// One protocol of NCCL: base and per-hop latencies of its ring and tree, and the share of the bandwidth that it keeps.
/// Values of NVIDIA/nccl src/graph/tuning.cc (2026-06), microseconds.
struct Protocol {
  const char* ring_name;
  const char* tree_name;
  double ring_base, tree_base;
  double ring_hop, tree_hop;          ///< Over scale-up links.
  double ring_network, tree_network;  ///< Over the network.
  double share;
};
constexpr Protocol kProtocols[] = {
    {"ring/LL", "tree/LL", 6.6, 6.8, 0.6, 0.6, 2.7, 5.0, 0.25},
    {"ring/LL128", "tree/LL128", 14.0, 14.0, 1.9, 1.25, 4.0, 8.5, 0.92},
    {"ring/simple", "tree/simple", 8.4, 8.4, 3.4, 4.0, 14.0, 14.0, 1.0},
};
constexpr double kTreeShare = 0.92;
constexpr double kScaleUpShare =
    0.80;  // Measured peak of long rings over the nominal rate: 232 of 300, 361 of 450 GB/s.
// In-switch reduction (NVLS) of an all-reduce moves each byte once in and once out instead of twice.
constexpr double kNvlsBase = 25.0, kNvlsRate = 1.3;
constexpr int kNvlsRanks = 5;
constexpr double kNvlsGeneration = 400e9;  // Scale-up rates from the fourth NVLink generation on have it.

Seconds microseconds(double n) {
  return Seconds(n * 1e-6);
}

/// Bytes that cross a rank's link for a payload of one byte, in a ring.
double ring_bytes(Collective collective, double ranks) {
  switch (collective) {
    case Collective::AllReduce:
      return 2 * (ranks - 1) / ranks;
    case Collective::AllGather:
    case Collective::ReduceScatter:
    case Collective::AllToAll:
      return (ranks - 1) / ranks;
    case Collective::Broadcast:
    case Collective::SendReceive:
      return 1;
  }
  return 1;
}

double ring_steps(Collective collective, double ranks) {
  if (collective == Collective::AllReduce) return 2 * (ranks - 1);
  return collective == Collective::SendReceive ? 1 : ranks - 1;
}

}  // namespace

HierarchicalModel::HierarchicalModel(const Cluster& cluster) : node_(cluster.node), fabric_(cluster.fabric) {}

double HierarchicalModel::reachable_share(Collective collective, int ranks) const {
  const double others = std::max(1, std::min(node_.chips, node_.scale_up_domain) - 1);
  switch (node_.topology) {
    case ScaleUpTopology::Switched:
      return 1;
    // Each pair has one link: a group reaches only those to its own members.
    case ScaleUpTopology::FullMesh:
      return collective == Collective::SendReceive ? 1 / others : std::min(1.0, (ranks - 1) / others);
    case ScaleUpTopology::HybridCubeMesh:
      return collective == Collective::SendReceive ? 1.0 / 6 : 1;
    // A ring along one axis uses that axis's two directions; a group that fills the domain uses all axes.
    case ScaleUpTopology::Torus2d:
    case ScaleUpTopology::Torus3d: {
      const double axes = node_.topology == ScaleUpTopology::Torus2d ? 2 : 3;
      const double edge = std::pow(std::max(2, node_.scale_up_domain), 1 / axes);
      if (collective == Collective::SendReceive) return 1 / (2 * axes);
      return std::min(1.0, std::max(1.0, std::ceil(std::log(ranks) / std::log(edge) - 1e-9)) / axes);
    }
  }
  return 1;
}

BytesPerSecond HierarchicalModel::network_bandwidth(const Group& group) const {
  // A group that reaches beyond a tier pays that tier's oversubscription. Its extent is at least its own ranks.
  double reduction = 1;
  for (const Fabric::Tier& tier : fabric_.tiers) {
    const long long extent = 1LL * group.ranks * node_.scale_up_domain / std::max(1, group.ranks_per_domain);
    if (tier.chips > 0 && extent > tier.chips) reduction = std::max(reduction, tier.oversubscription);
  }
  return node_.scale_out_bandwidth * (fabric_.efficiency / reduction);
}

CostCurve HierarchicalModel::within_domain(Collective collective, const Group& group) const {
  CostCurve curve;
  const double n = group.ranks;
  const BytesPerSecond rate = node_.scale_up_bandwidth * (kScaleUpShare * reachable_share(collective, group.ranks));
  const double bytes = ring_bytes(collective, n);
  for (const Protocol& p : kProtocols) {
    const double steps = collective == Collective::AllToAll ? 1 : ring_steps(collective, n);
    curve.add({microseconds(p.ring_base + steps * p.ring_hop), rate * (p.share / bytes), p.ring_name});
    if (collective != Collective::AllReduce) continue;
    curve.add(
        {microseconds(p.tree_base + 2 * (n - 1) * p.tree_hop), rate * (p.share * kTreeShare / bytes), p.tree_name});
  }
  const bool nvls = node_.topology == ScaleUpTopology::Switched && node_.scale_up_bandwidth.raw() >= kNvlsGeneration;
  if (nvls && collective == Collective::AllReduce && group.ranks >= kNvlsRanks) {
    curve.add({microseconds(kNvlsBase), rate * (kNvlsRate / bytes), "NVLS"});
  }
  return curve;
}

CostCurve HierarchicalModel::across_domains(Collective collective, const Group& group) const {
  CostCurve curve;
  const double n = group.ranks;
  const double inside = group.ranks_per_domain;
  const double domains = std::ceil(n / inside);
  const BytesPerSecond network = network_bandwidth(group);
  const BytesPerSecond scale_up = node_.scale_up_bandwidth * kScaleUpShare;
  if (collective == Collective::SendReceive) {
    curve.add({microseconds(8.4) + fabric_.latency, network, "send"});
    return curve;
  }
  if (collective == Collective::AllToAll) {
    // What leaves the domain goes through the sender's own port, the rest over scale-up links at the same time.
    const double leaving = (n - inside) / n;
    const double staying = std::max(0.0, inside - 1) / n;
    const double seconds_per_byte = std::max(leaving / network.raw(), staying / scale_up.raw());
    curve.add(
        {microseconds(8.4 + 2.7 * std::log2(n)) + fabric_.latency, BytesPerSecond(1 / seconds_per_byte), "pairwise"});
    return curve;
  }
  // A ring enters and leaves every domain once a channel; with a channel for each rank of a domain all its ports work.
  const double bytes = ring_bytes(collective, n);
  const BytesPerSecond rate(std::min(scale_up.raw(), network.raw() * inside));
  const double rounds = collective == Collective::AllReduce ? 2 : 1;
  for (const Protocol& p : kProtocols) {
    const double between = rounds * (domains - 1) * (p.ring_network + fabric_.latency.raw() * 1e6 * 0.25);
    const double within = (ring_steps(collective, n) - rounds * (domains - 1)) * p.ring_hop;
    curve.add({microseconds(p.ring_base + between + within), rate * (p.share / bytes), p.ring_name});
    // Trees of domains: depth grows with the logarithm. Gathers and scatters have PAT (parallel aggregated trees).
    const double depth = std::log2(std::max(2.0, domains));
    const double tree = p.tree_base + rounds * (depth * p.tree_network + (inside - 1) * p.tree_hop);
    const double share = collective == Collective::AllReduce ? kTreeShare : 0.75;
    curve.add({microseconds(tree), rate * (p.share * share / bytes), p.tree_name});
  }
  return curve;
}

CostCurve HierarchicalModel::curve(Collective collective, const Group& group) const {
  if (group.ranks <= 1) return {};
  return group.spans_domains() ? across_domains(collective, group) : within_domain(collective, group);
}

}  // namespace orrery
