#include <algorithm>
#include <cmath>

#include "network/group_view.hpp"

namespace orrery {

/// Bidirectional rings along all axes at once; between slices, each chip carries its share of the result.
void add_torus(const GroupView& v, CandidateList& list) {
  double per_byte = cost_per_byte(v.ring_share(v.per_domain), v.rates.ring) + v.own_copy();
  Seconds latency = v.constants.base_ll + v.passes() * v.rates.hops * v.hop;
  if (v.domains > 1) {
    per_byte += cost_per_byte(v.ring_share(v.domains) / v.nics, v.nic(Traffic::Neighbour));
    latency += v.passes() * (v.domains - 1) * v.network_hop(1, Traffic::Neighbour);
  }
  list.add(v.domains > 1 ? "torus + ring between slices" : "torus rings", latency, per_byte);
}

/// Recursive halving and doubling (Thakur, Rabenseifner and Gropp 2005, section 4.5): log2(R) exchanges with partners
/// ever farther away and back; half of what is left each time, so the same bytes as a ring in fewer steps. A rank
/// exchanges with one partner at a time: the links of a pair bound it. Other numbers than powers of two fold the rest
/// in first, one exchange more each way.
void add_halving_doubling(const GroupView& v, CandidateList& list) {
  if (!list.asked_for("halving-doubling")) return;
  const double inside = std::ceil(std::log2(static_cast<double>(v.per_domain)));
  const double between = std::ceil(v.depth());
  Seconds latency = v.constants.base_simple;
  double per_byte = v.own_copy();
  if (v.per_domain > 1) {
    latency += v.passes() * inside * v.constants.ring_hop.simple * v.hop;
    per_byte += cost_per_byte(v.ring_share(v.per_domain), v.rates.point_to_point);
  }
  if (v.domains > 1) {
    latency += v.passes() * between * v.network_hop(v.constants.ring_network.simple, Traffic::Tree);
    // What is left of the payload once the domain has shared it out.
    per_byte += cost_per_byte(v.ring_share(v.domains) / v.nics, v.nic(Traffic::Tree));
  }
  list.add("halving-doubling", latency, per_byte);
}

/// Reduce-scatter inside the domain, all-reduce by rings of the chips of equal position across, all-gather inside, one
/// after the other: fewer steps over the network than one ring through all.
void add_hierarchical(const GroupView& v, CandidateList& list) {
  if (!list.asked_for("hierarchical") || v.domains == 1 || v.per_domain == 1) return;
  const CollectiveConstants& c = v.constants;
  const double inside = v.passes() * (v.per_domain - 1), between = v.passes() * (v.domains - 1);
  const double phases = v.passes() + 1;  // kernels one after the other
  list.add("hierarchical rings",
           phases * c.base_simple + inside * c.ring_hop.simple * v.hop +
               between * v.network_hop(nccl_tuning::kRingSimplePlateau * c.ring_network.simple, Traffic::Neighbour),
           cost_per_byte(v.ring_share(v.per_domain), v.rates.ring) +
               cost_per_byte(v.ring_share(v.domains) / v.nics, v.nic(Traffic::Neighbour)) + v.own_copy());
}

}  // namespace orrery
