#pragma once

#include <utility>
#include <vector>

#include "cluster/job_table.hpp"
#include "cluster/slurm/node_bits.hpp"

namespace orrery {

/// Which nodes are not promised to somebody, over time: what Slurm's backfill plans against. Promises hold whole nodes.
class NodeSpace {
 public:
  /// All of `nodes` from `now` on for ever.
  NodeSpace(NodeBits nodes, Millis now) { intervals_.push_back({now, std::move(nodes)}); }

  /// Nodes that nobody was promised in any part of begin .. end.
  NodeBits free_during(Millis begin, Millis end) const;
  /// Whether each of these nodes is free all that time.
  bool free(const NodeBits& nodes, Millis begin, Millis end) const;
  /// The last time up to `time` at which a promise begins or ends, or the begin of all.
  Millis last_change(Millis time) const { return intervals_[interval_at(time)].begin; }
  /// The first time behind `time` at which a promise begins or ends; `kNever` where there is none.
  Millis next_change(Millis time) const;
  void promise(const NodeBits& nodes, Millis begin, Millis end);

 private:
  struct Interval {
    Millis begin = 0;  ///< It ends where the next one begins, the last one never.
    NodeBits nodes;
  };
  std::size_t interval_at(Millis time) const;
  std::size_t split(Millis time);

  std::vector<Interval> intervals_;
};

}  // namespace orrery
