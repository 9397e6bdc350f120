#include "cluster/sharing/shared_nodes.hpp"

#include <algorithm>
#include <cstddef>
#include <string_view>

#include "base/check.hpp"

namespace orrery {
namespace {

/// Whether a type is one of the alternatives of a text such as "V100M16|V100M32".
bool is_alternative(std::string_view type, std::string_view alternatives) {
  bool none = true;
  while (!alternatives.empty()) {
    const std::size_t bar = std::min(alternatives.find('|'), alternatives.size());
    const std::string_view one = alternatives.substr(0, bar);
    if (!one.empty() && one == type) return true;
    none = none && one.empty();
    alternatives.remove_prefix(std::min(bar + 1, alternatives.size()));
  }
  return none;
}

/// Of a node whose pool no job is in.
constexpr std::int32_t kNobodysPool = -2;

std::int64_t counted(long long amount) {
  return amount > 0 ? amount : kUncounted;
}

}  // namespace

SharedNodes::SharedNodes(const SharedMachine& machine, const Names& gpu_types, const Names& pools,
                         std::span<const std::int32_t> order) {
  std::vector<const NodeGroup*> group_of;
  for (const NodeGroup& group : machine.groups) {
    group_of.insert(group_of.end(), static_cast<std::size_t>(group.nodes), &group);
    most_cpu_ = std::max<std::int64_t>(most_cpu_, group.cpu_milli);
    most_gpus_ = std::max(most_gpus_, group.gpus);
  }
  ORRERY_CHECK(order.empty() || order.size() == group_of.size(), "the order of nodes holds each once");
  place_of_.assign(group_of.size(), -1);
  nodes_.reserve(group_of.size());
  for (std::size_t place = 0; place < group_of.size(); ++place) {
    NodeState node;
    node.number = order.empty() ? static_cast<std::int32_t>(place) : order[place];
    std::int32_t& back = place_of_.at(static_cast<std::size_t>(node.number));
    ORRERY_CHECK(back < 0, "the order of nodes holds each once");
    back = static_cast<std::int32_t>(place);
    const NodeGroup& group = *group_of[static_cast<std::size_t>(node.number)];
    const auto known = std::find(types_.begin(), types_.end(), group.gpu_type);
    node.type = static_cast<std::int32_t>(known - types_.begin());
    if (known == types_.end()) types_.push_back(group.gpu_type);
    if (!group.pool.empty()) node.pool = pools.find(group.pool) >= 0 ? pools.find(group.pool) : kNobodysPool;
    node.gpus = group.gpus;
    node.first_gpu = static_cast<std::int32_t>(gpu_free_.size());
    node.whole_free = group.gpus;
    node.milli_free = group.gpus * kWholeGpu;
    node.cpu = node.cpu_free = counted(group.cpu_milli);
    node.memory = node.memory_free = counted(group.memory_mib);
    gpu_free_.insert(gpu_free_.end(), static_cast<std::size_t>(group.gpus), std::int16_t{kWholeGpu});
    gpus_ += group.gpus;
    nodes_.push_back(node);
  }
  pod_gpus_.assign(gpu_free_.size(), 0);
  next_gpu_.assign(gpu_free_.size(), -1);
  whole_free_ = gpus_;
  milli_free_ = gpus_ * kWholeGpu;
  pods_.assign(nodes_.size() * static_cast<std::size_t>(most_gpus_ + 1), 0);
  for (const std::string& wanted : gpu_types.list()) {
    std::vector<bool>& row = accepts_.emplace_back();
    // A node without a type takes any pod.
    for (const std::string& type : types_) row.push_back(type.empty() || is_alternative(type, wanted));
  }
}

NodeView SharedNodes::view(std::int32_t place) const {
  const NodeState& node = nodes_[static_cast<std::size_t>(place)];
  const auto kinds = static_cast<std::size_t>(most_gpus_ + 1);
  return {node,
          std::span(gpu_free_).subspan(static_cast<std::size_t>(node.first_gpu), static_cast<std::size_t>(node.gpus)),
          std::span(pods_).subspan(static_cast<std::size_t>(place) * kinds, kinds)};
}

bool SharedNodes::accepts(std::int32_t gpu_type, std::int32_t node_type) const {
  return gpu_type < 0 || accepts_[static_cast<std::size_t>(gpu_type)][static_cast<std::size_t>(node_type)];
}

bool SharedNodes::fits(std::int32_t place, const Pod& pod) const {
  const NodeState& node = nodes_[static_cast<std::size_t>(place)];
  if (node.cpu_free < pod.cpu_milli || node.memory_free < pod.memory_mib) return false;
  if (node.pool != -1 && node.pool != pod.pool) return false;
  if (node.milli_free < pod.total_gpu_milli() || !accepts(pod.gpu_type, node.type)) return false;
  if (node.whole_free >= pod.gpus) return true;
  if (!pod.shares()) return false;
  std::int32_t missing = pod.gpus;
  for (const std::int16_t free : view(place).gpu_free) missing -= free >= pod.gpu_milli ? 1 : 0;
  return missing <= 0;
}

std::int64_t SharedNodes::room(std::int32_t place, const Pod& pod) const {
  if (!fits(place, pod)) return 0;
  const NodeState& node = nodes_[static_cast<std::size_t>(place)];
  std::int64_t pods = kUncounted;
  if (pod.cpu_milli > 0) pods = std::min(pods, node.cpu_free / pod.cpu_milli);
  if (pod.memory_mib > 0) pods = std::min(pods, node.memory_free / pod.memory_mib);
  if (pod.gpus == 0) return pods;
  // n pods of k different GPUs each fit exactly where the shares of each GPU, at most n of them, are n k together.
  std::int64_t fewest = 0;
  while (fewest < pods) {
    const std::int64_t n = pods - (pods - fewest) / 2;
    std::int64_t shares = 0;
    for (const std::int16_t free : view(place).gpu_free) shares += std::min<std::int64_t>(n, free / pod.gpu_milli);
    // More than all shares can never be.
    if (shares / pod.gpus >= n) {
      fewest = n;
    } else {
      pods = n - 1;
    }
  }
  return fewest;
}

void SharedNodes::take(const Pod& pod, const PodPlace& where) {
  change(pod, where, 1);
  if (pod.gpus == 0 || pod.shares()) return;
  const auto gpu = [&](std::size_t i) { return static_cast<std::size_t>(node(where.node).first_gpu + where.gpus[i]); };
  pod_gpus_[gpu(0)] = pod.gpus;
  for (std::size_t i = 0; i + 1 < where.gpus.size(); ++i) next_gpu_[gpu(i)] = where.gpus[i + 1];
}

void SharedNodes::give_back(const Pod& pod, const PodPlace& where) {
  change(pod, where, -1);
  if (pod.gpus > 0 && !pod.shares())
    pod_gpus_[static_cast<std::size_t>(node(where.node).first_gpu + where.gpus[0])] = 0;
}

std::vector<std::int32_t> SharedNodes::whole_pod(std::int32_t place, std::int32_t first, std::int32_t gpus) const {
  const NodeState& at = node(place);
  const auto base = static_cast<std::size_t>(at.first_gpu);
  if (first < 0) {
    const auto begin = pod_gpus_.begin() + at.first_gpu;
    first = static_cast<std::int32_t>(std::find(begin, begin + at.gpus, gpus) - begin);
  }
  std::vector<std::int32_t> list;
  if (first >= at.gpus || pod_gpus_[base + static_cast<std::size_t>(first)] != gpus) return list;
  for (std::int32_t gpu = first; static_cast<std::int32_t>(list.size()) < gpus;
       gpu = next_gpu_[base + static_cast<std::size_t>(gpu)]) {
    list.push_back(gpu);
  }
  return list;
}

void SharedNodes::change(const Pod& pod, const PodPlace& where, int sign) {
  NodeState& node = nodes_[static_cast<std::size_t>(where.node)];
  if (node.cpu != kUncounted) node.cpu_free -= sign * pod.cpu_milli;
  if (node.memory != kUncounted) node.memory_free -= sign * pod.memory_mib;
  ORRERY_CHECK(
      node.cpu_free >= 0 && node.cpu_free <= node.cpu && node.memory_free >= 0 && node.memory_free <= node.memory,
      "a node gives what it has, and gets back what it gave");
  for (const std::int32_t gpu : where.gpus) {
    std::int16_t& free = gpu_free_[static_cast<std::size_t>(node.first_gpu + gpu)];
    const int before = free == kWholeGpu ? 1 : 0;
    free = static_cast<std::int16_t>(free - sign * pod.gpu_milli);
    ORRERY_CHECK(free >= 0 && free <= kWholeGpu, "a GPU gives what it has, and gets back what it gave");
    const int whole = (free == kWholeGpu ? 1 : 0) - before;
    node.whole_free += whole;
    whole_free_ += whole;
    node.milli_free -= sign * pod.gpu_milli;
    milli_free_ -= sign * pod.gpu_milli;
  }
  if (pod.gpus > 0) {
    const std::size_t kind = pod.shares() ? 0 : static_cast<std::size_t>(pod.gpus);
    pods_[static_cast<std::size_t>(where.node) * static_cast<std::size_t>(most_gpus_ + 1) + kind] += sign;
  }
}

}  // namespace orrery
