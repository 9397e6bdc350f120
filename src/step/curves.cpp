#include "step/curves.hpp"

namespace orrery {

LayoutCurves layout_curves(const LayoutGroups& groups, const CollectiveModel& network) {
  LayoutCurves curves;
  curves.tensor_all_reduce = network.curve(Collective::AllReduce, groups.tensor);
  curves.tensor_all_gather = network.curve(Collective::AllGather, groups.tensor);
  curves.tensor_reduce_scatter = network.curve(Collective::ReduceScatter, groups.tensor);
  curves.context_exchange = network.curve(Collective::SendReceive, groups.context);  // slowest hop rules
  curves.expert_all_to_all = network.curve(Collective::AllToAll, groups.expert);
  Group domain = groups.expert;
  domain.ranks = domain.ranks_per_domain;
  curves.expert_inside = network.curve(Collective::AllToAll, domain);
  curves.expert_gather = network.curve(Collective::AllGather, groups.expert_tensor);
  curves.tensor_spans_domains = groups.tensor.spans_domains();
  curves.expert_domains = static_cast<double>(groups.expert.ranks) / groups.expert.ranks_per_domain;
  return curves;
}

DataCurves data_curves(const LayoutGroups& groups, const CollectiveModel& network) {
  DataCurves curves;
  curves.all_reduce = network.curve(Collective::AllReduce, groups.shard);
  curves.all_gather = network.curve(Collective::AllGather, groups.shard);
  curves.reduce_scatter = network.curve(Collective::ReduceScatter, groups.shard);
  curves.replica_all_reduce = network.curve(Collective::AllReduce, groups.replica);
  curves.expert_all_reduce = network.curve(Collective::AllReduce, groups.expert_data);
  curves.expert_all_gather = network.curve(Collective::AllGather, groups.expert_data);
  curves.expert_reduce_scatter = network.curve(Collective::ReduceScatter, groups.expert_data);
  curves.pipeline_send = network.curve(Collective::SendReceive, groups.pipeline);
  curves.embedding_all_reduce = network.curve(Collective::AllReduce, groups.pipeline);
  return curves;
}

}  // namespace orrery
