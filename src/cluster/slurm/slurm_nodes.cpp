#include "cluster/slurm/slurm_nodes.hpp"

#include <algorithm>
#include <limits>
#include <numeric>
#include <utility>

namespace orrery {
namespace {

constexpr std::int64_t kUncounted = std::numeric_limits<std::int64_t>::max() / 4;

NodeRequest::Part share_of(const Demand& demand, std::int32_t gpus, std::int64_t numerator, std::int64_t denominator) {
  const auto share = [&](std::int64_t all) { return (all * numerator + denominator - 1) / denominator; };
  return {gpus, share(demand.cpu_milli), share(demand.memory_mib)};
}

}  // namespace

NodeRequest request_of(const Demand& demand, std::int32_t node_gpus) {
  NodeRequest request;
  request.gpu_type = demand.gpu_type;
  if (demand.workers > 0) {
    request.count = demand.workers;
    request.part = share_of(demand, demand.gpus / demand.workers, 1, demand.workers);
    return request;
  }
  if (demand.gpus <= node_gpus || node_gpus == 0) {
    request.part = share_of(demand, demand.gpus, 1, 1);
    return request;
  }
  request.count = demand.gpus / node_gpus;
  request.part = share_of(demand, node_gpus, node_gpus, demand.gpus);
  const std::int32_t rest = demand.gpus % node_gpus;
  if (rest > 0) request.rest = share_of(demand, rest, rest, demand.gpus);
  return request;
}

SlurmNodes::SlurmNodes(const SharedMachine& machine, const Names& types) {
  std::int32_t most = 0;
  for (const NodeGroup& group : machine.groups) {
    const Free free{group.gpus, group.cpu_milli > 0 ? group.cpu_milli : kUncounted,
                    group.memory_mib > 0 ? group.memory_mib : kUncounted};
    free_.insert(free_.end(), static_cast<std::size_t>(group.nodes), free);
    capacity_.insert(capacity_.end(), static_cast<std::size_t>(group.nodes), group.gpus);
    const std::int32_t type = group.gpu_type.empty() ? -1 : types.find(group.gpu_type);
    type_.insert(type_.end(), static_cast<std::size_t>(group.nodes), type);
    most = std::max(most, group.gpus);
    counts_cpus_ = counts_cpus_ || group.cpu_milli > 0;
    counts_memory_ = counts_memory_ || group.memory_mib > 0;
  }
  by_gpus_.assign(static_cast<std::size_t>(most) + 1, NodeBits(free_.size()));
  for (std::size_t node = 0; node < free_.size(); ++node) {
    for (std::int32_t gpus = 0; gpus <= capacity_[node]; ++gpus) by_gpus_[static_cast<std::size_t>(gpus)].set(node);
  }
}

void SlurmNodes::change(std::span<const Slice> slices, int sign) {
  for (const Slice& slice : slices) {
    const auto node = static_cast<std::size_t>(slice.node);
    Free& free = free_[node];
    for (std::int32_t i = 0; i < slice.gpus; ++i) {
      if (sign > 0) by_gpus_[static_cast<std::size_t>(++free.gpus)].set(node);
      if (sign < 0) by_gpus_[static_cast<std::size_t>(free.gpus--)].clear(node);
    }
    free.cpu_milli += sign * slice.cpu_milli;
    free.memory_mib += sign * slice.memory_mib;
  }
}

bool SlurmNodes::has_room(std::size_t node, const NodeRequest::Part& part, std::int32_t gpu_type) const {
  const Free& free = free_[node];
  return free.gpus >= part.gpus && free.cpu_milli >= part.cpu_milli && free.memory_mib >= part.memory_mib &&
         (gpu_type < 0 || type_[node] == gpu_type);
}

bool SlurmNodes::by_gpus_alone(const NodeRequest::Part& part, std::int32_t gpu_type) const {
  return !(counts_cpus_ && part.cpu_milli > 0) && !(counts_memory_ && part.memory_mib > 0) && gpu_type < 0;
}

NodeBits SlurmNodes::usable(const NodeRequest::Part& part, std::int32_t gpu_type) const {
  if (static_cast<std::size_t>(part.gpus) >= by_gpus_.size()) return NodeBits(free_.size());
  NodeBits bits = by_gpus_[static_cast<std::size_t>(part.gpus)];
  if (by_gpus_alone(part, gpu_type)) return bits;
  for (std::size_t node = bits.next(0); node < free_.size(); node = bits.next(node + 1)) {
    if (!has_room(node, part, gpu_type)) bits.clear(node);
  }
  return bits;
}

bool SlurmNodes::fits(const NodeRequest& request, const NodeBits& allowed) const {
  NodeBits whole = usable(request.part, request.gpu_type);
  whole &= allowed;
  if (whole.count() < request.count) return false;
  if (!request.rest) return true;
  // The rest asks for less than the parts do, so their nodes are among those that it could have.
  NodeBits more = usable(*request.rest, request.gpu_type);
  more &= allowed;
  return more.count() >= request.nodes();
}

std::optional<std::vector<Slice>> SlurmNodes::choose(const NodeRequest& request, const NodeBits& allowed) const {
  if (!fits(request, allowed)) return std::nullopt;
  NodeBits bits = usable(request.part, request.gpu_type);
  bits &= allowed;
  std::vector<Slice> slices;
  const auto add = [&](std::size_t node, const NodeRequest::Part& part) {
    slices.push_back({.node = static_cast<std::int32_t>(node),
                      .gpus = part.gpus,
                      .cpu_milli = part.cpu_milli,
                      .memory_mib = part.memory_mib});
  };
  for (const std::size_t node : best_fit_runs(bits, request.count)) add(node, request.part);
  if (request.rest) {
    NodeBits more = usable(*request.rest, request.gpu_type);
    more &= allowed;
    for (const Slice& slice : slices) more.clear(static_cast<std::size_t>(slice.node));
    for (const std::size_t node : best_fit_runs(more, 1)) add(node, *request.rest);
  }
  return slices;
}

std::vector<std::size_t> best_fit_runs(const NodeBits& usable, std::int32_t wanted) {
  struct Run {
    std::size_t begin, length;
  };
  std::vector<Run> runs;
  for (std::size_t begin = usable.next(0); begin < usable.nodes();) {
    const std::size_t end = usable.next_gap(begin);
    runs.push_back({begin, end - begin});
    begin = usable.next(end);
  }
  std::stable_sort(runs.begin(), runs.end(), [](const Run& a, const Run& b) { return a.length > b.length; });
  std::vector<std::size_t> nodes;
  auto left = static_cast<std::size_t>(wanted);
  const auto take = [&](const Run& run, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) nodes.push_back(run.begin + i);
    left -= count;
  };
  auto longest = runs.begin();
  for (; longest != runs.end() && longest->length < left; ++longest) take(*longest, longest->length);
  if (longest != runs.end() && left > 0) {
    const auto enough = std::partition_point(longest, runs.end(), [&](const Run& run) { return run.length >= left; });
    const std::size_t shortest = std::prev(enough)->length;
    take(*std::partition_point(longest, enough, [&](const Run& run) { return run.length > shortest; }), left);
  }
  std::sort(nodes.begin(), nodes.end());
  return nodes;
}

std::optional<Eviction> choose_victims(const SlurmNodes& nodes, const NodeRequest& request, const NodeBits& allowed,
                                       std::span<const std::span<const Slice>> victims, int reorder) {
  std::vector<std::size_t> order(victims.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::optional<std::vector<Slice>> found;
  NodeBits chosen(nodes.size());
  const auto on_chosen = [&](std::size_t victim) {
    return std::count_if(victims[victim].begin(), victims[victim].end(),
                         [&](const Slice& slice) { return chosen.has(static_cast<std::size_t>(slice.node)); });
  };
  std::size_t gone = 0;
  for (int round = 0; round <= reorder; ++round) {
    SlurmNodes tried = nodes;
    found.reset();
    for (gone = 0; gone < order.size() && !found;) {
      tried.give_back(victims[order[gone++]]);
      found = tried.choose(request, allowed);
    }
    if (!found) return std::nullopt;
    chosen = NodeBits(nodes.size());
    for (const Slice& slice : *found) chosen.set(static_cast<std::size_t>(slice.node));
    if (gone == 1 || round == reorder) break;
    // The last one to go made the difference: it leads those that stand on as many nodes.
    const auto last = order.begin() + static_cast<std::ptrdiff_t>(gone);
    std::rotate(order.begin(), last - 1, last);
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return on_chosen(a) > on_chosen(b); });
  }
  if (!found) return std::nullopt;
  Eviction eviction{std::move(*found), {}};
  for (std::size_t i = 0; i < gone; ++i) {
    if (on_chosen(order[i]) > 0) eviction.leaving.push_back(order[i]);
  }
  return eviction;
}

}  // namespace orrery
