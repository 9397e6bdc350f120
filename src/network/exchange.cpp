#include <algorithm>

#include "network/group_view.hpp"

namespace orrery {
namespace {

/// By domain: ranks of a domain first hand each other what goes to the same position elsewhere, then send one message
/// to each other domain: fewer messages, but all bytes pass the scale-up links too.
void add_aggregated(const GroupView& v, CandidateList& list) {
  if (!list.asked_for("all-to-all by domain") || v.domains == 1 || v.per_domain == 1) return;
  const CollectiveConstants& c = v.constants;
  const double skew = v.group.skew;
  const double inside = (v.per_domain - 1.0) / v.per_domain;
  const double across = (v.domains - 1.0) / v.domains;
  const BytesPerSecond rate = c.all_to_all_network_share * v.nic(Traffic::Uniform);
  list.add("all-to-all by domain",
           2 * c.base_simple + nccl_tuning::kRingHop.simple * v.hop +
               v.network_hop(nccl_tuning::kRingNetwork.simple, Traffic::Uniform) + (v.domains - 1) * c.peer_issue +
               c.network_peer_chunk / rate,
           skew * (cost_per_byte(inside, v.rates.all_to_all) + cost_per_byte(across, rate)) + v.own_copy());
}

}  // namespace

/// Every rank sends to every other; links inside the domain and NICs work at the same time. Uneven loads wait for the
/// busiest rank, which sends (or receives) `skew` times the mean.
void add_all_to_all(const GroupView& v, CandidateList& list) {
  const CollectiveConstants& c = v.constants;
  namespace n = nccl_tuning;
  double per_byte = 0;
  Seconds ll = n::kBaseLl, small = n::kBaseSimple, simple = n::kBaseSimple, fill;
  if (v.per_domain > 1) {
    per_byte = cost_per_byte((v.per_domain - 1.0) / v.ranks, v.rates.all_to_all);
    fill = c.peer_chunk / v.rates.all_to_all;
    const double hops = v.on_torus() ? v.rates.hops : 1;
    ll += hops * c.ring_hop.ll * v.hop;
    small += hops * c.ring_hop.ll128 * v.hop;
    simple += hops * n::kRingHop.simple * v.hop;
  }
  if (v.domains > 1) {
    const BytesPerSecond rate = c.all_to_all_network_share * v.nic(Traffic::Uniform);
    per_byte = std::max(per_byte, cost_per_byte(static_cast<double>(v.ranks - v.nics) / v.ranks, rate));
    fill = max(fill, c.network_peer_chunk / rate);
    const Seconds issue = (v.ranks - v.per_domain) * c.peer_issue;
    ll += v.network_hop(c.ring_network.ll, Traffic::Uniform) + issue;
    small += v.network_hop(c.ring_network.ll128, Traffic::Uniform) + issue;
    simple += v.network_hop(c.ring_network.simple, Traffic::Uniform) + issue;
  }
  per_byte *= v.group.skew;
  const double copy = v.own_copy();
  list.add("all-to-all/LL", ll, per_byte / c.peer_ll_share + copy);
  list.add("all-to-all/Simple, small chunks", small + c.peer_small_chunk * fill,
           per_byte / c.peer_small_chunk_share + copy);
  list.add("all-to-all/Simple", simple + fill, per_byte + copy);
  add_aggregated(v, list);
}

/// One message between neighbours of the group.
void add_send_receive(const GroupView& v, CandidateList& list) {
  const CollectiveConstants& c = v.constants;
  namespace n = nccl_tuning;
  const bool far = v.domains > 1;
  const BytesPerSecond rate = far ? v.nic(Traffic::Neighbour) : v.rates.point_to_point;
  const double per_byte = cost_per_byte(1, rate);
  const auto hop = [&](double network, double link) {
    return far ? v.network_hop(network, Traffic::Neighbour) : link * v.hop;
  };
  const Seconds fill = c.network_peer_chunk / rate;
  list.add("send/LL", n::kBaseLl + hop(c.ring_network.ll, c.ring_hop.ll), per_byte / c.peer_ll_share);
  list.add("send/Simple, small chunks",
           n::kBaseSimple + hop(c.ring_network.ll128, c.ring_hop.ll128) + c.peer_small_chunk * fill,
           per_byte / c.peer_small_chunk_share);
  list.add("send/Simple", n::kBaseSimple + hop(c.ring_network.simple, n::kRingHop.simple) + fill, per_byte);
}

}  // namespace orrery
