#include "cluster/slurm/node_space.hpp"

#include <algorithm>

namespace orrery {

std::size_t NodeSpace::interval_at(Millis time) const {
  const auto behind = std::upper_bound(intervals_.begin(), intervals_.end(), time,
                                       [](Millis t, const Interval& interval) { return t < interval.begin; });
  return behind == intervals_.begin() ? 0 : static_cast<std::size_t>(behind - intervals_.begin()) - 1;
}

NodeBits NodeSpace::free_during(Millis begin, Millis end) const {
  std::size_t i = interval_at(begin);
  NodeBits nodes = intervals_[i].nodes;
  for (++i; i < intervals_.size() && intervals_[i].begin < end; ++i) nodes &= intervals_[i].nodes;
  return nodes;
}

bool NodeSpace::free(const NodeBits& nodes, Millis begin, Millis end) const {
  std::size_t i = interval_at(begin);
  do {
    if (!intervals_[i].nodes.contains(nodes)) return false;
  } while (++i < intervals_.size() && intervals_[i].begin < end);
  return true;
}

Millis NodeSpace::next_change(Millis time) const {
  const std::size_t next = interval_at(time) + 1;
  return next < intervals_.size() ? intervals_[next].begin : kNever;
}

std::size_t NodeSpace::split(Millis time) {
  const std::size_t i = interval_at(time);
  if (intervals_[i].begin >= time) return i;
  intervals_.insert(intervals_.begin() + static_cast<std::ptrdiff_t>(i) + 1, Interval{time, intervals_[i].nodes});
  return i + 1;
}

void NodeSpace::promise(const NodeBits& nodes, Millis begin, Millis end) {
  if (end <= begin) return;
  const std::size_t first = split(begin);
  const std::size_t last = end == kNever ? intervals_.size() : split(end);
  for (std::size_t i = first; i < last; ++i) intervals_[i].nodes -= nodes;
}

}  // namespace orrery
