#include "cluster/sharing/sharing_placement.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "base/check.hpp"

namespace orrery {
namespace {

Pod pod_of(const Slice& slice) {
  Pod pod;
  pod.gpus = slice.gpus;
  pod.gpu_milli = slice.gpus > 0 ? slice.gpu_milli : 0;
  pod.cpu_milli = slice.cpu_milli;
  pod.memory_mib = slice.memory_mib;
  return pod;
}

/// Share of an amount that belongs to `weight` of `total`, rounded up: pods never get less than they asked for.
std::int64_t share_of(std::int64_t amount, std::int64_t weight, std::int64_t total) {
  return amount / total * weight + (amount % total * weight + total - 1) / total;
}

}  // namespace

SharingPlacement::SharingPlacement(const SharedMachine& machine, const JobTable& jobs, SharingOptions options)
    : options_(std::move(options)),
      nodes_(machine, jobs.gpu_types, jobs.pools, options_.order),
      empty_(nodes_),
      target_(options_.target, nodes_),
      score_(options_.rule, nodes_, target_),
      placer_(score_, nodes_) {}

SharingPlacement::~SharingPlacement() = default;

/// The pods of a job: equal ones, and one smaller where it does not come out even.
std::vector<SharingPlacement::Pods> SharingPlacement::pods_of(const Demand& demand) const {
  const auto pod = [&](std::int64_t weight, std::int64_t total) {
    Pod part;
    part.gpus = static_cast<std::int32_t>(share_of(demand.gpus, weight, total));
    part.gpu_milli = part.gpus > 0 ? std::clamp(demand.gpu_milli, 1, kWholeGpu) : 0;
    part.gpu_type = demand.gpu_type;
    part.pool = demand.pool;
    part.cpu_milli = share_of(demand.cpu_milli, weight, total);
    part.memory_mib = share_of(demand.memory_mib, weight, total);
    return part;
  };
  if (demand.workers > 0) return {{pod(1, demand.workers), demand.workers}};
  const std::int32_t most = std::max(1, nodes_.most_gpus());
  if (demand.gpus <= most) return {{pod(1, 1), 1}};
  if (demand.gpu_milli < kWholeGpu) return {{pod(1, demand.gpus), demand.gpus}};
  std::vector<Pods> pods = {{pod(most, demand.gpus), demand.gpus / most}};
  if (demand.gpus % most > 0) pods.push_back({pod(demand.gpus % most, demand.gpus), 1});
  return pods;
}

/// Whole GPUs alone, of any type: all of the largest nodes that are free, and the rest on one more.
long long SharingPlacement::largest_gang() const {
  const std::int32_t most = nodes_.most_gpus();
  long long whole = 0;
  std::int32_t rest = 0;
  for (std::int32_t place = 0; place < nodes_.size(); ++place) {
    const std::int32_t free = nodes_.node(place).whole_free;
    if (most > 0 && free == most) {
      whole += free;
    } else {
      rest = std::max(rest, free);
    }
  }
  return whole + rest;
}

bool SharingPlacement::possible(const Demand& demand) const {
  return has_room(empty_, pods_of(demand));
}

bool SharingPlacement::fits(const Demand& demand) const {
  const std::vector<Pods> pods = pods_of(demand);
  if (pods.size() == 1 && pods.front().count == 1) return placer_.fits(pods.front().pod);
  return has_room(nodes_, pods);
}

/// Whether gangs fit does not depend on the order in which their pods are placed: equal pods fill nodes one by one, and
/// the rest of a job that is larger than a node goes where no whole part fits, or where one is left over.
bool SharingPlacement::has_room(const SharedNodes& nodes, std::span<const Pods> pods) {
  const Pods& equal = pods.front();
  std::int64_t room = 0;
  bool rest = pods.size() == 1;
  for (std::int32_t place = 0; place < nodes.size(); ++place) {
    const std::int64_t here = std::min(nodes.room(place, equal.pod), equal.count + 1);
    room += here;
    rest = rest || (here == 0 && nodes.fits(place, pods.back().pod));
    if (room > equal.count || (room == equal.count && rest)) return true;
  }
  return false;
}

bool SharingPlacement::take(const Demand& demand, Millis /*expected_end*/, std::vector<Slice>& slices) {
  const std::size_t begin = slices.size();
  for (const Pods& pods : pods_of(demand)) {
    for (std::int64_t i = 0; i < pods.count; ++i) {
      if (place(pods.pod, slices)) continue;
      give_back(std::span(slices).subspan(begin), kNever);
      slices.resize(begin);
      return false;
    }
  }
  return true;
}

bool SharingPlacement::place(const Pod& pod, std::vector<Slice>& slices) {
  Rng rng;
  if (options_.rule == SharingRule::Random) rng = Rng::stream(options_.seed, "cluster/sharing/place", 0, placed_);
  where_.node = placer_.best(pod, rng);
  if (where_.node < 0) return false;
  score_.choose_gpus(where_.node, pod, rng, where_.gpus);
  ++placed_;
  Slice slice;
  slice.node = nodes_.node(where_.node).number;
  slice.gpus = pod.gpus;
  slice.gpu_milli = pod.gpus > 0 ? pod.gpu_milli : kWholeGpu;
  slice.gpu = where_.gpus.empty() ? -1 : where_.gpus.front();
  slice.cpu_milli = pod.cpu_milli;
  slice.memory_mib = pod.memory_mib;
  if (pod.gpus <= 1 || !pod.shares()) {
    nodes_.take(pod, where_);
    placer_.changed(where_.node);
    slices.push_back(slice);
    return true;
  }
  slice.gpus = 1;
  for (const std::int32_t gpu : std::vector<std::int32_t>(where_.gpus)) {
    slice.gpu = gpu;
    take_slice(slice);
    slices.push_back(slice);
    slice.cpu_milli = slice.memory_mib = 0;
  }
  return true;
}

bool SharingPlacement::take_slice(const Slice& slice) {
  if (slice.node < 0 || slice.node >= nodes_.size() || slice.gpus < 0) return false;
  const Pod pod = pod_of(slice);
  where_.node = nodes_.place_of(slice.node);
  where_.gpus.clear();
  if (pod.gpu_milli > kWholeGpu || (pod.gpus > 0 && pod.gpu_milli <= 0) || (pod.gpus > 1 && pod.shares())) return false;
  if (!nodes_.fits(where_.node, pod)) return false;
  const NodeView node = nodes_.view(where_.node);
  const auto free = [&](std::int32_t gpu) { return node.gpu_free[static_cast<std::size_t>(gpu)] >= pod.gpu_milli; };
  if (pod.gpus > 0 && slice.gpu >= 0) {
    if (slice.gpu >= node.node.gpus || !free(slice.gpu)) return false;
    where_.gpus.push_back(slice.gpu);
  }
  // Whole GPUs are alike: the others are the first that are free.
  for (std::int32_t gpu = 0; static_cast<std::int32_t>(where_.gpus.size()) < pod.gpus; ++gpu) {
    if (gpu != slice.gpu && free(gpu)) where_.gpus.push_back(gpu);
  }
  nodes_.take(pod, where_);
  placer_.changed(where_.node);
  return true;
}

bool SharingPlacement::take_exactly(std::span<const Slice> slices, Millis expected_end) {
  for (std::size_t i = 0; i < slices.size(); ++i) {
    if (take_slice(slices[i])) continue;
    give_back(slices.first(i), expected_end);
    return false;
  }
  return true;
}

void SharingPlacement::give_back_slice(const Slice& slice) {
  const Pod pod = pod_of(slice);
  where_.node = nodes_.place_of(slice.node);
  where_.gpus.clear();
  if (pod.shares()) {
    where_.gpus.push_back(slice.gpu);
  } else if (pod.gpus > 0) {
    where_.gpus = nodes_.whole_pod(where_.node, slice.gpu, pod.gpus);
    ORRERY_CHECK(!where_.gpus.empty(), "only what was taken is given back");
  }
  nodes_.give_back(pod, where_);
  placer_.changed(where_.node);
}

void SharingPlacement::give_back(std::span<const Slice> slices, Millis /*expected_end*/) {
  for (std::size_t i = slices.size(); i > 0; --i) give_back_slice(slices[i - 1]);
}

Fragmentation SharingPlacement::fragmentation() const {
  Fragmentation sum;
  for (std::int32_t place = 0; place < nodes_.size(); ++place) sum += target_.fragmentation(nodes_, place);
  return sum;
}

}  // namespace orrery
