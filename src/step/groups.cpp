#include "step/groups.hpp"

#include <algorithm>

namespace orrery {

LayoutGroups layout_groups(const Layout& l, const Node& node) {
  const long long model_chips = 1LL * l.tp * l.cp;
  const long long stage_chips = model_chips * l.dp;
  const long long expert_chips = 1LL * l.ep * l.expert_tp;
  const long long data_ranks = 1LL * l.dp * l.cp;
  const long long shard = l.shard_group > 0 ? l.shard_group : data_ranks;
  LayoutGroups groups;
  groups.tensor = strided_group(l.tp, 1, node);
  groups.context = strided_group(l.cp, l.tp, node);
  groups.expert = strided_group(l.ep, l.expert_tp, node);
  groups.expert_data = strided_group(std::max(1LL, stage_chips / expert_chips), expert_chips, node);
  groups.shard = strided_group(shard, l.tp, node);
  groups.replica = strided_group(data_ranks / shard, l.tp * shard, node);
  groups.pipeline = strided_group(std::min(l.pp, 2), stage_chips, node);
  // Of a pipeline over several domains some neighbours stand in different ones, and the slowest hop rules.
  if (l.pp * stage_chips > node.scale_up_domain) groups.pipeline.ranks_per_domain = groups.pipeline.ranks_per_node = 1;
  groups.expert_tensor = strided_group(l.expert_tp, 1, node);
  return groups;
}

}  // namespace orrery
