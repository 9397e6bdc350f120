#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "cluster/machine.hpp"

namespace orrery {

/// Smallest part of the machine that holds a whole job. Between `kNodeLevel` and the last lie the levels of the network
/// (rack, pod), from the smallest up; the last is the machine.
inline constexpr int kGpuLevel = 0, kNodeLevel = 1;
/// Levels of a machine: one GPU, one node, each level of its network, all of it.
int level_count(const SharedMachine& machine);

/// How fast kinds of jobs work, by GPU type, level spanned and number of GPUs: work per time, in a unit of each kind's
/// own (steps or samples per second).
class RateTable {
 public:
  /// `gpus`  the numbers of GPUs that rates are known for, ascending, at least one.
  RateTable(int kinds, int gpu_types, int levels, std::vector<std::int32_t> gpus);

  void set(std::int32_t kind, std::int32_t gpu_type, int level, std::int32_t gpus, double rate);
  /// Work per time; 0: nothing is known. Between two known numbers of GPUs it is on the line between them, and beyond
  /// the largest (or below the smallest) in proportion to the GPUs. A level that is not known has the rate of the next
  /// larger one that is, otherwise of the next smaller one.
  double rate(std::int32_t kind, std::int32_t gpu_type, int level, std::int32_t gpus) const;

  int kinds() const { return kinds_; }
  int gpu_types() const { return gpu_types_; }
  int levels() const { return levels_; }
  const std::vector<std::int32_t>& gpus() const { return gpus_; }

 private:
  std::size_t cell(std::int32_t kind, std::int32_t gpu_type, int level, std::size_t column) const;
  double known(std::int32_t kind, std::int32_t gpu_type, int level, std::size_t column) const;

  int kinds_, gpu_types_, levels_;
  std::vector<std::int32_t> gpus_;
  std::vector<double> rates_;
};

}  // namespace orrery
