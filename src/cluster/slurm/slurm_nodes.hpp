#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "cluster/machine.hpp"
#include "cluster/placement.hpp"
#include "cluster/slurm/node_bits.hpp"

namespace orrery {

/// What a job asks of Slurm: so many nodes, the same of each, and perhaps one more node with less.
struct NodeRequest {
  struct Part {
    std::int32_t gpus = 0;
    std::int64_t cpu_milli = 0, memory_mib = 0;

    friend auto operator<=>(const Part&, const Part&) = default;
  };
  std::int32_t count = 1;
  Part part;
  std::optional<Part> rest;
  std::int32_t gpu_type = -1;

  std::int32_t nodes() const { return count + (rest ? 1 : 0); }
  friend auto operator<=>(const NodeRequest&, const NodeRequest&) = default;
};

/// The request that a demand means on nodes of `node_gpus` GPUs: workers get a node each (-N); others as few nodes as
/// hold them, whole ones but for a last one with the remainder. CPUs and memory are split as the GPUs are.
NodeRequest request_of(const Demand& demand, std::int32_t node_gpus);

/// What is free on each node. A plain value: copies are what planning tries things out on.
class SlurmNodes {
 public:
  /// `types`  names of the jobs' GPU types.
  SlurmNodes(const SharedMachine& machine, const Names& types);

  std::size_t size() const { return free_.size(); }
  std::int32_t capacity(std::size_t node) const { return capacity_[node]; }
  std::int32_t free_gpus(std::size_t node) const { return free_[node].gpus; }

  void take(std::span<const Slice> slices) { change(slices, -1); }
  void give_back(std::span<const Slice> slices) { change(slices, 1); }

  bool has_room(std::size_t node, const NodeRequest::Part& part, std::int32_t gpu_type) const;
  /// Nodes with room for a part.
  NodeBits usable(const NodeRequest::Part& part, std::int32_t gpu_type) const;
  /// The nodes that a request gets out of `allowed`, nothing where it does not fit.
  std::optional<std::vector<Slice>> choose(const NodeRequest& request, const NodeBits& allowed) const;
  /// Whether only GPUs decide where such a part has room.
  bool by_gpus_alone(const NodeRequest::Part& part, std::int32_t gpu_type) const;
  /// Whether it would get any; the same answer, sooner.
  bool fits(const NodeRequest& request, const NodeBits& allowed) const;

 private:
  void change(std::span<const Slice> slices, int sign);

  struct Free {
    std::int32_t gpus = 0;
    std::int64_t cpu_milli = 0, memory_mib = 0;
  };
  std::vector<Free> free_;
  std::vector<std::int32_t> capacity_, type_;
  std::vector<NodeBits> by_gpus_;  ///< Nodes with at least so many free.
  bool counts_cpus_ = false, counts_memory_ = false;
};

/// `wanted` nodes out of `usable`, which has as many: Slurm takes nodes for a line and prefers few, tight runs of
/// neighbours (topology.html: "best-fit"). Of the runs that suffice the shortest, otherwise the longest and then on for
/// the rest; ties and nodes within a run from the lowest number.
std::vector<std::size_t> best_fit_runs(const NodeBits& usable, std::int32_t wanted);

/// Nodes for a job, and who has to leave them.
struct Eviction {
  std::vector<Slice> slices;
  std::vector<std::size_t> leaving;  ///< Numbers of `victims`.
};

/// Makes room by sending running jobs away, those first in `victims` first, until the request fits; only those on the
/// nodes that it gets then leave. `reorder` more rounds begin with those that stand on most of these nodes, so that
/// fewer may do (slurm.conf: preempt_reorder_count). Nothing where it would not fit with all of them gone.
std::optional<Eviction> choose_victims(const SlurmNodes& nodes, const NodeRequest& request, const NodeBits& allowed,
                                       std::span<const std::span<const Slice>> victims, int reorder);

}  // namespace orrery
