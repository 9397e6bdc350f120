#include <algorithm>
#include <cmath>

#include "network/group_view.hpp"

namespace orrery {
namespace {

/// Hops of a way through the group, and what a byte of payload costs on its links.
struct Way {
  double inside = 0, between = 0;  ///< Hops in a domain and from one to the next, one after the other.
  double links = 0, nics = 0;      ///< Seconds a byte of payload at the scale-up links and at the NICs.
  Traffic traffic = Traffic::Neighbour;

  Seconds latency(const GroupView& v, double hop, double network) const {
    return inside * hop * v.hop + between * v.network_hop(network, traffic);
  }
  /// When protocols keep these shares of the links and of the NICs.
  double per_byte(double of_links, double of_nics) const { return std::max(links / of_links, nics / of_nics); }
};

/// What the nodes of trees over the network pass on at once (NCCL src/enqueue.cc): chunks are halved, down to 32 KiB,
/// as long as the payload makes too few of them to fill a tree of this depth.
struct TreeChunk {
  double chunk, full_for;  ///< Bytes a channel; how many times the depth such chunks there must be.
};
constexpr TreeChunk kTreeChunks[] = {
    {32 * 1024.0, 0}, {64 * 1024.0, 1}, {128 * 1024.0, 4}, {256 * 1024.0, 8}, {512 * 1024.0, 8}};

}  // namespace

/// A pipeline through all ranks: 2(R-1) steps for an all-reduce, R-1 for the others, of which 2(N-1) or N-1 between
/// domains. Each passes a share of the payload: the links carry `ring_share` bytes per byte of it.
void add_rings(const GroupView& v, CandidateList& list) {
  const CollectiveConstants& c = v.constants;
  namespace n = nccl_tuning;
  Way way;
  way.between = v.passes() * (v.domains - 1);
  way.inside = v.passes() * (v.ranks - 1) - way.between;
  if (v.per_domain > 1) way.links = cost_per_byte(v.ring_share(v.ranks), v.rates.ring);
  if (v.domains > 1) way.nics = cost_per_byte(v.ring_share(v.ranks) / v.nics, v.nic(Traffic::Neighbour));
  const double copy = v.own_copy();
  const double plateau = v.domains > 1 ? n::kRingSimplePlateau : 1;
  list.add("ring/LL", n::kBaseLl + way.latency(v, n::kRingHop.ll, n::kRingNetwork.ll),
           way.per_byte(n::kRingShare.ll, n::kNetworkLlShare),
           c.base_ll + way.latency(v, c.ring_hop.ll, c.ring_network.ll),
           way.per_byte(c.ring_share.ll, c.network_ll_share) + copy);
  list.add("ring/LL128", n::kBaseLl128 + way.latency(v, n::kRingHop.ll128, n::kRingNetwork.ll128),
           way.per_byte(n::kRingShare.ll128, n::kRingShare.ll128),
           c.base_ll128 + way.latency(v, c.ring_hop.ll128, c.ring_network.ll128),
           way.per_byte(c.ring_share.ll128, c.network_ll128_share) + copy);
  list.add("ring/Simple", n::kBaseSimple + way.latency(v, n::kRingHop.simple, plateau * n::kRingNetwork.simple),
           way.per_byte(n::kRingShare.simple, n::kRingShare.simple),
           c.base_simple + way.latency(v, c.ring_hop.simple, plateau * c.ring_network.simple),
           way.per_byte(c.ring_share.simple, c.ring_share.simple) + copy);
}

/// Double binary tree over the domains, a chain inside each. All-reduce, there and back: inner domains send up once
/// and down twice for half of the payload, and up once for the other half: twice the payload leaves a domain. As a
/// broadcast (not in NCCL) the way down alone: an inner domain of one half passes that on twice. Two domains have no
/// inner one: each half is sent once each way.
void add_trees(const GroupView& v, CandidateList& list) {
  const CollectiveConstants& c = v.constants;
  namespace n = nccl_tuning;
  const bool reduces = v.collective == Collective::AllReduce;
  if (v.domains == 1 || (!reduces && !list.asked_for("tree"))) return;
  const BytesPerSecond rate = v.nic(Traffic::Tree);
  const double leaves = reduces ? 2 : 1;  // bytes that leave a domain per byte of payload
  Way way;
  way.traffic = Traffic::Tree;
  way.inside = v.passes() * (v.per_domain - 1);
  way.between = v.passes() * v.depth();
  way.nics = cost_per_byte((v.domains == 2 ? 1 : leaves) / v.nics, rate);
  way.links = v.per_domain > 1 ? cost_per_byte(leaves, v.rates.ring) : 0;
  list.add("tree/LL", n::kBaseLl + way.latency(v, n::kTreeHop.ll, n::kTreeNetwork.ll),
           way.per_byte(n::kTreeShare.ll, n::kNetworkLlShare),
           c.base_ll + way.latency(v, c.tree_hop.ll, c.tree_network_ll),
           way.per_byte(c.tree_share.ll, c.network_ll_share));
  list.add("tree/LL128", n::kBaseLl128 + way.latency(v, n::kTreeHop.ll128, n::kTreeNetwork.ll128),
           way.per_byte(n::kTreeShare.ll128, n::kTreeShare.ll128),
           c.base_ll128 + way.latency(v, c.tree_hop.ll128, c.tree_network_ll128),
           way.per_byte(c.tree_share.ll128, c.network_ll128_share));

  CostCandidate simple{"tree/Simple",
                       n::kBaseSimple + way.latency(v, n::kTreeHop.simple, n::kTreeNetwork.simple),
                       way.per_byte(n::kTreeShare.simple, n::kTreeShare.simple),
                       {},
                       0};
  const double levels = v.per_domain - 1 + v.depth();
  for (const TreeChunk& each : kTreeChunks) {
    const Seconds chunk = Bytes(c.network_chunks * each.chunk) / (v.nics * rate);
    const double idle = c.network_chunk_overhead.raw() / each.chunk;  // of the NICs, between chunks
    simple.pieces[simple.count++] = {
        Bytes(n::kChannels * each.chunk * each.full_for * levels),
        c.base_simple + way.latency(v, c.tree_hop.simple, c.chunk_network) + way.between * chunk,
        std::max(way.links, way.nics * (1 + idle)) / c.tree_share.simple};
  }
  list.add(simple);
}

/// NCCL's PAT ("parallel aggregated trees"), for one rank a domain.
void add_parallel_trees(const GroupView& v, CandidateList& list) {
  if (v.per_domain > 1) return;
  namespace n = nccl_tuning;
  list.add(
      "PAT",
      n::kBaseSimple + v.depth() * v.network_hop(n::kPatNetwork, Traffic::Tree) + n::kPatRank * v.ranks * v.fabric_hop,
      cost_per_byte(v.ring_share(v.ranks) / n::kPatShare, v.nic(Traffic::Tree)));
}

}  // namespace orrery
