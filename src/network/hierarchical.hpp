#pragma once

#include <memory>
#include <string_view>

#include "hardware/cluster.hpp"
#include "network/collective.hpp"
#include "network/constants.hpp"
#include "network/fabric_load.hpp"

namespace orrery {

/// Closed-form latency-bandwidth costs with NCCL's published structure (NVIDIA/nccl src/graph/tuning.cc): every
/// algorithm and protocol is a candidate, latency = base + hops, bandwidth = the narrowest link over the bytes that it
/// carries per byte of payload; NCCL's own constants choose among them, and fitted ones say what the choice costs.
/// Algorithms: ring, double binary tree, NVLS, NVLS tree, SHARP (CollNet), PAT, grouped sends and receives
/// (all-to-all); on a torus a bidirectional ring along every axis, and between tori reduce-scatter, ring over the
/// data-centre network, all-gather. On request (`curve_of`) also halving-doubling, hierarchical rings, all-to-all
/// gathered by domain, and broadcast by tree or by the switches.
///
/// Assumed: all ranks start together; a group is spread evenly over its domains, each rank drives its own share of the
/// NICs; groups alike run at the same time. Left out: contention between unlike groups, path collisions beyond the
/// fabric's efficiency, slow ranks. Errors against measurements: docs/collectives.md.
class HierarchicalModel : public CollectiveModel {
 public:
  /// Copies what it needs. The bandwidths of the cluster must be positive where a group uses them. `load` says what
  /// the fabric does to transfers between domains; without it `ClosedFormLoad` does.
  explicit HierarchicalModel(const Cluster& cluster, std::shared_ptr<const FabricLoad> load = nullptr,
                             const CollectiveConstants& constants = {});

  /// Empty (nothing to pay) for a group of one. Throws `InternalError` for a group without ranks, or one that needs
  /// a link of bandwidth zero.
  CostCurve curve(Collective collective, const Group& group) const override;

  /// Only candidates whose algorithm begins so ("ring", "NVLSTree", "tree/LL"): what a run with NCCL_ALGO and
  /// NCCL_PROTO set costs. Empty where the group can not use it.
  CostCurve curve_of(Collective collective, const Group& group, std::string_view algorithm) const;

  /// What NCCL itself believes that its choice costs, by its published constants alone: a yardstick.
  CostCurve believed(Collective collective, const Group& group, std::string_view algorithm = "") const;

 private:
  Cluster cluster_;
  std::shared_ptr<const FabricLoad> load_;
  CollectiveConstants constants_;
};

/// A lower bound that no algorithm beats: bytes that must cross a rank's links at their nominal rate, latency left out.
/// Zero for a group of one. Where switches add up payloads, an all-reduce moves each payload once up and once down.
Seconds wire_time(const Cluster& cluster, Collective collective, const Group& group, Bytes payload);

}  // namespace orrery
