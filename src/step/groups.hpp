#pragma once

#include "network/collective.hpp"
#include "step/spec.hpp"

namespace orrery {

/// Where the groups of a layout sit. Ranks are numbered tp fastest, then cp, then dp, then pp (Megatron-LM's default
/// order); expert parallelism runs over the same chips with expert_tp fastest, then ep.
struct LayoutGroups {
  Group tensor, context, expert, expert_data, shard, replica;
  Group expert_tensor;  ///< The tensor-parallel ranks of an expert.
  Group pipeline;       ///< Two neighbouring stages, or the first and the last: those that stand furthest apart.
};
LayoutGroups layout_groups(const Layout& layout, const Node& node);

}  // namespace orrery
