#include "network/group_view.hpp"

#include <algorithm>
#include <cmath>

#include "base/check.hpp"

namespace orrery {

double cost_per_byte(double share, BytesPerSecond rate) {
  ORRERY_CHECK(rate.raw() > 0, "a group communicates over links that have a bandwidth");
  return share / rate.raw();
}

GroupView::GroupView(const Cluster& machine, const FabricLoad& fabric_load, const CollectiveConstants& fitted,
                     Collective which, const Group& members)
    : cluster(machine),
      load(fabric_load),
      constants(fitted),
      collective(which),
      group(members),
      ranks(members.ranks),
      per_domain(std::clamp(members.ranks_per_domain, 1, members.ranks)),
      domains((ranks + per_domain - 1) / per_domain),
      nics(ranks % per_domain == 0 ? per_domain : ranks % per_domain),
      hop(machine.node.scale_up_latency),
      fabric_hop(machine.fabric.latency) {
  if (per_domain > 1) rates = scale_up_rates(cluster, per_domain, constants);
  if (domains == 1) return;
  depth_ = std::log2(static_cast<double>(domains));
  const auto ask = [this](Traffic traffic) {
    ways_[static_cast<std::size_t>(traffic)] = {
        cluster.node.scale_out_bandwidth * cluster.fabric.efficiency / load.stretch(group, traffic),
        load.extra_latency(group, traffic)};
  };
  if (collective == Collective::AllToAll) {
    ask(Traffic::Uniform);
    return;
  }
  ask(Traffic::Neighbour);
  if (collective != Collective::SendReceive) ask(Traffic::Tree);
}

bool GroupView::on_torus() const {
  const ScaleUpTopology topology = cluster.node.topology;
  return per_domain > 1 && (topology == ScaleUpTopology::Torus2d || topology == ScaleUpTopology::Torus3d);
}

double GroupView::ring_share(double count) const {
  return collective == Collective::Broadcast ? 1 : passes() * (count - 1) / count;
}

double GroupView::own_copy() const {
  return per_domain > 1 && collective != Collective::Broadcast ? cost_per_byte(1.0 / ranks, rates.own_copy) : 0;
}

void CandidateList::add(const CostCandidate& candidate) {
  if (!wants(candidate.algorithm)) return;
  ORRERY_CHECK(count_ < candidates_.size(), "a list of candidates holds them");
  candidates_[count_++] = candidate;
}

void CandidateList::add(const char* algorithm, Seconds believed_latency, double believed_per_byte, Seconds latency,
                        double per_byte) {
  CostCandidate candidate{algorithm, believed_latency, believed_per_byte, {}, 1};
  candidate.pieces[0] = {Bytes(0), latency, per_byte};
  add(candidate);
}

}  // namespace orrery
