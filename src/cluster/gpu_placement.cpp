#include "cluster/gpu_placement.hpp"

#include <algorithm>

#include "base/check.hpp"

namespace orrery {
namespace {

std::size_t at(std::int32_t number) {
  return static_cast<std::size_t>(number);
}

}  // namespace

GpuPlacement::GpuPlacement(const SharedMachine& machine, const JobTable& jobs, const GpuPlacementOptions& options)
    : options_(options), levels_(machine.levels) {
  std::int32_t first = 0;
  for (const NodeGroup& node_group : machine.groups) {
    Group group;
    group.first = first;
    group.nodes = node_group.nodes;
    group.gpus = node_group.gpus;
    for (const std::string& type : jobs.gpu_types.list())
      group.of_type.push_back(node_group.gpu_type.empty() || names_type(type, node_group.gpu_type));
    group.pool = node_group.pool.empty() ? -1 : jobs.pools.find(node_group.pool);
    group.closed = !node_group.pool.empty() && group.pool < 0;
    group.by_free.assign(at(group.gpus) + 1, NodeSet(at(group.nodes)));
    for (std::int32_t node = 0; node < group.nodes; ++node) group.by_free[at(group.gpus)].insert(at(node));
    if (options_.track_ends) group.ends.assign(at(group.gpus), std::vector<Millis>(at(group.nodes), 0));
    free_on_.insert(free_on_.end(), at(group.nodes), group.gpus);
    group_of_.insert(group_of_.end(), at(group.nodes), static_cast<std::int32_t>(groups_.size()));
    gpus_ += 1LL * group.nodes * group.gpus;
    first += group.nodes;
    groups_.push_back(std::move(group));
  }
  hidden_.assign(free_on_.size(), 0);
  free_ = gpus_;
  std::stable_sort(levels_.begin(), levels_.end(),
                   [](const TopologyLevel& a, const TopologyLevel& b) { return a.nodes < b.nodes; });
}

GpuPlacement::Parts GpuPlacement::parts_of(const Demand& demand, const Group& group) {
  if (demand.workers > 0) return {demand.workers, demand.gpus / demand.workers, 0, false};
  if (demand.gpus <= group.gpus) return {1, demand.gpus, 0, false};
  return {demand.gpus / group.gpus, group.gpus, demand.gpus % group.gpus, true};
}

bool GpuPlacement::allowed(const Demand& demand, const Group& group) const {
  return group.gpus > 0 && !group.closed && (demand.gpu_type < 0 || group.of_type[at(demand.gpu_type)]) &&
         (group.pool < 0 || demand.pool == group.pool);
}

bool GpuPlacement::possible(const Demand& demand) const {
  if (demand.gpus == 0) return true;
  return std::any_of(groups_.begin(), groups_.end(), [&](const Group& group) {
    if (!allowed(demand, group)) return false;
    const Parts parts = parts_of(demand, group);
    if (parts.size < 1 || parts.size > group.gpus) return false;
    if (parts.whole && options_.topology == TopologyRule::Require &&
        (levels_.empty() || parts.count + (parts.rest > 0 ? 1 : 0) > levels_.back().nodes)) {
      return false;
    }
    return 1LL * (group.gpus / parts.size) * group.nodes >= parts.count + (parts.rest > 0 ? 1 : 0);
  });
}

GpuPlacement::Range GpuPlacement::find_range(const Parts& parts, const Group& group) const {
  const NodeSet& empty = group.by_free[at(group.gpus)];
  Range range{0, at(group.nodes), empty.size() >= parts.count};
  if (range.fits && parts.rest > 0) {
    int with_rest = 0;
    for (std::int32_t free = parts.rest; free <= group.gpus; ++free) with_rest += group.by_free[at(free)].size();
    range.fits = with_rest > parts.count;
  }
  if (!range.fits || options_.topology == TopologyRule::Ignore) return range;
  const int wanted = parts.count + (parts.rest > 0 ? 1 : 0);
  for (const TopologyLevel& level : levels_) {
    int fewest = 0;
    for (std::size_t unit = 0; unit < at(group.nodes); unit += at(level.nodes)) {
      const std::size_t end = std::min(unit + at(level.nodes), at(group.nodes));
      const int count = empty.count(unit, end);
      if (count < wanted || (fewest > 0 && count >= fewest)) continue;
      fewest = count;
      range.begin = unit;
      range.end = end;
    }
    if (fewest > 0) return range;
  }
  range.fits = options_.topology == TopologyRule::Prefer;
  return range;
}

bool GpuPlacement::fits_in(const Parts& parts, const Group& group) const {
  if (parts.size < 1 || parts.size > group.gpus) return false;
  if (parts.whole) return find_range(parts, group).fits;
  long long room = 0;
  for (std::int32_t free = parts.size; free <= group.gpus; ++free) {
    room += 1LL * (free / parts.size) * group.by_free[at(free)].size();
    if (room >= parts.count) return true;
  }
  return false;
}

bool GpuPlacement::fits(const Demand& demand) const {
  if (demand.gpus == 0) return true;
  return std::any_of(groups_.begin(), groups_.end(), [&](const Group& group) {
    return allowed(demand, group) && fits_in(parts_of(demand, group), group);
  });
}

std::int32_t GpuPlacement::pick(const Group& group, std::int32_t gpus) const {
  std::int32_t best = -1;
  if (options_.choice == NodeChoice::WorstFit) {
    for (std::int32_t free = group.gpus; free >= gpus && best < 0; --free) best = group.by_free[at(free)].first();
    return best;
  }
  for (std::int32_t free = gpus; free <= group.gpus; ++free) {
    const std::int32_t node = group.by_free[at(free)].first();
    if (node < 0) continue;
    if (options_.choice == NodeChoice::BestFit) return node;
    if (best < 0 || node < best) best = node;
  }
  return best;
}

void GpuPlacement::change(Group& group, std::int32_t node, std::int32_t gpus, Millis from, Millis to) {
  const std::size_t local = at(node - group.first);
  std::int32_t& free = free_on_[at(node)];
  group.by_free[at(free - hidden_[at(node)])].erase(local);
  free -= gpus;
  free_ -= gpus;
  ++version_;
  group.by_free[at(free - hidden_[at(node)])].insert(local);
  if (!options_.track_ends) return;
  // `gpus` of the node's times go from `from` to `to`; the row stays ascending.
  std::int32_t changes = std::abs(gpus);
  const auto time = [&](std::int32_t gpu) -> Millis& { return group.ends[at(gpu)][local]; };
  std::int32_t gpu = 0;
  while (time(gpu) != from) ++gpu;
  if (to > from) {
    std::int32_t next = gpu + changes;
    for (; next < group.gpus && time(next) < to; ++next, ++gpu) time(gpu) = time(next);
    for (; changes > 0; --changes, ++gpu) time(gpu) = to;
  } else {
    std::int32_t last = gpu + changes - 1;
    std::int32_t before = gpu - 1;
    for (; before >= 0 && time(before) > to; --before, --last) time(last) = time(before);
    for (; changes > 0; --changes, --last) time(last) = to;
  }
}

bool GpuPlacement::take_in(const Parts& parts, Group& group, Millis expected_end, std::vector<Slice>& slices) {
  const auto give = [&](std::int32_t local, std::int32_t gpus) {
    const std::int32_t node = group.first + local;
    change(group, node, gpus, 0, expected_end);
    if (!slices.empty() && slices.back().node == node) {
      slices.back().gpus += gpus;
    } else {
      slices.push_back({.node = node, .gpus = gpus});
    }
  };
  if (!parts.whole) {
    if (!fits_in(parts, group)) return false;
    for (std::int32_t part = 0; part < parts.count; ++part) give(pick(group, parts.size), parts.size);
    return true;
  }
  const Range range = find_range(parts, group);
  if (!range.fits) return false;
  const NodeSet& empty = group.by_free[at(group.gpus)];
  std::size_t from = range.begin;
  for (std::int32_t part = 0; part < parts.count; ++part) {
    const std::int32_t local = empty.first(from);
    give(local, group.gpus);
    from = at(local) + 1;
  }
  if (parts.rest > 0) {
    const std::int32_t inside = range.end - range.begin < at(group.nodes) ? empty.first(from) : -1;
    give(inside >= 0 ? inside : pick(group, parts.rest), parts.rest);
  }
  return true;
}

bool GpuPlacement::take(const Demand& demand, Millis expected_end, std::vector<Slice>& slices) {
  if (demand.gpus == 0) return true;
  for (Group& group : groups_) {
    if (allowed(demand, group) && take_in(parts_of(demand, group), group, expected_end, slices)) return true;
  }
  return false;
}

bool GpuPlacement::take_exactly(std::span<const Slice> slices, Millis expected_end) {
  for (const Slice& slice : slices) {
    if (free_on_[at(slice.node)] - hidden_[at(slice.node)] < slice.gpus) return false;
  }
  for (const Slice& slice : slices) change(group_of(slice.node), slice.node, slice.gpus, 0, expected_end);
  return true;
}

void GpuPlacement::give_back(std::span<const Slice> slices, Millis expected_end) {
  for (const Slice& slice : slices) change(group_of(slice.node), slice.node, -slice.gpus, expected_end, 0);
}

/// Time at which nodes have room for `nth` parts of a size: each part comes to a node when it has one more free.
/// `once`: a node takes one of them only.
Millis GpuPlacement::nth_time(const Group& group, std::int32_t size, std::int32_t nth, bool once) {
  times_.clear();
  for (std::int32_t gpus = size; gpus <= (once ? size : group.gpus); gpus += size) {
    const std::vector<Millis>& ends = group.ends[at(gpus) - 1];
    if (nth == 1) {  // The common case needs no list.
      const auto least = std::min_element(ends.begin(), ends.end());
      times_.emplace_back(*least, static_cast<std::int32_t>(least - ends.begin()));
      return *least;
    }
    for (std::int32_t local = 0; local < group.nodes; ++local) times_.emplace_back(ends[at(local)], local);
  }
  if (times_.size() < at(nth)) return kNever;
  std::nth_element(times_.begin(), times_.begin() + nth - 1, times_.end());
  times_.resize(at(nth));
  return times_.back().first;
}

Millis GpuPlacement::reserve_in(const Parts& parts, const Group& group, std::vector<Held>& held) {
  if (parts.size < 1 || parts.size > group.gpus) return kNever;
  Millis rest_time = 0;
  std::int32_t rest_node = -1;
  std::vector<std::pair<Millis, std::int32_t>> rests;
  if (parts.rest > 0) {
    rest_time = nth_time(group, parts.rest, parts.count + 1, true);
    rests = times_;
  }
  const Millis when = std::max(nth_time(group, parts.size, parts.count), rest_time);
  if (when == kNever) return kNever;
  // A node that gives several parts stands there as often; one that can give only one stands there once.
  if (2 * parts.size <= group.gpus)
    std::sort(times_.begin(), times_.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
  const auto hold = [&](std::int32_t local, std::int32_t needed) {
    const std::int32_t node = group.first + local;
    if (free_on_[at(node)] == 0) return;  // Nothing that could be taken from it now.
    std::int32_t then = needed;
    while (then < group.gpus && group.ends[at(then)][at(local)] <= when) ++then;
    if (free_on_[at(node)] > then - needed) held.push_back({node, then - needed});
  };
  for (std::size_t i = 0; i < times_.size();) {
    const std::int32_t local = times_[i].second;
    std::int32_t needed = 0;
    for (; i < times_.size() && times_[i].second == local; ++i) needed += parts.size;
    hold(local, needed);
  }
  for (const auto& [time, local] : rests) {
    const auto whole = [local = local](const auto& entry) { return entry.second == local; };
    if (rest_node >= 0 || std::any_of(times_.begin(), times_.end(), whole)) continue;
    rest_node = local;
    hold(local, parts.rest);
  }
  return when;
}

Millis GpuPlacement::reserve(const Demand& demand, Millis now) {
  ORRERY_CHECK(options_.track_ends, "reservations need expected ends");
  unreserve();
  Millis best = kNever;
  std::vector<Held> held;
  for (const Group& group : groups_) {
    if (!allowed(demand, group)) continue;
    held.clear();
    const Millis when = reserve_in(parts_of(demand, group), group, held);
    if (when >= best) continue;
    best = when;
    std::swap(held, held_);
  }
  return best == kNever ? kNever : std::max(best, now + 1);
}

void GpuPlacement::set_hidden(std::int32_t node, std::int32_t gpus) {
  Group& group = group_of(node);
  const std::size_t local = at(node - group.first);
  std::int32_t& hidden = hidden_[at(node)];
  group.by_free[at(free_on_[at(node)] - hidden)].erase(local);
  hidden = gpus;
  group.by_free[at(free_on_[at(node)] - hidden)].insert(local);
}

void GpuPlacement::show_reserved(bool visible) {
  if (hiding_ != visible) return;
  hiding_ = !visible;
  for (Held& held : held_) {
    const std::int32_t free = free_on_[at(held.node)];
    // What was taken while extra GPUs alone could be seen came out of these; what was taken otherwise is back in time.
    if (visible) held.extra = std::min(held.extra, free - hidden_[at(held.node)]);
    set_hidden(held.node, visible ? 0 : std::max(0, free - held.extra));
  }
}

void GpuPlacement::unreserve() {
  show_reserved(true);
  held_.clear();
}

long long GpuPlacement::largest_gang() const {
  long long most = 0;
  for (const Group& group : groups_) {
    for (std::int32_t free = group.gpus; free > 0; --free) {
      const int nodes = group.by_free[at(free)].size();
      if (nodes == 0) continue;
      most = std::max(most, free == group.gpus ? 1LL * nodes * free : 1LL * free);
      break;
    }
  }
  return most;
}

}  // namespace orrery
