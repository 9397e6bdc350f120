#include "network/hierarchical.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/check.hpp"
#include "network/constants.hpp"
#include "network/scale_up.hpp"

namespace orrery {
namespace {

using namespace collective_constants;

/// Seconds for a byte of payload: `share` bytes on a link of `rate`.
double cost_per_byte(double share, BytesPerSecond rate) {
  ORRERY_CHECK(rate.raw() > 0, "a group communicates over links that have a bandwidth");
  return share / rate.raw();
}

/// One collective on one group: the machine as this group sees it.
class Lines {
 public:
  Lines(const Cluster& cluster, const FabricLoad& load, Collective collective, const Group& group,
        std::string_view only)
      : cluster_(cluster),
        load_(load),
        collective_(collective),
        group_(group),
        only_(only),
        ranks_(group.ranks),
        per_domain_(std::clamp(group.ranks_per_domain, 1, group.ranks)),
        domains_((ranks_ + per_domain_ - 1) / per_domain_),
        hop_(cluster.node.scale_up_latency),
        network_hop_(cluster.fabric.latency) {
    if (per_domain_ > 1) rates_ = scale_up_rates(cluster, per_domain_);
  }

  CostCurve curve() {
    switch (collective_) {
      case Collective::AllToAll:
        all_to_all();
        break;
      case Collective::Broadcast:
      case Collective::SendReceive:
        send_receive();
        break;
      case Collective::AllReduce:
        if (on_torus()) return torus(), curve_;
        ring();
        if (domains_ > 1) tree();
        in_switch();
        break;
      case Collective::AllGather:
      case Collective::ReduceScatter:
        if (on_torus()) return torus(), curve_;
        ring();
        if (per_domain_ == 1) parallel_trees();
        break;
    }
    return curve_;
  }

 private:
  bool on_torus() const {
    const ScaleUpTopology topology = cluster_.node.topology;
    return per_domain_ > 1 && (topology == ScaleUpTopology::Torus2d || topology == ScaleUpTopology::Torus3d);
  }

  /// Bytes that pass each link of a pipelined ring of `ranks`, per byte of payload.
  double ring_share(double ranks) const { return (collective_ == Collective::AllReduce ? 2 : 1) * (ranks - 1) / ranks; }
  double passes() const { return collective_ == Collective::AllReduce ? 2 : 1; }

  /// A protocol's cost of a byte, of which `inside` arises in the domain and `between` at the NICs.
  static double ll128_cost(double inside, double between, double share) {
    return std::max(inside / share, between / kNetworkLl128Share);
  }

  /// Reached rate of one rank's share of the NICs.
  BytesPerSecond nic(Traffic traffic) const {
    return cluster_.node.scale_out_bandwidth * cluster_.fabric.efficiency / load_.stretch(group_, traffic);
  }
  /// Latency of a hop between domains, whose share in software a protocol multiplies.
  Seconds network_hop(double protocol, Traffic traffic) const {
    return protocol * network_hop_ + load_.extra_latency(group_, traffic);
  }

  void add(Seconds latency, double per_byte, const char* algorithm) {
    if (!std::string_view(algorithm).starts_with(only_)) return;
    curve_.add({latency, BytesPerSecond(1 / per_byte), algorithm});
  }

  void ring() {
    double links = 0, nics = 0;
    Seconds fill;  // of the pipeline, Simple only: the others pass on words, not chunks
    if (per_domain_ > 1) {
      links = cost_per_byte(ring_share(ranks_), rates_.ring);
      fill = kChunkInFlight / rates_.ring;
    }
    if (domains_ > 1) {
      const BytesPerSecond rate = nic(Traffic::Neighbour);
      nics = cost_per_byte(ring_share(ranks_) / per_domain_, rate);
      fill = max(fill, kNetworkChunk / rate);
    }
    const double per_byte = std::max(links, nics);
    const double copy = per_domain_ > 1 ? cost_per_byte(1.0 / ranks_, rates_.own_copy) : 0;
    const double between = passes() * (domains_ - 1);
    const double inside = passes() * (ranks_ - 1) - between;
    const double plateau = domains_ > 1 ? kRingSimplePlateau : 1;
    const auto hops = [&](double hop, double network) {
      return inside * hop * hop_ + between * network_hop(network, Traffic::Neighbour);
    };
    add(kBaseLl + hops(kRingHop.ll, kRingNetwork.ll), per_byte / kRingShare.ll + copy, "ring/LL");
    add(kBaseLl128 + hops(kRingHop.ll128, kRingNetwork.ll128), ll128_cost(links, nics, kRingShare.ll128) + copy,
        "ring/LL128");
    add(kBaseSimple + hops(kRingHop.simple, plateau * kRingNetwork.simple) + fill, per_byte / kRingShare.simple + copy,
        "ring/Simple");
  }

  /// Double binary tree over the domains, a chain inside each. Inner domains send up once and down twice for half of
  /// the payload, and up once for the other half: twice the payload leaves a domain.
  void tree() {
    const BytesPerSecond rate = nic(Traffic::Tree);
    const double nics = cost_per_byte(2.0 / per_domain_, rate);
    const double links = per_domain_ > 1 ? cost_per_byte(2, rates_.ring) : 0;
    const double per_byte = std::max(links, nics);
    const double chain = per_domain_ - 1, depth = std::log2(static_cast<double>(domains_));
    const auto hops = [&](double hop, double network) {
      return 2 * (chain * hop * hop_ + depth * network_hop(network, Traffic::Tree));
    };
    add(kBaseLl + hops(kTreeHop.ll, kTreeNetwork.ll), per_byte / kTreeShare.ll, "tree/LL");
    add(kBaseLl128 + hops(kTreeHop.ll128, kTreeNetwork.ll128), ll128_cost(links, nics, kTreeShare.ll128), "tree/LL128");
    add(kBaseSimple + hops(kTreeHop.simple, kTreeNetwork.simple) + 2 * depth * (kNetworkChunk / rate),
        per_byte / kTreeShare.simple, "tree/Simple");
  }

  /// All-reduce by the switches of the domain, and between domains by trees whose nodes are whole domains. Every hop
  /// up or down costs its latency and the time of the chunk that it passes on; small chunks cut the latter, but
  /// leave the links idle between them.
  void in_switch() {
    if (rates_.in_switch.raw() <= 0) return;
    const Seconds start = kSwitchReduction * hop_;
    const double inside = cost_per_byte(1, rates_.in_switch);
    if (domains_ == 1) {
      // Two pipelines behind each other: summing the shares, handing out the sums.
      add(start + 2 * (kChunkInFlight / rates_.ring), inside, "NVLS");
      return;
    }
    const BytesPerSecond rate = nic(Traffic::Tree);
    // Two domains exchange their sums; in larger trees twice the payload leaves a domain (see `tree`).
    const double between = cost_per_byte((domains_ == 2 ? 1.0 : 2.0) / per_domain_, rate);
    const double levels = 2 * std::log2(static_cast<double>(domains_));
    const Seconds hop = network_hop(kSwitchTreeNetwork, Traffic::Tree), chunk = kNetworkChunk / rate;
    add(start + levels * (hop + chunk), std::max(inside, between), "NVLSTree");
    add(start + levels * (hop + kSmallChunk * chunk), std::max(inside, between / kSmallChunkShare),
        "NVLSTree, small chunks");
  }

  /// NCCL's PAT ("parallel aggregated trees"), for one rank a domain.
  void parallel_trees() {
    const double per_byte = cost_per_byte(ring_share(ranks_) / kPatShare, nic(Traffic::Tree));
    const double depth = std::log2(static_cast<double>(ranks_));
    add(kBaseSimple + depth * network_hop(kPatNetwork, Traffic::Tree) + kPatRank * ranks_ * network_hop_, per_byte,
        "PAT");
  }

  /// Bidirectional rings along all axes at once; between slices, each chip carries its share of the result.
  void torus() {
    double per_byte =
        cost_per_byte(ring_share(per_domain_), rates_.ring) + cost_per_byte(1.0 / ranks_, rates_.own_copy);
    Seconds latency = kBaseLl + passes() * rates_.hops * hop_;
    if (domains_ > 1) {
      per_byte += cost_per_byte(ring_share(domains_) / per_domain_, nic(Traffic::Neighbour));
      latency += passes() * (domains_ - 1) * network_hop(1, Traffic::Neighbour);
    }
    add(latency, per_byte, domains_ > 1 ? "torus + ring between slices" : "torus rings");
  }

  /// Every rank sends to every other; links inside the domain and NICs work at the same time.
  void all_to_all() {
    double per_byte = 0;
    Seconds latency_ll = kBaseLl, latency_mid = kBaseSimple, latency_simple = kBaseSimple, fill;
    if (per_domain_ > 1) {
      per_byte = cost_per_byte((per_domain_ - 1.0) / ranks_, rates_.all_to_all);
      fill = kChunkInFlight / rates_.all_to_all;
      const double hops = on_torus() ? rates_.hops : 1;
      latency_ll += hops * kRingHop.ll * hop_;
      latency_mid += hops * kRingHop.ll128 * hop_;
      latency_simple += hops * kRingHop.simple * hop_;
    }
    if (domains_ > 1) {
      const BytesPerSecond rate = kAllToAllNetworkShare * nic(Traffic::Uniform);
      per_byte = std::max(per_byte, cost_per_byte(static_cast<double>(ranks_ - per_domain_) / ranks_, rate));
      fill = max(fill, kNetworkChunk / rate);
      const Seconds issue = (ranks_ - per_domain_) * kPeerIssue;
      latency_ll += network_hop(kRingNetwork.ll, Traffic::Uniform) + issue;
      latency_mid += network_hop(kRingNetwork.ll128, Traffic::Uniform) + issue;
      latency_simple += network_hop(kRingNetwork.simple, Traffic::Uniform) + issue;
    }
    const double copy = per_domain_ > 1 ? cost_per_byte(1.0 / ranks_, rates_.own_copy) : 0;
    add(latency_ll, per_byte / kPeerLlShare + copy, "all-to-all/LL");
    add(latency_mid + kPeerSmallChunk * fill, per_byte / kPeerSmallChunkShare + copy,
        "all-to-all/Simple, small chunks");
    add(latency_simple + fill, per_byte + copy, "all-to-all/Simple");
  }

  /// One message between neighbours of the group.
  void send_receive() {
    const bool far = domains_ > 1;
    const BytesPerSecond rate = far ? nic(Traffic::Neighbour) : rates_.point_to_point;
    const double per_byte = cost_per_byte(1, rate);
    const auto hop = [&](double network, double link) {
      return far ? network_hop(network, Traffic::Neighbour) : link * hop_;
    };
    const Seconds fill = kNetworkChunk / rate;
    add(kBaseLl + hop(kRingNetwork.ll, kRingHop.ll), per_byte / kPeerLlShare, "send/LL");
    add(kBaseSimple + hop(kRingNetwork.ll128, kRingHop.ll128) + kPeerSmallChunk * fill, per_byte / kPeerSmallChunkShare,
        "send/Simple, small chunks");
    add(kBaseSimple + hop(kRingNetwork.simple, kRingHop.simple) + fill, per_byte, "send/Simple");
  }

  const Cluster& cluster_;
  const FabricLoad& load_;
  Collective collective_;
  const Group& group_;
  std::string_view only_;
  int ranks_, per_domain_, domains_;
  Seconds hop_, network_hop_;
  ScaleUpRates rates_;
  CostCurve curve_;
};

}  // namespace

HierarchicalModel::HierarchicalModel(const Cluster& cluster, std::shared_ptr<const FabricLoad> load)
    : cluster_(cluster), load_(load ? std::move(load) : std::make_shared<const ClosedFormLoad>(cluster)) {}

CostCurve HierarchicalModel::curve(Collective collective, const Group& group) const {
  return curve_of(collective, group, "");
}

CostCurve HierarchicalModel::curve_of(Collective collective, const Group& group, std::string_view algorithm) const {
  ORRERY_CHECK(group.ranks >= 1, "a group has at least one rank");
  if (group.ranks == 1) return {};
  return Lines(cluster_, *load_, collective, group, algorithm).curve();
}

Seconds wire_time(const Cluster& cluster, Collective collective, const Group& group, Bytes payload) {
  if (group.ranks <= 1) return {};
  const double ranks = group.ranks, local = std::clamp(group.ranks_per_domain, 1, group.ranks);
  const BytesPerSecond inner = cluster.node.scale_up_bandwidth, nic = cluster.node.scale_out_bandwidth;
  const auto over = [&](double share, BytesPerSecond rate) { return share > 0 ? share * (payload / rate) : Seconds{}; };
  switch (collective) {
    case Collective::AllReduce: {
      const double inside = reduces_in_switch(cluster) ? 1 : 2 * (local - 1) / local;
      const double domains = std::ceil(ranks / local);
      return max(local > 1 ? over(inside, inner) : Seconds{}, over(2 * (domains - 1) / domains / local, nic));
    }
    case Collective::AllGather:
    case Collective::ReduceScatter:
      // What a rank alone, and a domain as a whole, must take in or give away.
      return local < ranks ? over((ranks - local) / ranks / local, nic) : over((ranks - 1) / ranks, inner);
    case Collective::AllToAll:
      return max(over((local - 1) / ranks, inner), over((ranks - local) / ranks, nic));
    case Collective::Broadcast:
    case Collective::SendReceive:
      return local < ranks ? over(1, nic) : over(1, inner);
  }
  ORRERY_CHECK(false, "every collective has a wire time");
}

}  // namespace orrery
