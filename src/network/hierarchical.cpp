#include "network/hierarchical.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/check.hpp"
#include "network/group_view.hpp"

namespace orrery {
namespace {

/// All ways to run the collective that `list` wants.
void add_all(const GroupView& view, CandidateList& list) {
  switch (view.collective) {
    case Collective::AllToAll:
      return add_all_to_all(view, list);
    case Collective::SendReceive:
      return add_send_receive(view, list);
    case Collective::AllReduce:
      add_halving_doubling(view, list);
      if (view.on_torus()) return add_torus(view, list);
      add_rings(view, list);
      add_trees(view, list);
      add_switch_reductions(view, list);
      return add_hierarchical(view, list);
    case Collective::AllGather:
    case Collective::ReduceScatter:
      add_halving_doubling(view, list);
      if (view.on_torus()) return add_torus(view, list);
      add_rings(view, list);
      add_parallel_trees(view, list);
      return add_hierarchical(view, list);
    case Collective::Broadcast:
      if (view.on_torus()) return add_torus(view, list);
      add_rings(view, list);
      add_trees(view, list);
      return add_switch_multicast(view, list);
  }
}

}  // namespace

HierarchicalModel::HierarchicalModel(const Cluster& cluster, std::shared_ptr<const FabricLoad> load,
                                     const CollectiveConstants& constants)
    : cluster_(cluster),
      load_(load ? std::move(load) : std::make_shared<const ClosedFormLoad>(cluster)),
      constants_(constants) {}

CostCurve HierarchicalModel::curve(Collective collective, const Group& group) const {
  return curve_of(collective, group, "");
}

CostCurve HierarchicalModel::curve_of(Collective collective, const Group& group, std::string_view algorithm) const {
  ORRERY_CHECK(group.ranks >= 1, "a group has at least one rank");
  if (group.ranks == 1) return {};
  CandidateList list(algorithm);
  add_all(GroupView(cluster_, *load_, constants_, collective, group), list);
  return CostCurve(list.all());
}

CostCurve HierarchicalModel::believed(Collective collective, const Group& group, std::string_view algorithm) const {
  ORRERY_CHECK(group.ranks >= 1, "a group has at least one rank");
  if (group.ranks == 1) return {};
  CandidateList list(algorithm);
  add_all(GroupView(cluster_, *load_, constants_, collective, group), list);
  for (CostCandidate& each : list.all()) {
    each.count = 1;
    each.pieces[0] = {Bytes(0), each.believed_latency, each.believed_per_byte};
  }
  return CostCurve(list.all());
}

Seconds wire_time(const Cluster& cluster, Collective collective, const Group& group, Bytes payload) {
  if (group.ranks <= 1) return {};
  const double ranks = group.ranks, local = std::clamp(group.ranks_per_domain, 1, group.ranks);
  const double domains = std::ceil(ranks / local), rest = std::fmod(ranks, local);
  const double least = rest > 0 ? rest : local;  // ranks of the smallest domain
  const BytesPerSecond inner = cluster.node.scale_up_bandwidth, nic = cluster.node.scale_out_bandwidth;
  const auto over = [&](double share, BytesPerSecond rate) { return share > 0 ? share * (payload / rate) : Seconds{}; };
  switch (collective) {
    case Collective::AllReduce: {
      const double inside = reduces_in_switch(cluster) ? 1 : 2 * (local - 1) / local;
      // The smallest domain's sum leaves it once and the result enters it; all domains send 2(N-1) payloads in sum.
      const double in_sum = cluster.fabric.reduces_in_switch ? 0 : 2 * (domains - 1) / ranks;
      const double between = domains == 1 ? 0 : std::max(1 / least, in_sum);
      return max(local > 1 ? over(inside, inner) : Seconds{}, over(between, nic));
    }
    case Collective::AllGather:
    case Collective::ReduceScatter:
      // What a rank alone, and a domain as a whole, must take in or give away.
      return local < ranks ? over((ranks - least) / ranks / least, nic) : over((ranks - 1) / ranks, inner);
    case Collective::AllToAll:
      return group.skew * max(over((local - 1) / ranks, inner), over((ranks - least) / ranks, nic));
    case Collective::SendReceive:
      return local < ranks ? over(1, nic) : over(1, inner);
    case Collective::Broadcast:
      return local < ranks ? over(1 / least, nic) : over(1, inner);
  }
  ORRERY_CHECK(false, "every collective has a wire time");
}

}  // namespace orrery
