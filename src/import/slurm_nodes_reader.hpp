#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "cluster/machine.hpp"
#include "import/slurm_text.hpp"

namespace orrery {

/// Nodes and partitions of slurm.conf, and what gres.conf and topology.conf add to them.
class SlurmNodesReader {
 public:
  explicit SlurmNodesReader(Diagnostics& diagnostics) : diagnostics_(diagnostics) {}

  /// Keys that are read of a line of nodes and of a line of partitions.
  const std::vector<std::string>& node_keys() const;
  const std::vector<std::string>& partition_keys() const;

  void add_nodes(const SlurmLine& line);
  void add_partition(const SlurmLine& line);
  void take_down(const SlurmLine& line);
  void read_gres(const Source& source);
  /// Groups of nodes that are equal and belong to the same partitions, and the partitions made of them.
  void build(const Source& conf, SharedMachine& machine, SlurmParameters& parameters);
  /// Levels of the network from switches; what is not regular is told.
  void read_topology(const Source& source, SharedMachine& machine);

 private:
  struct Node {
    std::string name;
    std::string gpu_type;
    int gpus = 0;
    long long cpu_milli = 0, memory_mib = 0;
    bool is_down = false;
    Span span;
    std::vector<std::int32_t> partitions;
  };
  struct Gres {
    std::string type;
    int gpus = 0;
  };

  Node shape_of(const SlurmLine& line);
  Gres gres_of(const SlurmSetting& setting);
  const SlurmSetting* node_setting(const SlurmLine& line, const char* key) const;
  const SlurmSetting* partition_setting(const SlurmLine& line, const char* key) const;
  std::vector<std::size_t> nodes_named(const SlurmSetting& setting, bool may_be_down = true);

  Diagnostics& diagnostics_;
  SlurmLine node_defaults_, partition_defaults_;
  std::vector<Node> nodes_;
  std::unordered_map<std::string, std::size_t> number_of_;
  std::vector<SlurmPartition> partitions_;
  std::unordered_map<std::string, std::size_t> partition_of_;
  std::vector<SlurmLine> partition_lines_;
};

/// PreemptMode: GANG is not modelled.
SlurmPreemptMode slurm_preempt_mode(const SlurmSetting& setting, Diagnostics& diagnostics);

}  // namespace orrery
