#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "cluster/job_table.hpp"
#include "cluster/sharing/shared_nodes.hpp"

namespace orrery {

/// A pod that is typical of a workload, and how often it comes.
struct TypicalPod {
  Pod pod;  ///< Without its memory and pool: fragmentation is measured in GPUs and CPUs.
  std::int64_t count = 0;
};

/// The commonest pods of a workload, so many that they are `share` of all: what fragmentation is measured against.
///
/// Pods are equal where CPUs, GPUs, their share and the text of their type are. Equal counts: more CPUs first, then
/// larger shares, more GPUs, the later text. As the simulator of Weng et al. (USENIX ATC 2023) counts them, which takes
/// 95 % of all pods, those without a GPU included.
std::vector<TypicalPod> typical_pods(std::span<const Pod> pods, const Names& gpu_types, double share = 0.95);

/// Why free GPU thousandths of a node are of no use to a pod (Weng et al., section 3; the names are ours).
enum class FragmentCause : std::uint8_t {
  LacksBoth,    ///< Neither its GPUs nor its CPUs suffice.
  LacksGpu,     ///< Not enough GPUs with enough of them free; or a GPU with less free than the pod wants.
  LacksCpu,     ///< GPUs stranded: the CPUs beside them are taken.
  NoGpuWanted,  ///< The pod wants CPUs alone, and gets them.
  NoGpuWantedLacksCpu,
  OtherType,  ///< The pod wants GPUs of another type.
};
inline constexpr std::size_t kFragmentCauses = 6;
std::string_view name_of(FragmentCause cause);

/// Free GPU thousandths as the typical pods would find them, in the mean over the workload: what is of use, and what is
/// not, by cause. They add up to what is free.
struct Fragmentation {
  double usable = 0;
  std::array<double, kFragmentCauses> by_cause{};

  double fragmented() const;
  Fragmentation& operator+=(const Fragmentation& other);
};

/// Measures fragmentation of nodes against a workload. Amounts are whole numbers: thousandths of GPUs times counts of
/// pods, so that they are exact and do not depend on the order of sums.
class TargetWorkload {
 public:
  /// `nodes`  which types of nodes there are; not kept.
  TargetWorkload(std::vector<TypicalPod> pods, const SharedNodes& nodes);

  const std::vector<TypicalPod>& pods() const { return pods_; }
  /// Pods counted: what amounts are divided by for a mean.
  std::int64_t count() const { return count_; }

  /// What the pods could use of GPUs with so much free on a node of that type with so many free CPUs, in thousandths
  /// times pods. `whole_free` of the GPUs are wholly free.
  std::int64_t usable(std::int32_t type, std::int64_t cpu_free, std::span<const std::int16_t> gpu_free,
                      std::int32_t whole_free) const;
  /// The same after one of these GPUs gave `milli` and the node `cpu_milli`, for each of its GPUs in turn; -1: it has
  /// less. `usable_by_gpu` is as long as the node has GPUs.
  void usable_after_share(const NodeView& node, std::int64_t cpu_milli, std::int32_t milli,
                          std::span<std::int64_t> usable_by_gpu) const;
  /// The same after `gpus` whole GPUs were taken; 0: CPUs alone.
  std::int64_t usable_after(const NodeView& node, std::int64_t cpu_milli, std::int32_t gpus) const;

  /// By cause, pod by pod: the definition itself.
  Fragmentation fragmentation(const SharedNodes& nodes, std::int32_t place) const;

 private:
  /// Pods of several GPUs.
  struct Gang {
    std::int32_t gpus = 0, gpu_milli = 0;
    std::vector<std::int64_t> counts;  ///< [type][free CPUs], cumulative.
  };
  std::size_t cpu_step(std::int64_t cpu_free) const;
  std::span<const std::int64_t> singles(std::int32_t type, std::size_t step) const;
  std::int64_t gangs(std::size_t row, std::span<const std::int16_t> gpu_free, std::int32_t whole_free) const;
  std::size_t row(std::int32_t type, std::size_t step) const {
    return static_cast<std::size_t>(type) * (cpus_.size() + 1) + step;
  }

  std::vector<TypicalPod> pods_;
  std::int64_t count_ = 0;
  std::vector<std::int64_t> cpus_;  ///< CPUs that pods ask for, ascending.
  std::array<std::uint16_t, kWholeGpu + 1>
      share_step_{};                   ///< How many of the asked shares that much free is enough for.
  std::size_t shares_ = 0;             ///< Different shares that pods of one GPU ask for.
  std::vector<std::int64_t> singles_;  ///< [type][free CPUs][share]: pods of one GPU that it is enough for.
  std::vector<Gang> gangs_;
  bool shared_gangs_ = false;  ///< Whether one asks for parts of several GPUs.
};

}  // namespace orrery
