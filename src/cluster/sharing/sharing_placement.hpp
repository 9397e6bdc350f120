#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "cluster/placement.hpp"
#include "cluster/sharing/pod_placer.hpp"

namespace orrery {

struct SharingOptions {
  SharingRule rule = SharingRule::Fgd;
  /// What fragmentation is measured against; fgd needs it, the others use it for reports only.
  std::vector<TypicalPod> target;
  std::uint64_t seed = 0;  ///< Of the draws of `SharingRule::Random`.
  /// All nodes of the machine, those first that win among equals; empty: as they are numbered.
  std::vector<std::int32_t> order;
};

/// Nodes with CPUs, memory and GPUs that jobs can share in thousandths.
///
/// A job of at most one node's GPUs is one pod on one node; with `Demand::workers` it is that many equal pods; more
/// GPUs than any node has are cut into pods of the largest node's GPUs and one of the rest, or, where it takes only
/// parts of them, into pods of one GPU. CPUs and memory go to the pods by their GPUs. A gang gets all its pods or none.
///
/// A pod is one slice; `Slice::gpu` is the first of its GPUs. A pod that asks for parts of several GPUs is a slice a
/// GPU, of which the first holds its CPUs and memory.
class SharingPlacement : public JobPlacement {
 public:
  /// `jobs`  whose names of GPU types and pools those of the groups are matched with; not kept. A name of types may
  /// hold alternatives ("V100M16|V100M32").
  SharingPlacement(const SharedMachine& machine, const JobTable& jobs, SharingOptions options = {});
  ~SharingPlacement() override;
  SharingPlacement(const SharingPlacement&) = delete;
  SharingPlacement& operator=(const SharingPlacement&) = delete;

  long long gpus() const override { return nodes_.gpus() - down_; }
  /// GPUs of which nothing is taken.
  long long free_gpus() const override { return nodes_.whole_free(); }
  long long largest_gang() const override;
  bool possible(const Demand& demand) const override;
  bool fits(const Demand& demand) const override;
  bool take(const Demand& demand, Millis expected_end, std::vector<Slice>& slices) override;
  bool take_exactly(std::span<const Slice> slices, Millis expected_end) override;
  void give_back(std::span<const Slice> slices, Millis expected_end) override;

  /// Thousandths of GPUs that are free, of whole ones and of shared ones.
  long long free_gpu_milli() const { return nodes_.milli_free(); }
  /// Free GPU thousandths of all nodes as the target workload would find them, by cause.
  Fragmentation fragmentation() const;
  const SharedNodes& nodes() const { return nodes_; }
  const TargetWorkload& target() const { return target_; }

 private:
  /// Equal pods.
  struct Pods {
    Pod pod;
    std::int64_t count = 0;
  };
  std::vector<Pods> pods_of(const Demand& demand) const;
  static bool has_room(const SharedNodes& nodes, std::span<const Pods> pods);
  bool place(const Pod& pod, std::vector<Slice>& slices);
  bool take_slice(const Slice& slice);
  void give_back_slice(const Slice& slice);

  SharingOptions options_;
  SharedNodes nodes_;
  SharedNodes empty_;  ///< The same with nothing taken.
  TargetWorkload target_;
  SharingScore score_;
  /// What it remembers of scores changes when it is asked, what it answers does not.
  mutable PodPlacer placer_;
  std::uint64_t placed_ = 0;
  PodPlace where_;
};

}  // namespace orrery
