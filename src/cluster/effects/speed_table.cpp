#include "cluster/effects/speed_table.hpp"

#include <algorithm>
#include <map>

namespace orrery {
namespace {

/// First and last node of an allocation; the second is below the first where there is none.
struct NodeRange {
  std::int32_t first = 0, last = -1;
};
NodeRange range_of(std::span<const Slice> slices) {
  if (slices.empty()) return {};
  NodeRange range{slices.front().node, slices.front().node};
  for (const Slice& slice : slices) {
    range.first = std::min(range.first, slice.node);
    range.last = std::max(range.last, slice.node);
  }
  return range;
}

std::int32_t gpus_of(std::span<const Slice> slices) {
  std::int32_t gpus = 0;
  for (const Slice& slice : slices) gpus += slice.gpus;
  return gpus;
}

}  // namespace

PlacementLevels::PlacementLevels(const SharedMachine& machine) : names_{"GPU", "node"} {
  std::int32_t node = 0;
  for (const NodeGroup& group : machine.groups) {
    first_node_.push_back(node);
    node += group.nodes;
  }
  std::vector<TopologyLevel> levels = machine.levels;
  std::stable_sort(levels.begin(), levels.end(), [](const auto& a, const auto& b) { return a.nodes < b.nodes; });
  for (const TopologyLevel& level : levels) {
    unit_nodes_.push_back(std::max(1, level.nodes));
    names_.push_back(level.name);
  }
  names_.emplace_back("machine");
}

std::int32_t PlacementLevels::group(std::int32_t node) const {
  const auto next = std::upper_bound(first_node_.begin(), first_node_.end(), node);
  return static_cast<std::int32_t>(next - first_node_.begin()) - 1;
}

int PlacementLevels::spanned(std::span<const Slice> slices) const {
  const auto [first, last] = range_of(slices);
  if (first >= last) return gpus_of(slices) > 1 ? kNodeLevel : kGpuLevel;
  const std::int32_t in_group = group(first);
  if (in_group != group(last)) return count() - 1;
  const std::int32_t begin = first_node_[static_cast<std::size_t>(in_group)];
  for (std::size_t level = 0; level < unit_nodes_.size(); ++level) {
    if ((first - begin) / unit_nodes_[level] == (last - begin) / unit_nodes_[level])
      return kNodeLevel + 1 + static_cast<int>(level);
  }
  return count() - 1;
}

PlacementSpread PlacementLevels::spread(std::span<const Slice> slices) const {
  std::map<std::int32_t, int> on_node;
  for (const Slice& slice : slices) on_node[slice.node] += slice.gpus;
  PlacementSpread spread{gpus_of(slices), static_cast<int>(on_node.size()), 1,
                         std::max(0, spanned(slices) - kNodeLevel - 1)};
  for (const auto& [node, gpus] : on_node) spread.fullest = std::max(spread.fullest, gpus);
  return spread;
}

int PlacementLevels::packed(std::int32_t gpus, int node_gpus) const {
  if (gpus <= 1) return kGpuLevel;
  if (gpus <= node_gpus) return kNodeLevel;
  for (std::size_t level = 0; level < unit_nodes_.size(); ++level) {
    if (gpus <= static_cast<long long>(unit_nodes_[level]) * node_gpus) return kNodeLevel + 1 + static_cast<int>(level);
  }
  return count() - 1;
}

SpeedTable::SpeedTable(const SharedMachine& machine, const JobTable& jobs, const RateTable& rates,
                       std::int32_t reference_type)
    : levels_(machine), rates_(rates), reference_type_(reference_type) {
  node_gpus_of_type_.assign(static_cast<std::size_t>(std::max(1, jobs.gpu_types.size())), 0);
  for (const NodeGroup& group : machine.groups) {
    const std::int32_t type = jobs.gpu_types.find(group.gpu_type);
    type_of_group_.push_back(type);
    // A group of no named type is of the reference's.
    const std::int32_t counts_as = type >= 0 ? type : reference_type;
    int& gpus = node_gpus_of_type_.at(static_cast<std::size_t>(counts_as));
    gpus = std::max(gpus, group.gpus);
  }
}

double SpeedTable::speed(const JobTable& jobs, JobId job, std::span<const Slice> slices) const {
  const std::int32_t wanted = jobs.gpus[static_cast<std::size_t>(job)];
  if (wanted <= 0 || slices.empty()) return 1;
  const std::int32_t gpus = gpus_of(slices), kind = value_or(jobs.kind, job, -1);
  const double in_proportion = 1.0 * gpus / wanted;
  if (kind < 0) return in_proportion;
  const std::int32_t asked = value_or(jobs.gpu_type, job, -1);
  const std::int32_t reference = asked >= 0 ? asked : reference_type_;
  const int node_gpus = node_gpus_of_type_[static_cast<std::size_t>(reference)];
  const double recorded = rates_.rate(kind, reference, levels_.packed(wanted, node_gpus), wanted);
  const std::int32_t type = type_of_group_[static_cast<std::size_t>(levels_.group(slices.front().node))];
  const double got = rates_.rate(kind, type >= 0 ? type : reference_type_, levels_.spanned(slices), gpus);
  return recorded > 0 && got > 0 ? got / recorded : in_proportion;
}

}  // namespace orrery
