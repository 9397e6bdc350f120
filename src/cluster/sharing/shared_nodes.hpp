#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "cluster/job_table.hpp"
#include "cluster/machine.hpp"

namespace orrery {

/// Thousandths of a whole GPU.
inline constexpr std::int32_t kWholeGpu = 1000;

/// What one pod asks of one node.
struct Pod {
  std::int32_t gpus = 0;       ///< Different GPUs of the node; 0: none.
  std::int32_t gpu_milli = 0;  ///< Thousandths of each: below 1000 it shares them; 0 where it has none.
  std::int32_t gpu_type = -1;  ///< In the names that the machine was made with; -1: any node.
  std::int64_t cpu_milli = 0;
  std::int64_t memory_mib = 0;
  std::int32_t pool = -1;  ///< In the names that the machine was made with: besides everybody's nodes it may use its.

  std::int64_t total_gpu_milli() const { return std::int64_t{gpus} * gpu_milli; }
  bool shares() const { return gpus > 0 && gpu_milli < kWholeGpu; }
  friend bool operator==(const Pod&, const Pod&) = default;
};

/// A node and what is free of it.
struct NodeState {
  std::int32_t number = 0;                   ///< In the machine.
  std::int32_t pool = -1;                    ///< That it belongs to; -1: everybody's.
  std::int32_t type = 0;                     ///< Of its GPUs; nodes of one type have one number.
  std::int32_t gpus = 0;                     ///< That it has.
  std::int32_t first_gpu = 0;                ///< Of it in the list of all GPUs.
  std::int32_t milli_free = 0;               ///< Of all its GPUs.
  std::int32_t whole_free = 0;               ///< GPUs of which nothing is taken.
  std::int64_t cpu = 0, cpu_free = 0;        ///< `kUncounted` where CPUs are not counted.
  std::int64_t memory = 0, memory_free = 0;  ///< The same of memory.

  friend bool operator==(const NodeState&, const NodeState&) = default;
};
inline constexpr std::int64_t kUncounted = std::numeric_limits<std::int64_t>::max() / 4;

/// A node, the free thousandths of each of its GPUs, and its pods by kind: [0] pods that share a GPU, [k] pods of k
/// whole GPUs.
struct NodeView {
  const NodeState& node;
  std::span<const std::int16_t> gpu_free;
  std::span<const std::int32_t> pods;
};

/// Where a pod went: a node by its place in `SharedNodes`, and its GPUs.
struct PodPlace {
  std::int32_t node = -1;
  std::vector<std::int32_t> gpus;
};

/// Nodes whose GPUs can be shared in thousandths, in the order in which rules prefer one of equals.
class SharedNodes {
 public:
  /// `gpu_types`  what `Pod::gpu_type` counts: names of types, or alternatives joined by `|`. A name without a type in
  /// it ("", "|") is any. `pools` is what `Pod::pool` counts. `order` holds every node of the machine once; empty: as
  /// they are numbered.
  SharedNodes(const SharedMachine& machine, const Names& gpu_types, const Names& pools = {},
              std::span<const std::int32_t> order = {});

  std::int32_t size() const { return static_cast<std::int32_t>(nodes_.size()); }
  NodeView view(std::int32_t place) const;
  const NodeState& node(std::int32_t place) const { return nodes_[static_cast<std::size_t>(place)]; }
  /// Place of a node of the machine.
  std::int32_t place_of(std::int32_t number) const { return place_of_[static_cast<std::size_t>(number)]; }

  /// Types of GPUs that nodes have.
  const std::vector<std::string>& types() const { return types_; }
  /// Whether a pod that asks for this type runs on nodes of that one.
  bool accepts(std::int32_t gpu_type, std::int32_t node_type) const;
  /// Whether the node has room for the pod now.
  bool fits(std::int32_t place, const Pod& pod) const;
  /// How many equal pods it has room for now.
  std::int64_t room(std::int32_t place, const Pod& pod) const;

  void take(const Pod& pod, const PodPlace& where);
  void give_back(const Pod& pod, const PodPlace& where);
  /// GPUs of the pod of `gpus` whole ones on the node that begins with `first` (-1: of the first such pod); none where
  /// there is no such pod.
  std::vector<std::int32_t> whole_pod(std::int32_t place, std::int32_t first, std::int32_t gpus) const;

  std::int64_t gpus() const { return gpus_; }
  std::int64_t whole_free() const { return whole_free_; }
  std::int64_t milli_free() const { return milli_free_; }
  /// Of the largest node; 0: CPUs are counted nowhere.
  std::int64_t most_cpu() const { return most_cpu_; }
  std::int32_t most_gpus() const { return most_gpus_; }

 private:
  void change(const Pod& pod, const PodPlace& where, int sign);

  std::vector<NodeState> nodes_;
  std::vector<std::int16_t> gpu_free_;
  /// Of a GPU that is the first of a pod of whole ones: how many these are; 0: of no other. And which is the next.
  std::vector<std::int32_t> pod_gpus_, next_gpu_;
  std::vector<std::int32_t> pods_;  ///< By kind, `most_gpus_` + 1 of each node.
  std::vector<std::int32_t> place_of_;
  std::vector<std::string> types_;
  std::vector<std::vector<bool>> accepts_;  ///< [type in the jobs' names][type of nodes]
  std::int64_t gpus_ = 0, whole_free_ = 0, milli_free_ = 0, most_cpu_ = 0;
  std::int32_t most_gpus_ = 0;
};

}  // namespace orrery
