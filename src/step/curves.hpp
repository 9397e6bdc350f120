#pragma once

#include "network/collective.hpp"
#include "step/groups.hpp"

namespace orrery {

/// Cost curves of every collective that a layout runs, fetched once from the network model.
struct LayoutCurves {
  CostCurve tensor_all_reduce, tensor_all_gather, tensor_reduce_scatter;
  CostCurve context_exchange;  ///< One step of the ring that passes keys and values on.
  CostCurve expert_all_to_all;
  CostCurve expert_inside;  ///< The all-to-all among the expert-parallel ranks of one scale-up domain.
  CostCurve expert_gather;  ///< Over the tensor-parallel ranks of an expert.
  bool tensor_spans_domains = false;
  double expert_domains = 1;  ///< Scale-up domains that an expert-parallel group spans.
};
LayoutCurves layout_curves(const LayoutGroups& groups, const CollectiveModel& network);

/// Curves of the data-parallel side, which depend on how many chips stand between two ranks.
struct DataCurves {
  CostCurve all_reduce, all_gather, reduce_scatter;  ///< Over the ranks that shard parameters.
  CostCurve replica_all_reduce;                      ///< Across shard groups (hybrid sharding).
  CostCurve expert_all_reduce, expert_all_gather, expert_reduce_scatter;
  CostCurve pipeline_send;
  CostCurve embedding_all_reduce;  ///< First and last stage, when embeddings are tied.
};
DataCurves data_curves(const LayoutGroups& groups, const CollectiveModel& network);

}  // namespace orrery
