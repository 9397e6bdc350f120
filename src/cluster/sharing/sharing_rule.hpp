#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/random.hpp"
#include "cluster/sharing/shared_nodes.hpp"
#include "cluster/sharing/target_workload.hpp"

namespace orrery {

/// By which rule a pod gets its node and its GPUs. Those of Weng et al. (USENIX ATC 2023), and first fit.
enum class SharingRule : std::uint8_t { Random, DotProduct, GpuClustering, GpuPacking, BestFit, Fgd, FirstFit };
inline constexpr std::array kSharingRules = {
    SharingRule::Random,  SharingRule::DotProduct, SharingRule::GpuClustering, SharingRule::GpuPacking,
    SharingRule::BestFit, SharingRule::Fgd,        SharingRule::FirstFit};

/// "fgd", "best-fit", ...
std::string_view name_of(SharingRule rule);
std::optional<SharingRule> sharing_rule(std::string_view name);
/// One line of what it does.
std::string_view summary_of(SharingRule rule);

/// Scores nodes for pods as a rule does: whole numbers 0..100, more is better, as the Kubernetes scheduler takes them.
/// Of equal nodes the one that comes first is taken.
///
/// random          100 everywhere; the node is drawn among those that fit, its GPU too
/// dot-product     100 (1 - mean over CPU and GPU of free x asked, each over that of the largest node): Tetris reversed
/// gpu-clustering  by what runs on the node: only pods of the same kind 75, some of it 50, none 25, others 0; plus up
/// to
///                 25 by how much of eight GPUs is taken. Kinds: shares of a GPU, one GPU, two, ...
/// gpu-packing     shared GPUs first (100 less a tenth of their free per cent), then free GPUs of used nodes (50 less
///                 their number), then free nodes (33 less their GPUs)
/// best-fit        100 (1 - mean over CPU and GPU of what would stay free, over that of the largest node)
/// fgd             100 sigmoid(how much fragmentation falls, in GPUs): Fragmentation Gradient Descent
/// first-fit       100 everywhere
///
/// A pod without GPUs gets the same score everywhere from gpu-clustering and gpu-packing. A pod that shares a GPU gets
/// the one with the least free that suffices, under fgd the one of the best score, under random any, under first-fit
/// the first; whole GPUs are taken in their order.
class SharingScore {
 public:
  /// `target` is what fragmentation is measured against; only fgd uses it. Nodes and target must outlive this.
  SharingScore(SharingRule rule, const SharedNodes& nodes, const TargetWorkload& target);

  SharingRule rule() const { return rule_; }
  /// Of a node on which the pod fits.
  int score(std::int32_t place, const Pod& pod) const;
  /// The GPUs of the node that the pod gets. `rng` is drawn from by `Random` alone.
  void choose_gpus(std::int32_t place, const Pod& pod, Rng& rng, std::vector<std::int32_t>& gpus) const;

  /// Score of a fall of fragmentation by so much, in thousandths of GPUs times pods of the target: 100 sigmoid(GPUs),
  /// rounded down.
  int gradient_score(std::int64_t fall) const;

 private:
  int dot_product(const NodeView& node, const Pod& pod) const;
  int gpu_clustering(const NodeView& node, const Pod& pod) const;
  int gpu_packing(const NodeView& node, const Pod& pod) const;
  int best_fit(const NodeView& node, const Pod& pod) const;
  int fgd(const NodeView& node, const Pod& pod) const;
  void fgd_falls(const NodeView& node, const Pod& pod, std::span<std::int64_t> falls) const;

  SharingRule rule_;
  const SharedNodes& nodes_;
  const TargetWorkload& target_;
  double most_cpu_, most_gpu_milli_;
};

}  // namespace orrery
