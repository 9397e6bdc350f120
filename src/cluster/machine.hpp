#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace orrery {

/// Equal nodes that lie next to each other.
struct NodeGroup {
  std::string name{};
  std::string gpu_type{};  ///< Empty: any job runs on it.
  std::string pool{};      ///< Virtual cluster or partition that they belong to; empty: everybody's.
  int nodes = 1;
  int gpus = 8;              ///< Of one node; 0: a node without.
  long long cpu_milli = 0;   ///< Of one node; 0: not counted.
  long long memory_mib = 0;  ///< Of one node; 0: not counted.

  friend bool operator==(const NodeGroup&, const NodeGroup&) = default;
};

/// A level of the network above nodes: each unit holds so many neighbouring nodes. From the smallest up: rack, pod.
struct TopologyLevel {
  std::string name{};
  int nodes = 1;

  friend bool operator==(const TopologyLevel&, const TopologyLevel&) = default;
};

/// The machine that tenants share. Nodes are numbered group by group.
struct SharedMachine {
  std::vector<NodeGroup> groups;
  std::vector<TopologyLevel> levels;

  long long nodes() const;
  long long gpus() const;
  friend bool operator==(const SharedMachine&, const SharedMachine&) = default;
};

/// Whether a job that asks for the type `wanted`, which may name several with `|` between, runs on nodes of `type`.
bool names_type(std::string_view wanted, std::string_view type);

}  // namespace orrery
